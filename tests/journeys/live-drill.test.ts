import { afterAll, beforeAll, expect, test } from 'bun:test'
import type {
  DeprecationsJson,
  LiveDrillJson,
  LivePlanJson,
  RehearsalJson,
} from '../../src/server/contract/drill.ts'
import { ended, runCommand, startCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** Leaving a vendor for real, with live calls and for a while. */
let town: Town
const key = 'web-secret-0123456789'
const timeout = 60_000

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
  openai: { api_key: none-0123456789, base_url: '{{birch}}' }
tasks:
  support: { models: [acme/large, birch/small] }
  untested: { models: [acme/large, birch/small] }
  pictures: { models: [acme/large, openai/gpt-3.5-turbo-1106] }
  alone: acme/large
keys:
  - { id: web, secret: ${key} }
  - { id: eyes, secret: eyes-${key}, role: viewer }
prices:
  acme/large: { input: 1, output: 2 }
  birch/small: { input: 3, output: 6 }
`,
    vendors: { acme: { speed: 0 }, birch: { speed: 0 } },
  })
  // A proven swap to the other and back: both models were measured on the task's own cases.
  const proof = { before: ['acme/large', 'birch/small'], says: 'no worse' }
  await town.api('/api/swap', 'POST', {
    task: 'support',
    model: ['birch/small', 'acme/large'],
    proof,
  })
  await town.api('/api/swap', 'POST', { task: 'support', model: ['acme/large', 'birch/small'] })
  const names = ['acme/large', 'openai/gpt-3.5-turbo-1106']
  const other = { task: 'pictures', model: names.toReversed(), proof: { ...proof, before: names } }
  await town.api('/api/swap', 'POST', other)
  await town.api('/api/swap', 'POST', { task: 'pictures', model: names })
  for (const task of ['support', 'untested', 'alone']) await town.call(await ask(task))
}, timeout)
afterAll(() => town.close())

async function ask(model: string, content: unknown = 'one two three'): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  })
  expect(response.status).toBe(200)
  await response.text()
  return response.headers.get('x-request-id')!
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

test('only tested substitutes are sent anything, and what stays is named with its reason', async () => {
  const plan = await town.api<LivePlanJson>(
    '/api/economics/drills/plan?leave=acme&share=0.5&for=1h',
  )
  expect(plan.tasks).toMatchObject([
    { task: 'support', model: 'birch/small' },
    { task: 'pictures', model: 'openai/gpt-3.5-turbo-1106' },
  ])
  expect(plan.left_out.map(({ task }) => task).toSorted()).toEqual(['alone', 'untested'])
  const { code, err } = await freehold('drill', '--leave', 'birch', '--live', '--yes')
  expect(code).toBe(1)
  expect(err).toContain('Nothing was begun')
}, 60_000)

test('without a word nothing begins, and money is not spent', async () => {
  const { code, err } = await freehold('drill', '--leave', 'acme', '--live', '--json')
  expect([code, err]).toEqual([2, expect.stringContaining('--yes')])
  const { drills } = await town.api<{ drills: unknown[] }>('/api/economics/drills')
  expect(drills).toEqual([])
}, 60_000)

test('calls go to the substitute until the time is over, with the drill on their rows', async () => {
  const child = startCommand(
    ['drill', '--leave', 'acme', '--live', '--share', '100%', '--for', '4s', '--yes', '--json'],
    { cwd: town.folder },
  )
  await until(async () => (await last())?.state === 'running')
  const id = await ask('support')
  const call = await town.call(id)
  const drill = (await last())!
  expect(call.attempts).toMatchObject([
    {
      provider: 'birch',
      role: 'served',
      reason: `drill ${drill.id}: without acme, 100 % of its calls`,
    },
  ])
  expect((await town.call(await ask('untested'))).attempts[0]!.provider).toBe('acme')
  const { code, out } = await ended(child)
  expect(code).toBe(0)
  const report = JSON.parse(out) as LiveDrillJson
  expect(report).toMatchObject({ state: 'done', leave: 'acme', why: null })
  expect(report.total).toMatchObject({ calls: 1, broken: 0, break_rate: 0, cost_unknown: 0 })
  // Three times the price for the same tokens.
  expect(report.total.cost_usd).toBe(call.cost_usd!)
  expect(Number(report.total.cost_usd)).toBeCloseTo(3 * Number(report.total.instead_usd), 12)
  expect(Number(report.total.net_usd)).toBeCloseTo(2 * Number(report.total.instead_usd), 12)
  expect((await town.call(await ask('support'))).attempts[0]!.provider).toBe('acme')
  const shown = await freehold('drill', '--live')
  expect(shown.out).toContain('to its end')
}, 60_000)

test('its end survives a restart of the gateway, and Ctrl-C is the end of it', async () => {
  const child = startCommand(
    ['drill', '--leave', 'acme', '--live', '--share', '100%', '--for', '1h', '--yes', '--json'],
    { cwd: town.folder },
  )
  await until(async () => (await last())?.state === 'running')
  const { id, until: end } = (await last())!
  expect((await town.call(await ask('support'))).attempts[0]!.provider).toBe('birch')
  child.kill('SIGINT')
  const { code, out } = await ended(child)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    id,
    state: 'stopped',
    why: expect.stringContaining('ended it'),
  })
  const wish = { leave: 'acme', share: 1, for: '1h' }
  const begun = await town.api<LiveDrillJson>('/api/economics/drills', 'POST', wish)
  expect(Date.parse(begun.until)).toBeGreaterThan(Date.parse(end))
  await town.call(await ask('support'))
  await town.end()
  await town.restart()
  expect((await town.call(await ask('support'))).attempts[0]!.provider).toBe('birch')
  const after = (await last())!
  expect(after).toMatchObject({ id: begun.id, until: begun.until, state: 'running' })
  expect(after.total.calls).toBe(2)
  const stopped = await freehold('drill', '--live', '--stop', '--json')
  expect(JSON.parse(stopped.out)).toMatchObject({ id: begun.id, state: 'stopped' })
  expect((await town.call(await ask('support'))).attempts[0]!.provider).toBe('acme')
}, 60_000)

test('a substitute that fails is taken back, callers are answered all the same, and it is alarmed', async () => {
  const wish = { leave: 'acme', share: 0.5, for: '1h', tasks: ['support'] }
  const { id } = await town.api<LiveDrillJson>('/api/economics/drills', 'POST', wish)
  town.vendors['birch']!.behave({ fault: 'http-500' })
  for (let calls = 0; calls < 200 && (await last())!.state === 'running'; calls += 1)
    await ask('support')
  town.vendors['birch']!.behave({ fault: 'none' })
  const report = (await last())!
  expect(report).toMatchObject({ id, state: 'stopped', why: 'every task was taken back' })
  expect(report.tasks[0]!.taken_back).toContain('fails more often')
  expect(report.total.break_rate).toBe(1)
  expect(report.total.others.break_rate).toBe(0)
  const { alarms } = await town.api<{ alarms: { kind: string; text: string }[] }>('/api/alarms')
  expect(alarms.some(({ kind }) => kind === 'drill_stopped')).toBe(true)
  const shown = await freehold('drill', '--live')
  expect(shown.code).toBe(1)
}, 60_000)

test('a call that the substitute is known not to take stays where it was, and counts as broken', async () => {
  const wish = { leave: 'acme', share: 1, for: '1h', tasks: ['pictures'] }
  const { id, tasks } = await town.api<LiveDrillJson>('/api/economics/drills', 'POST', wish)
  expect(tasks.map(({ task }) => task)).toEqual(['pictures'])
  const url = 'data:image/png;base64,iVBORw0KGgo='
  const seen = [{ type: 'image_url', image_url: { url } }]
  expect((await town.call(await ask('pictures', seen))).attempts[0]!.provider).toBe('acme')
  expect((await town.call(await ask('support'))).attempts[0]!.provider).toBe('acme')
  const { total } = await town.api<LiveDrillJson>(`/api/economics/drills/${id}`, 'DELETE')
  expect(total).toMatchObject({ calls: 1, broken: 1, unable: 1, failed: 0, break_rate: 1 })
}, 60_000)

test('who may only look may not begin', async () => {
  const eyes = { authorization: `Bearer eyes-${key}` }
  const look = await fetch(`${town.url}/api/economics/drills`, { headers: eyes })
  expect(look.status).toBe(200)
  const begin = await fetch(`${town.url}/api/economics/drills`, {
    method: 'POST',
    headers: eyes,
    body: JSON.stringify({ leave: 'acme', share: 1, for: '1h' }),
  })
  expect(begin.status).toBe(403)
}, 60_000)

test('the page reads the rehearsal and ends of models from sums', async () => {
  const drill = await town.api<RehearsalJson>('/api/economics/drill?leave=acme')
  expect(drill.tasks.find(({ task }) => task === 'support')).toMatchObject({
    readiness: 'tested',
    next: 'birch/small',
    stops: false,
  })
  expect(drill.stops).toBe(1)
  const asked = '/api/economics/deprecations?ends=acme/large=2030-01-01'
  const { models, by_days_left: spans, notes } = await town.api<DeprecationsJson>(asked)
  const large = models.find(({ model }) => model === 'acme/large')!
  expect(large).toMatchObject({ source: 'asked', shutdown: '2030-01-01' })
  expect(spans.find(({ within }) => within === 'later')!.cost_usd).toBe(large.cost_usd)
  expect(notes[0]).toContain('November 2025')
}, 60_000)

async function last(): Promise<LiveDrillJson | undefined> {
  const { drills } = await town.api<{ drills: LiveDrillJson[] }>('/api/economics/drills')
  return drills[0]
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await Bun.sleep(50)
  }
  throw new Error('It never came to be.')
}
