import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RouteJson } from '../../src/server/contract/routing.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** A promise in the configuration, one command that proves it, and what takes it back. */

const limitMs = 60_000
const prove = 'freehold route calibrate --task support'

/** The cheap model repeats whatever it is told: right where a word is to be repeated, wrong where one has to reckon. */
const configOf = (price: string, more = ''): string => `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  support:
    policy: cascade
    models: [acme/echo, acme/large]
    guarantee: { quality: 0.9, confidence: 0.95, evals: evals/support.yaml${more} }
prices:
  acme/echo: { input: ${price}, output: 0.02 }
  acme/large: { input: 5, output: 20 }
`

let town: Town
beforeAll(async () => {
  town = await startTown({ config: configOf('0.01'), vendors: { acme: {} } })
  mkdirSync(join(town.folder, 'evals'))
  writeFileSync(
    join(town.folder, 'evals', 'support.yaml'),
    "name: support\nprompt: '{{said}}'\ncases: file://support.jsonl\ngraders: [contains]\n",
  )
  cases(40)
}, limitMs)
afterAll(() => town.close())

function cases(count: number): void {
  const rows = Array.from({ length: count }, (_, index) => {
    const [a, b] = [11 + (index % 83), 3 + Math.floor(index / 5)]
    return index % 3 === 0
      ? { id: `s${index}`, said: `What is ${a} * ${b}?`, expected: String(a * b) }
      : {
          id: `r${index}`,
          said: `Reply with exactly: parcel ${index}`,
          expected: `parcel ${index}`,
        }
  })
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  writeFileSync(join(town.folder, 'evals', 'support.jsonl'), text)
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

/** The id of the last call. */
let last = ''

async function ask(content: string) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}` },
    body: JSON.stringify({ model: 'support', messages: [{ role: 'user', content }] }),
  })
  expect(response.status).toBe(200)
  last = response.headers.get('x-request-id')!
  return response.headers.get('x-freehold-model')
}

async function routed(): Promise<RouteJson> {
  const { routes } = await town.api<{ routes: readonly RouteJson[] }>('/api/routes')
  return routes.find(({ task }) => task === 'support')!
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isSo()) return
    await Bun.sleep(100)
  }
  throw new Error('It never came to that.')
}

interface Calibrated {
  readonly method: string
  readonly model: string | null
  readonly missing: number | null
  readonly in_force: boolean | null
  readonly certificate: { readonly rows: number } | null
  readonly out: string
  readonly evals: {
    readonly epoch?: string
    readonly graders: readonly string[]
    readonly judges: readonly string[]
  }
}

function madeOf(policy: string): string {
  return (JSON.parse(policy) as { made: string }).made
}

test(
  'a promise that is not proven is kept by the strong model, and everything names the command that proves it',
  async () => {
    expect(await ask('Reply with exactly: parcel')).toBe('acme/large')
    const route = await routed()
    expect([route.proven, route.router, route.renew]).toEqual([
      false,
      'policies/support.json',
      prove,
    ])
    expect(route.fallback).toContain('is not proven yet')
    const status = await freehold('route', 'status')
    expect(status.out).toContain(prove)
    const doctor = await freehold('doctor', '--offline')
    expect(doctor.out).toContain('is not proven yet')
    const { alarms } = await town.api<{ alarms: readonly { subject: string; text: string }[] }>(
      '/api/alarms',
    )
    expect(alarms.find(({ subject }) => subject === 'support')?.text).toContain(prove)
  },
  limitMs,
)

test(
  'with too few cases it says no routing, and how many are missing',
  async () => {
    const { code, out } = await freehold('route', 'calibrate', '--task', 'support', '--json')
    expect(code).toBe(0)
    const said = JSON.parse(out) as Calibrated
    expect([said.method, said.model, said.certificate]).toEqual(['static', 'acme/large', null])
    expect(said.missing).toBeGreaterThan(20)
    expect(said.in_force).toBe(true)
    // A proof holds for its grader.
    expect(said.evals).toMatchObject({ graders: ['contains'], judges: [] })
    expect((await routed()).proven).toBe(false)
    expect(await ask('Reply with exactly: parcel')).toBe('acme/large')
    const status = await freehold('route', 'status')
    expect(status.out).toContain('no routing')
    expect(status.out).toContain('none: nothing cheaper was proven to keep')
    expect(status.out).not.toContain(' confidence')
  },
  limitMs,
)

test(
  'with enough it is proven by one command, in force at once, and calls are routed by it',
  async () => {
    cases(360)
    const { code, out, err } = await freehold('route', 'calibrate', '--task', 'support')
    expect([code, err]).toEqual([0, ''])
    // Of the forty that were asked before none is asked again.
    expect(out).toMatch(/acme\/echo +320 +40 /)
    expect(out).toContain('acme/echo first, acme/large where it pays')
    expect(out).toContain(join('policies', 'support.json'))
    expect(out).toContain('The running gateway decides by it')
    expect(await routed()).toMatchObject({ proven: true, fallback: null, outdated: false })
    expect(await ask('Reply with exactly: parcel 1000')).toBe('acme/echo')
    expect(await ask('What is 57 * 61?')).toBe('acme/large')
  },
  limitMs,
)

test(
  'a price that changes takes it back, and the same command asks anew and proves it again',
  async () => {
    const before = readFileSync(join(town.folder, 'policies', 'support.json'), 'utf8')
    town.configure(configOf('0.011'))
    await until(async () => (await routed()).outdated)
    const route = await routed()
    expect(route.fallback).toContain('the price of one of its models has changed')
    expect(route.renew).toBe(prove)
    expect(await ask('Reply with exactly: parcel 1001')).toBe('acme/large')
    const { code, out } = await freehold('route', 'calibrate', '--task', 'support', '--json')
    expect(code).toBe(0)
    const said = JSON.parse(out) as Calibrated
    // What was answered at the old price proves nothing of the new one.
    expect([said.in_force, said.evals.epoch]).toEqual([true, `after ${madeOf(before)}`])
    expect(readFileSync(join(town.folder, 'policies', 'support.json'), 'utf8')).not.toBe(before)
    expect(await routed()).toMatchObject({ proven: true, fallback: null, outdated: false })
    expect(await ask('Reply with exactly: parcel 1002')).toBe('acme/echo')
  },
  limitMs,
)

test(
  'with learn it is told of each call with which probability the policy had it, and what both ways cost',
  async () => {
    town.configure(configOf('0.011', ', learn: { second: 0.001 USD }'))
    await until(async () => (await routed()).learned !== null)
    const seen = []
    for (let call = 0; call < 6; call += 1) {
      seen.push(await ask(`Reply with exactly: parcel ${call}`))
      const { attempts } = await town.call(last)
      const reason = attempts.map((attempt) => String(attempt['reason'])).join(' | ')
      expect(reason).toMatch(/(the policy|the strong model alone), drawn with propensity 0\.\d+/)
    }
    expect(seen).toContain('acme/echo')
    const { learned, proven } = await routed()
    expect(proven).toBe(true)
    expect(learned!.policy.calls + learned!.strong.calls).toBe(6)
    expect(learned!.policy.relative_cost).toBeLessThan(1.5)
    expect((await freehold('route', 'status')).out).toMatch(/learned +the policy answers/)
  },
  limitMs,
)

test(
  'another model takes it back, and is named with the command',
  async () => {
    const other = configOf('0.011').replaceAll('acme/large', 'acme/medium')
    town.configure(other)
    await until(async () => (await routed()).fallback !== null)
    const route = await routed()
    expect(route.fallback).toContain('fitted with acme/large, which the task has not')
    expect([route.proven, route.renew]).toEqual([false, prove])
    expect(await ask('Reply with exactly: parcel 1003')).toBe('acme/medium')
    expect((await freehold('route', 'status')).out).toContain(prove)
  },
  limitMs,
)

test(
  'a task that promises nothing, or none of that name, is told what to write',
  async () => {
    town.configure(configOf('0.011').replace(', evals: evals/support.yaml', ''))
    await until(async () => (await routed()).renew !== prove)
    const without = await freehold('route', 'calibrate', '--task', 'support')
    expect([without.code, without.out]).toEqual([1, ''])
    expect(without.err).toContain('support names no evals')
    const unknown = await freehold('route', 'calibrate', '--task', 'suport')
    expect(unknown.code).toBe(1)
    expect(unknown.err).toContain('support')
    const both = await freehold('route', 'calibrate', '--task', 'support', '--cheap', 'acme/echo')
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('--cheap')])
  },
  limitMs,
)
