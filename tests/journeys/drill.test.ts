import { afterAll, beforeAll, expect, test } from 'bun:test'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** Leaving a vendor, rehearsed on a day of calls. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
  openai: { api_key: none-0123456789, base_url: '{{acme}}' }
tasks:
  support: { models: [acme/large, birch/small] }
  alone: acme/large
  ending: openai/gpt-3.5-turbo-1106
keys:
  - { id: web, secret: ${key} }
payloads: full
prices:
  acme/large: { input: 1, output: 2 }
  birch/small: { input: 3, output: 6 }
`,
    vendors: { acme: { speed: 0 }, birch: { speed: 0 } },
  })
  const ids = [
    await ask('support', { 'x-freehold-customer': 'north', 'x-freehold-feature': 'mail' }),
    await ask('support', { 'x-freehold-customer': 'south' }),
    await ask('alone', { 'x-freehold-customer': 'south' }),
    await ask('ending', { 'x-freehold-customer': 'east' }),
  ]
  for (const id of ids) await town.call(id)
}, 60_000)
afterAll(() => town.close())

async function ask(model: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'one two three' }] }),
  })
  await response.text()
  return response.headers.get('x-request-id')!
}

interface Drill {
  readonly tasks: readonly {
    readonly task: string
    readonly stops: boolean
    readonly readiness: string
    readonly calls: number
    readonly cost_usd: string
    readonly monthly_change_usd: number | null
    readonly customers: readonly string[]
    readonly features: readonly string[]
    readonly days: number
    readonly substitutes: readonly {
      readonly model: string
      readonly cost_usd: string
      readonly looked: number
    }[]
  }[]
}

test('drill --leave says what stops, what goes on elsewhere, for what, and for whom', async () => {
  const { code, out } = await freehold('drill', '--leave', 'acme', '--json')
  expect(code).toBe(0)
  const { tasks } = JSON.parse(out) as Drill
  const support = tasks.find(({ task }) => task === 'support')!
  expect(support).toMatchObject({
    stops: false,
    readiness: 'untested',
    calls: 2,
    features: ['mail'],
    days: 3,
  })
  expect(support.customers.toSorted()).toEqual(['north', 'south'])
  const [substitute] = support.substitutes
  expect(substitute!.model).toBe('birch/small')
  expect(Number(substitute!.cost_usd)).toBeCloseTo(3 * Number(support.cost_usd), 12)
  expect(tasks.find(({ task }) => task === 'alone')).toMatchObject({
    stops: true,
    readiness: 'none',
    calls: 1,
    customers: ['south'],
    substitutes: [],
  })
  const table = await freehold('drill', '--leave', 'acme')
  expect(table.out).toContain('stops')
  expect(table.out).toContain('birch/small')
}, 60_000)

test('what leaving costs a month is reckoned from the time that is looked at, to the minute', async () => {
  const since = Math.floor(Date.now() / 3_600_000 - 1) * 3_600_000
  const words = ['drill', '--leave', 'acme', '--since', new Date(since).toISOString(), '--json']
  const { tasks } = JSON.parse((await freehold(...words)).out) as Drill
  const hours = (Date.now() - since) / 3_600_000
  const { cost_usd: cost, monthly_change_usd: change } = tasks.find(({ calls }) => calls === 2)!
  expect(change! / (2 * Number(cost) * ((30 * 24) / hours))).toBeCloseTo(1, 2)
}, 60_000)

test('drill --deprecations names models that end, with what hangs on them, and how far it knows', async () => {
  const { code, out } = await freehold('drill', '--deprecations', '--json')
  expect(code).toBe(0)
  const report = JSON.parse(out) as {
    feed_ends: string
    models_checked: number
    models: { model: string; shutdown: string; customers: string[]; calls: number }[]
  }
  expect([report.feed_ends, report.models_checked]).toEqual(['2025-11', 2])
  expect(report.models).toMatchObject([
    { model: 'openai/gpt-3.5-turbo-1106', shutdown: '2026-09-28', customers: ['east'], calls: 1 },
  ])
  expect((await freehold('drill', '--deprecations')).out).toContain('November 2025')
}, 60_000)

test('a drill that is asked wrongly says how to ask', async () => {
  for (const [words, sentence] of [
    [['drill'], 'Say what to rehearse'],
    [['drill', '--leave', 'nobody'], 'There are'],
    [['drill', '--leave', 'acme', '--days', '1,2'], 'three numbers'],
  ] as const) {
    const { code, err } = await freehold(...words)
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
  }
}, 60_000)

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

test('what was asked is told of fifty calls at a time, and of nothing that is no call', async () => {
  const { calls } = await town.api<{ calls: { id: string }[] }>('/api/calls?limit=4')
  const ids = calls.map(({ id }): [string, string] => ['id', id])
  const asked = await town.api<{
    calls: { id: string; dialect: string; request: { model: string } }[]
  }>(`/api/replay/requests?${new URLSearchParams(ids)}`)
  expect(asked.calls.map(({ id }) => id)).toEqual(calls.map(({ id }) => id))
  expect(new Set(asked.calls.map(({ dialect }) => dialect))).toEqual(new Set(['openai-chat']))
  expect(asked.calls.map(({ request }) => request.model).toSorted()).toEqual([
    'alone',
    'ending',
    'support',
    'support',
  ])
  const authorization = `Bearer ${town.adminKey}`
  for (const query of ['', 'id=7', `id=${'0'.repeat(51).split('').join('&id=')}`]) {
    const refused = await fetch(`${town.url}/api/replay/requests?${query}`, {
      headers: { authorization },
    })
    expect(refused.status).toBe(400)
  }
})
