import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { BenchmarkJson, PerformanceJson } from '../../src/server/contract/performance.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** The table of one's own vendors, from calls that were made. */
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
prices:
  acme/echo: { input: 1, output: 2.5 }
`,
    vendors: { acme: { speed: 1 } },
  })
})
afterAll(() => town.close())

async function ask(model: string, stream: boolean): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: 'one two three four five six seven' }],
    }),
  })
  await response.text()
  return response.headers.get('x-request-id')!
}

test('models --measured says how fast each model was, how often it failed, and of how many calls', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) ids.push(await ask('hello', n > 1))
  town.vendors['acme']!.behave({ model: 'small', fault: 'http-500', times: 10 })
  ids.push(await ask('acme/small', false))
  for (const id of ids) await town.call(id)

  const { rows } = await town.api<BenchmarkJson>('/api/benchmark')
  const echo = rows.find(({ model }) => model === 'acme/echo')!
  expect(echo).toMatchObject({
    provider: 'acme',
    price_input: '1',
    price_output: '2.5',
    answered: 5,
    failed: 0,
    error_rate: 0,
    uptime: 1,
    price_changes: [],
  })
  expect([echo.ttft_us.n, echo.total_us.n]).toEqual([3, 5])
  expect(echo.total_us.p95! >= echo.total_us.p50!).toBe(true)
  const failing = rows.find(({ model }) => model === 'acme/small')!
  expect([failing.answered, failing.error_rate, failing.uptime]).toEqual([0, 1, 0])
  expect(failing.total_us).toEqual({ n: 0, p50: null, p95: null, p99: null })

  const series = await town.api<PerformanceJson>('/api/performance?by=task,hour&task=hello')
  expect(series.rows.reduce((sum, { answered }) => sum + answered, 0)).toBe(5)
  expect(series.missing_until).toBeNull()

  const table = await freehold('models', '--measured', 'echo')
  expect(table).toContain('acme/echo')
  expect(table).toContain('TTFT P50')
  expect(table).not.toContain('acme/small')
  expect((await freehold('models', '--since', '1d')).includes('--since goes with --measured')).toBe(
    true,
  )
}, 60_000)

async function freehold(...words: readonly string[]): Promise<string> {
  const { out, err } = await runCommand(words, { cwd: town.folder })
  return out + err
}
