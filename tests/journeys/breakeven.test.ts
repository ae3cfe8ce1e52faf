import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { AdviceJson, BreakEvenJson } from '../../src/server/contract/economics.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** From calls on the ledger to the question whether machines of one's own would pay. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  support: acme/small
  idle: acme/closed
keys:
  - { id: web, secret: ${key}, env: production }
  - { id: lab, secret: lab-${key}, env: lab }
  - { id: eyes, secret: eyes-${key}, role: viewer }
economics: { advice: { weights: { support: qwen3-32b }, rent: 2.50 USD, people: 0.1 } }
prices:
  acme/small: { input: 1000, output: 1000 }
`,
    vendors: { acme: { speed: 0 } },
  })
  for (const secret of [key, key, `lab-${key}`]) {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({ model: 'support', messages: [{ role: 'user', content: 'one two' }] }),
    })
    await response.text()
    expect(response.status).toBe(200)
    await town.call(response.headers.get('x-request-id')!)
  }
}, 60_000)
afterAll(() => town.close())

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })
const eyes = async (path: string) =>
  fetch(town.url + path, { headers: { authorization: `Bearer eyes-${key}` } })

test("a task's own calls are studied, those of production, and a page gets the lines of its chart", async () => {
  const response = await eyes('/api/economics/breakeven?task=support&model=qwen3-32b&rent=2')
  expect(response.status).toBe(200)
  const study = (await response.json()) as BreakEvenJson
  expect(study.traffic.source).toContain('support: 2 calls')
  expect(study.unknown).toBeNull()
  expect(study.traffic.cost_coverage).toBe(1)
  expect(Number(study.result!.sustained_from)).toBeGreaterThan(0)
  expect(study.curve!.own_point.calls_per_month).toBe(study.traffic.calls_per_month)
  expect(study.curve!.points.length).toBeGreaterThan(50)
  const all = await freehold(
    'breakeven',
    '--task',
    'support',
    '--env',
    'all',
    '--model',
    'qwen3-32b',
  )
  expect(all.out).toContain('support: 3 calls')
  expect(all.out).toContain('Break-even: from')
}, 60_000)

test('figures by hand need no task, and what is wrong is said with the name in the query', async () => {
  const byHand = await eyes(
    '/api/economics/breakeven?tokens_per_day=50M&api=acme/small&model=qwen3-32b&rent=2',
  )
  expect(((await byHand.json()) as BreakEvenJson).traffic.source).toBe('by hand')
  for (const [query, sentence] of [
    ['model=qwen3-32b', "'task' takes it from the ledger"],
    ['model=qwen3-32b&tokens_per_day=lots', "'tokens_per_day' is a number such as 50M"],
    ['model=qwen3-32b&task=nobody', 'The ledger has no calls of nobody'],
    ['task=support', "needs 'model'"],
  ]) {
    const refused = await eyes(`/api/economics/breakeven?${query}`)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining(sentence!),
    ])
  }
}, 60_000)

test('advice says of every task what is missing, and raises nothing before its time', async () => {
  const advice = (await (await eyes('/api/economics/advice')).json()) as AdviceJson
  expect(advice.watched).toBe(true)
  expect(advice.tasks.map(({ task, holds }) => [task, holds]).toSorted()).toEqual([
    ['idle', false],
    ['support', false],
  ])
  const { code, out } = await freehold('breakeven', '--advice')
  expect(code).toBe(0)
  expect(out).toContain('0 of 90 days of production traffic')
  const { alarms } = await town.api<{ alarms: { kind: string }[] }>('/api/alarms')
  expect(alarms.filter(({ kind }) => kind === 'own_machines_pay')).toEqual([])
}, 60_000)

test('without a gateway the store answers the same', async () => {
  await town.end()
  const { code, out } = await freehold('breakeven', '--advice', '--json')
  expect(code).toBe(0)
  expect((JSON.parse(out) as AdviceJson).tasks.length).toBe(2)
  const study = await freehold('breakeven', '--task', 'support', '--model', 'qwen3-32b', '--json')
  expect((JSON.parse(study.out) as BreakEvenJson).traffic.source).toContain('support: 2 calls')
  await town.restart()
}, 60_000)
