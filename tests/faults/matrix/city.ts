import type { Entry } from '../../../simulator/history.ts'
import { startSimulator, type Simulator } from '../../../simulator/server.ts'
import type { Got, Json } from '../../journeys/bad-answers/callers.ts'
import { type CallFacts, startTown, type Town } from '../../journeys/town.ts'
import { callers, vendorSeed } from './callers.ts'
import { type Case, isAlone, vendorNames } from './cases.ts'
import { clocksFor, generalOf } from './rows.ts'
import { type VendorKind, type VendorName, vendorKinds } from './vendors.ts'

/** One gateway and one simulated vendor of every dialect, for thousands of calls one after another. */
export interface City {
  readonly town: Town
  readonly vendor: Simulator
  /** Where the vendor listens, without a path. */
  readonly address: string
  /** Puts a configuration in force. */
  configure(yaml: string): Promise<void>
  close(): Promise<void>
}

export const webKey = 'web-secret-0123456789'
export const vendorKey = 'vendor-key-0123456789'

export async function startCity(): Promise<City> {
  const vendor = startSimulator({ speed: 0, seed: vendorSeed, key: vendorKey, waitMs: 30 })
  const town = await startTown({ config: keysYaml })
  return {
    town,
    vendor,
    address: vendor.url.replace(/\/v1$/, ''),
    configure: async (yaml) => {
      town.configure(yaml + keysYaml)
      const response = await fetch(`${town.url}/api/reload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${town.adminKey}` },
        body: '{}',
      })
      const { refused } = (await response.json()) as { refused: readonly string[] }
      if (refused.length > 0) throw new Error(refused.slice(0, 3).join(' '))
    },
    close: async () => {
      await town.close()
      await vendor.stop()
    },
  }
}

const keysYaml = `
keys:
  - { id: web, secret: ${webKey} }
`

/** What a call is about: no other call's answer can be taken for its own. */
export function textOf({ number, fault }: Pick<Case, 'number' | 'fault'>): string {
  // One that is cut at every byte is short, and as long as every other one.
  if (/^(cut|ending)-/.test(fault)) return `${String(number).padStart(6, '0')} ü🙂`
  return `call-${number}: Grüße, 漢字 und 🙂, gesagt.`
}

/** The models of a call as the vendor knows them: the one that fails, and the one behind it. */
export function simulated({ fault, number }: Pick<Case, 'fault' | 'number'>) {
  return { faulty: `fault/${fault}--c${number}`, spare: `fault/slow-1--c${number}` } as const
}

/** As the configuration names them, with their providers. */
function named(each: Case): { readonly faulty: string; readonly spare: string } {
  const { faulty, spare } = simulated(each)
  const { model }: VendorKind = vendorKinds[each.vendor]
  const behind = spareOf(each.vendor)
  const { model: spareModel }: VendorKind = vendorKinds[behind]
  return {
    faulty: `${providerOf(each)}/${model(faulty)}`,
    spare: `spare-${behind}/${spareModel(spare)}`,
  }
}

/** One for each fault: keys that are refused and addresses that nobody answers rest for all models. */
function providerOf({ vendor, fault }: Case): string {
  // What of a provider's traffic may be asked again is shared by its calls.
  const name = fault.startsWith('limited-') ? fault : generalOf(fault)
  return `${vendor}--${name.toLowerCase()}`
}

/** Conversations that fail are turned over to a vendor of OpenAI's dialect, all else to its like. */
function spareOf(vendor: VendorName): VendorName {
  return isAlone(vendor) ? vendor : 'openai-chat'
}

/** Every case has models of its own, so that none rests for the failures of others. */
export function yamlFor(address: string, cases: readonly Case[]): string {
  const providers = new Map<string, string>()
  const provide = (id: string, vendor: VendorName, more: string): void => {
    const { type, path } = vendorKinds[vendor]
    const facts = `type: ${type}, base_url: '${address}${path}', api_key: ${vendorKey}${more}`
    providers.set(id, `  '${id}': { ${facts} }`)
  }
  for (const vendor of vendorNames) provide(`spare-${vendor}`, vendor, '')
  const tasks: string[] = []
  const prices: string[] = []
  for (const each of cases) {
    const clocks = clocksFor(each.fault)
    provide(providerOf(each), each.vendor, clocks === null ? '' : `, timeouts: ${clocks}`)
    const { faulty, spare } = named(each)
    prices.push(`  '${faulty}': { input: 3, output: 15 }`)
    if (!each.routed) continue
    prices.push(`  '${spare}': { input: 1, output: 2 }`)
    tasks.push(`  task-${each.number}: { models: ['${faulty}', '${spare}'] }`)
  }
  return [
    'providers:',
    ...providers.values(),
    ...(tasks.length > 0 ? ['tasks:', ...tasks] : []),
    'prices:',
    ...prices,
  ].join('\n')
}

/** The model that a call asks for. */
export function modelOf(each: Case): string {
  return each.routed ? `task-${each.number}` : named(each).faulty
}

/** What a client has in the end. */
export interface Seen {
  readonly id: string
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** Null for an error under a status of its own. */
  readonly got: (Got & { readonly ends?: number }) | null
  /** The sentence of such an error. */
  readonly says: string | null
}

export interface Asking {
  readonly model?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: (body: Json) => Json
  readonly signal?: AbortSignal
}

/** @throws Error when what came is no answer and no error of the caller's dialect */
export async function ask(url: string, each: Case, asking: Asking = {}): Promise<Seen> {
  const caller = callers[each.from]
  const model = asking.model ?? modelOf(each)
  const text = textOf(each)
  const body = caller.body(model, text, each.stream)
  const response = await fetch(url + caller.path(model, each.stream), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${webKey}`,
      'content-type': 'application/json',
      ...asking.headers,
    },
    body: JSON.stringify(asking.body?.(body) ?? body),
    ...(asking.signal ? { signal: asking.signal } : {}),
  })
  const { status, headers } = response
  const id = headers.get('x-request-id') ?? ''
  const bytes = new Uint8Array(await response.arrayBuffer())
  const parsed = (): Json => JSON.parse(Buffer.from(bytes).toString())
  const seen = { id, status, headers, bytes }
  if (status !== 200) return { ...seen, got: null, says: caller.error(parsed(), id) }
  const got = each.stream ? caller.stream(bytes) : caller.whole(parsed(), text)
  return { ...seen, got, says: null }
}

/** Every call on the ledger that began at `since` or later, as /api tells it. */
export async function callsSince(town: Town, since: Date): Promise<Map<string, CallFacts>> {
  const calls = new Map<string, CallFacts>()
  for (let before = ''; ;) {
    const page = await town.api<{ calls: CallFacts[]; next: string | null }>(
      `/api/calls?limit=1000&since=${since.toISOString()}${before}`,
    )
    for (const call of page.calls) calls.set(call.id, call)
    if (page.next === null) return calls
    before = `&before=${page.next}`
  }
}

/** What the vendor has in its history behind an entry, by model, once nothing is under way. */
export async function exchangesAfter(
  vendor: Simulator,
  after: number,
): Promise<ReadonlyMap<string, readonly Entry[]>> {
  for (let looks = 0; ; looks += 1) {
    const entries = vendor.history(after)
    const isOver = entries.every(({ ending }) => ending !== 'open')
    if (isOver || looks === 100) return Map.groupBy(entries, ({ model }) => model ?? '')
    await Bun.sleep(50)
  }
}
