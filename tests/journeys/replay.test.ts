import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** Yesterday's traffic on another model: its bill, measured and dry, and who pays for the replay. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: acme/echo
keys:
  - { id: web, secret: ${key} }
payloads: full
prices:
  acme/echo: { input: 1, output: 2 }
  acme/small: { input: 10, output: 20 }
`,
    vendors: { acme: { speed: 0 } },
  })
  const ids: string[] = []
  for (let n = 1; n <= 12; n += 1) ids.push(await ask(n))
  for (const id of ids) await town.call(id)
}, 60_000)
afterAll(() => town.close())

async function ask(words: number): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'hello',
      messages: [{ role: 'user', content: 'word '.repeat(words * 3) }],
    }),
  })
  await response.text()
  return response.headers.get('x-request-id')!
}

interface Replay {
  readonly calls: number
  readonly sampled: number
  readonly cost_usd: string
  readonly models: readonly {
    readonly model: string
    readonly dry: { readonly cost_usd: string | null; readonly cost_unknown: number }
    readonly measured: {
      readonly n: number
      readonly cost_usd: string
      readonly low_usd: string
      readonly high_usd: string
      readonly input_ratio: number
      readonly output_ratio: number
    } | null
    readonly quality: { readonly score: number | null; readonly cases: number } | null
  }[]
}

test('--dry prices every logged call on other models, exactly, and asks nobody', async () => {
  const asked = town.vendors['acme']!.history().length
  const { code, out } = await freehold(
    'replay',
    '--task',
    'hello',
    '--on',
    'acme/echo,acme/small,acme/unheard',
    '--dry',
    '--json',
  )
  expect(code).toBe(0)
  const { calls, cost_usd: cost, models } = JSON.parse(out) as Replay
  expect(calls).toBe(12)
  const [echo, small, unheard] = models
  expect(echo!.dry.cost_usd).toBe(cost)
  expect(Number(small!.dry.cost_usd)).toBeCloseTo(10 * Number(cost), 12)
  expect(unheard!.dry).toEqual({ cost_usd: null, cost_unknown: 12 })
  expect([echo!.measured, town.vendors['acme']!.history().length]).toEqual([null, asked])
}, 60_000)

test('a replay asks a sample again, marks it on the ledger, and does not pay twice', async () => {
  writeFileSync(
    join(town.folder, 'cases.yaml'),
    `prompt: 'say {{text}}'
cases:
  - { text: one two three, expected: one }
  - { text: four five six, expected: four }
graders:
  - { type: length, max: 4000 }
`,
  )
  const words = ['replay', '--on', 'acme/small', '--sample', '8', '--yes', '--json']
  const first = await freehold(...words, '--evals', 'cases.yaml')
  expect(first.err).toBe('')
  const { models, sampled } = JSON.parse(first.out) as Replay
  const [small] = models
  expect(small!.measured!.n).toBe(sampled)
  expect(small!.measured!.input_ratio).toBe(1)
  const { low_usd: low, high_usd: high, cost_usd: cost } = small!.measured!
  expect(Number(low) <= Number(cost) && Number(cost) <= Number(high)).toBe(true)
  expect(Number(cost) > 0).toBe(true)
  expect(small!.quality).toMatchObject({ model: 'acme/small', cases: 2 })

  const spent = async (): Promise<number> =>
    (await town.api<{ total: { calls: number } }>('/api/costs?feature=replay&since=1d')).total.calls
  const calls = await spent()
  expect(calls).toBe(sampled)
  const again = await freehold(...words)
  expect((JSON.parse(again.out) as Replay).models[0]!.measured).toEqual(small!.measured)
  expect(await spent()).toBe(calls)
  // What replays asked is no traffic of the next one.
  expect((JSON.parse(again.out) as Replay).calls).toBe(12)
}, 60_000)

test('what cannot be done is said with what to do', async () => {
  for (const [words, code, sentence] of [
    [['replay'], 2, 'Say on which models'],
    [['replay', '--on', 'nobody/large'], 2, 'no live provider'],
    [['replay', '--on', 'acme/echo', '--dry', '--sample', '5'], 2, 'leave one of them out'],
    [['replay', '--on', 'acme/echo', '--task', 'none', '--dry'], 1, 'freehold logs'],
  ] as const) {
    const ran = await freehold(...words)
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(sentence)])
  }
}, 60_000)

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })
