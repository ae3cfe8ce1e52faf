import { expect } from 'bun:test'
import type { Entry } from '../../../simulator/history.ts'
import type { Json } from '../../journeys/bad-answers/callers.ts'
import { callers } from './callers.ts'
import { type Case, callersOf, waysOf } from './cases.ts'
import { ask, type City, exchangesAfter, textOf, vendorKey, webKey } from './city.ts'
import { type VendorKind, type VendorName, vendorKinds } from './vendors.ts'

/** What goes wrong beside answers: addresses, clients who leave or come again, budgets, whole outages. */

/** Every pair that one vendor is part of, with a model of its own. */
export function pairsOf(vendor: VendorName, fault: string, from: number): Case[] {
  return callersOf(vendor)
    .flatMap((caller) => waysOf(vendor).map((stream) => ({ caller, stream })))
    .map(({ caller, stream }, index) => ({
      number: from + index,
      fault,
      vendor,
      from: caller,
      stream,
      routed: false,
    }))
}

const tokensMax = 20
/** No vendor of these answers costs more than so many tokens of output at a dollar a million. */
const ceiling = tokensMax / 1e6

/** Addresses at which nobody is. */
export const nobodyThere = {
  'nobody listens': () => 'http://127.0.0.1:9',
  'no such host': () => 'http://nobody.invalid',
  'no TLS is spoken': (address: string) => address.replace('http:', 'https:'),
} as const

export interface Scene {
  readonly vendor: VendorName
  readonly city: City
}

function provider(vendor: VendorName, address: string, more = ''): string {
  const { type, path } = vendorKinds[vendor]
  return `{ type: ${type}, base_url: '${address}${path}', api_key: ${vendorKey}${more} }`
}

function modelNamed(vendor: VendorName, name: string): string {
  const { model }: VendorKind = vendorKinds[vendor]
  return model(name)
}

/** Somebody else answers at once, and without anybody else it is a named error. */
export async function addresses({ vendor, city }: Scene): Promise<void> {
  for (const [what, addressOf] of Object.entries(nobodyThere)) {
    const gone = `gone/${modelNamed(vendor, 'echo')}`
    const there = `there/${modelNamed(vendor, 'fault/slow-1--there')}`
    await city.configure(`
providers:
  gone: ${provider(vendor, addressOf(city.address), ', timeouts: { connect: 200ms }')}
  there: ${provider(vendor, city.address)}
tasks:
  turned: { models: ['${gone}', '${there}'] }
prices:
  '${gone}': { input: 3, output: 15 }
  '${there}': { input: 3, output: 15 }
`)
    await Promise.all(
      pairsOf(vendor, 'slow-1', 0).map(async (each) => {
        const alone = await ask(city.town.url, each, { model: gone })
        expect([what, alone.got, [502, 503, 504].includes(alone.status)]).toEqual([
          what,
          null,
          true,
        ])
        const row = (await city.town.call(alone.id)).attempts.at(-1)!
        expect(['unreachable', 'timeout']).toContain(row.end_state)
        expect(row.tokens).toBeNull()
        const turned = await ask(city.town.url, each, { model: 'turned' })
        expect([what, turned.status, turned.got?.text]).toEqual([what, 200, textOf(each)])
      }),
    )
  }
}

/** A client that leaves while the vendor is silent, or in the middle of its words: the vendor is let go. */
export async function leaving({ vendor, city }: Scene): Promise<void> {
  const silences = ['no-answer', 'headers-then-silence', 'stall-mid-stream']
  const models = new Map<Case, string>()
  const cases = silences.flatMap((fault, index) => pairsOf(vendor, fault, 100 * index))
  for (const each of cases)
    models.set(each, `acme/${modelNamed(vendor, `fault/${each.fault}--l${each.number}`)}`)
  await city.configure(`
providers:
  acme: ${provider(vendor, city.address)}
prices:
${[...models.values()].map((model) => `  '${model}': { input: 3, output: 15 }`).join('\n')}
`)
  const after = lastOf(city)
  await Promise.all(
    cases.map(async (each) => {
      const client = new AbortController()
      const mine = (): Entry | undefined =>
        city.vendor
          .history(after)
          .find(({ model }) => model === `fault/${each.fault}--l${each.number}`)
      const asked = ask(city.town.url, each, { model: models.get(each)!, signal: client.signal })
      const left = asked.then(
        () => false,
        () => true,
      )
      while (mine() === undefined) await Bun.sleep(5)
      await Bun.sleep(20)
      client.abort()
      expect(await left).toBe(true)
    }),
  )
  const exchanges = await exchangesAfter(city.vendor, after)
  expect(exchanges.size).toBe(cases.length)
  for (const [model, entries] of exchanges)
    expect([model, entries.map(({ ending }) => ending)]).toEqual([model, ['left']])
}

