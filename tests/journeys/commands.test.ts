import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, runCommand, startCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** What every command keeps to, with a gateway and without one. */
let town: Town
const folder = mkdtempSync(join(tmpdir(), 'freehold-commands-'))
const timeout = 60_000

beforeAll(async () => {
  writeFileSync(join(folder, 'freehold.yaml'), 'server: { port: 1 }\nproviders: { sim: {} }\n')
  town = await startTown({
    config: "providers: { acme: { type: openai-compatible, base_url: '{{acme}}' } }",
    vendors: { acme: {} },
  })
}, timeout)
afterAll(async () => {
  await town.close()
  rmSync(folder, { recursive: true })
})

const wrong = [
  ['costs', '--by', 'nonsense'],
  ['costs', '--since', 'yesterday'],
  ['costs', '--since', '2026-11-20', '--until', '2026-11-10'],
  ['logs', '--until', '2026-02-30'],
  ['models', '--measured', '--since', '2026-11-21T10:00:00'],
  ['feedback', '--since', '-'],
  ['margin', '--month', '2026-13'],
  ['margin', '--growth', 'much'],
  ['whatif', '--shock', 'deepseek plus half'],
  ['export', 'focus', '--since', '2026-11-20', '--until', '2026-11-10', '--verify'],
  ['drill', '--leave', 'acme', '--since', 'tomorrow'],
  ['drill', '--deprecations', '--ends', 'acme/large=soon'],
  ['drill', '--deprecations', '--ends', 'acme/large=2026-02-30'],
  ['drill', '--leave', 'acme', '--days', ',,'],
  ['margin', 'concentration', 'production'],
  ['whatif', '--shock', 'acme=+1%', '--until', '2026-11-01', '--since', '2026-11-02'],
  ['prices', 'rerate', '--since', 'then', '--kind', 'contract', '--dry'],
]

test.each(wrong)(
  'an option that is wrong is a wrong call: %s %s %s',
  async (...words) => {
    const given = words.filter((word) => typeof word === 'string')
    for (const cwd of [town.folder, folder]) {
      const { code, out, err } = await runCommand([...given, '--json'], { cwd })
      expect([cwd, code, out]).toEqual([cwd, 2, ''])
      expect(err).toContain(`freehold ${words[0]}`)
    }
  },
  timeout,
)

test(
  'what no attempt has a known cost for is no zero in a table, nor in a spreadsheet',
  async () => {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${town.adminKey}` },
      body: JSON.stringify({ model: 'acme/echo', messages: [{ role: 'user', content: 'hello' }] }),
    })
    await town.call(response.headers.get('x-request-id')!)
    const words = ['costs', '--by', 'model', '--model', 'acme/echo']
    const table = await runCommand(words, { cwd: town.folder })
    const row = table.out.split('\n').find((line) => line.startsWith('acme/echo'))!
    expect(row.split(/ +/).slice(-2)).toEqual(['?', '1'])
    const sheet = await runCommand([...words, '--csv'], { cwd: town.folder })
    const [titles, values] = sheet.out.split('\r\n').map((line) => line.split(','))
    expect(values![titles!.indexOf('"cost_usd"')]).toBe('')
  },
  timeout,
)

test(
  'a second Ctrl-C ends whatever is waited for',
  async () => {
    const asked = Promise.withResolvers<void>()
    const gateway = Bun.serve({
      port: 0,
      fetch: () => {
        asked.resolve()
        return new Promise<Response>(() => {})
      },
    })
    const env = { FREEHOLD_URL: String(gateway.url), FREEHOLD_KEY: 'any-0123456789012345' }
    const child = startCommand(['costs'], { cwd: folder, env })
    await asked.promise
    child.kill('SIGINT')
    await Bun.sleep(100)
    const began = performance.now()
    child.kill('SIGINT')
    expect((await ended(child)).code).toBe(1)
    expect(performance.now() - began).toBeLessThan(5_000)
    await gateway.stop(true)
  },
  timeout,
)

test('help of no command is a wrong call', async () => {
  const { code, out, err } = await runCommand(['help', 'everything'], { cwd: folder })
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('there is no command "everything"')
})

test(
  'an export that loses the gateway on its way writes nothing, and says so',
  async () => {
    const gateway = Bun.serve({
      port: 0,
      fetch: ({ url }) => {
        if (url.includes('/api/calls/'))
          return Response.json({ error: { message: 'Busy.' } }, { status: 503 })
        return Response.json({ feedback: [{ call_id: 'x', score: 1 }], next: null })
      },
    })
    const env = { FREEHOLD_URL: String(gateway.url), FREEHOLD_KEY: 'any-0123456789012345' }
    const { code, err } = await runCommand(['feedback', '--labels', 'labels.jsonl'], {
      cwd: folder,
      env,
    })
    await gateway.stop(true)
    expect([code, err]).toEqual([1, 'freehold: Busy.\n'])
    expect(existsSync(join(folder, 'labels.jsonl'))).toBe(false)
  },
  timeout,
)