/** A client that comes again with its key is given what it was given, and the vendor is not asked. */
export async function comingAgain({ vendor, city }: Scene): Promise<void> {
  const model = (each: Case): string =>
    `acme/${modelNamed(vendor, `fault/slow-1--i${each.number}`)}`
  const cases = pairsOf(vendor, 'slow-1', 0)
  await city.configure(`
providers:
  acme: ${provider(vendor, city.address)}
prices:
${cases.map((each) => `  '${model(each)}': { input: 3, output: 15 }`).join('\n')}
`)
  const after = lastOf(city)
  await Promise.all(
    cases.map(async (each) => {
      const headers = { 'idempotency-key': `${vendor}-${each.from}-${each.stream}-${after}` }
      const asking = { model: model(each), headers }
      const first = await ask(city.town.url, each, asking)
      const again = await ask(city.town.url, each, asking)
      expect(first.got?.text).toBe(textOf(each))
      expect(again.got).toEqual(first.got)
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      const { attempts, cost_usd: cost } = await city.town.call(again.id)
      expect([attempts.length, attempts[0]!.role, cost]).toEqual([1, 'replay', '0'])
    }),
  )
  const exchanges = await exchangesAfter(city.vendor, after)
  expect(exchanges.size).toBe(cases.length)
  for (const [asked, entries] of exchanges) expect([asked, entries.length]).toEqual([asked, 1])
}

const affordable = 3
const atOnce = 10

/** A budget for three answers and ten at once: three are let in, and the rest reach no vendor. */
export async function budgets({ vendor, city }: Scene): Promise<void> {
  // Each says more than it may, and so exactly as much as it may; what is not said cannot be limited.
  if (vendor === 'embeddings' || vendor === 'rerank') return
  const model = `acme/${modelNamed(vendor, 'large')}`
  const cases = pairsOf(vendor, 'slow-1', 0)
  const customer = (each: Case): string => `${vendor}-${each.from}-${each.stream}-${after}`
  const after = lastOf(city)
  await city.configure(`
providers:
  acme: ${provider(vendor, city.address)}
customers:
  default: { budget: { limit: ${(affordable * ceiling).toFixed(12)} USD, per: total } }
prices:
  '${model}': { input: 0, output: 1 }
`)
  await Promise.all(
    cases.map(async (each) => {
      const caller = callers[each.from]
      const answers = await Promise.all(
        Array.from({ length: atOnce }, async () => {
          const body = caller.limited(
            caller.body(model, 'tell me of the sea', each.stream),
            tokensMax,
          )
          const response = await fetch(city.town.url + caller.path(model, each.stream), {
            method: 'POST',
            headers: {
              authorization: `Bearer ${webKey}`,
              'content-type': 'application/json',
              'x-freehold-customer': customer(each),
            },
            body: JSON.stringify(withoutTools(body)),
          })
          await response.arrayBuffer()
          return response.status
        }),
      )
      expect(answers.toSorted()).toEqual([
        ...Array.from({ length: affordable }, () => 200),
        ...Array.from({ length: atOnce - affordable }, () => 402),
      ])
    }),
  )
  const entries = [...(await exchangesAfter(city.vendor, after)).values()].flat()
  expect(entries.length).toBe(affordable * cases.length)
  expect(entries.every(({ tokens }) => tokens?.output === tokensMax)).toBe(true)
}

function withoutTools(body: Json): Json {
  const { tools: _, toolConfig: __, ...rest } = body
  return rest
}

const callers200 = 200

/**
 * A vendor that is down altogether, and two hundred calls at once: it is asked a fifth more often than
 * there are calls at most, every call is refused or answered by somebody else, and then it is left alone.
 */
export async function outage({ vendor, city }: Scene): Promise<void> {
  const down = `down/${modelNamed(vendor, 'fault/http-500--outage')}`
  const up = `up/${modelNamed(vendor, 'fault/slow-1--outage')}`
  await city.configure(`
providers:
  down: ${provider(vendor, city.address)}
  up: ${provider(vendor, city.address)}
tasks:
  alone: { models: ['${down}'] }
  turned: { models: ['${down}', '${up}'] }
prices:
  '${down}': { input: 3, output: 15 }
  '${up}': { input: 3, output: 15 }
`)
  const after = lastOf(city)
  const pairs = pairsOf(vendor, 'slow-1', 0)
  const calls = (model: string): Promise<readonly number[]> =>
    Promise.all(
      Array.from({ length: callers200 }, async (_, index) => {
        const each = pairs[index % pairs.length]!
        return (await ask(city.town.url, each, { model })).status
      }),
    )
  expect(new Set(await calls('alone'))).toEqual(new Set([502]))
  const asked = (name: string): number =>
    city.vendor.history(after).filter(({ model }) => model === `fault/${name}--outage`).length
  expect(asked('http-500')).toBeGreaterThanOrEqual(callers200)
  expect(asked('http-500')).toBeLessThanOrEqual(1.2 * callers200 + retriesFree)
  const before = asked('http-500')
  expect(new Set(await calls('turned'))).toEqual(new Set([200]))
  // It rests: nobody waits for it any more.
  expect(asked('http-500')).toBe(before)
  expect(asked('slow-1')).toBe(callers200)
}

/** Second tries that a provider with little traffic is asked for all the same, and one for each second. */
const retriesFree = 3 + 10

function lastOf({ vendor }: City): number {
  return vendor.history().at(-1)?.id ?? 0
}
