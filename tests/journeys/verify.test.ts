import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { CheckupJson, LedgerReportJson } from '../../src/server/contract/checkup.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** `freehold ledger verify`: beside a gateway that serves, without one, and when somebody cheated. */
let town: Town

const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  sim: {}
keys:
  - { id: web, secret: ${key} }
prices:
  acme/echo: { input: 3, output: 15 }
`,
    vendors: { acme: {} },
  })
})
afterAll(() => town.close())

/** @returns the call's id */
async function ask(model: string): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'count these words' }] }),
  })
  await response.text()
  return response.headers.get('x-request-id')!
}

const verify = (...words: readonly string[]) =>
  runCommand(['ledger', 'verify', ...words], { cwd: town.folder })

async function report(): Promise<LedgerReportJson & { code: number }> {
  const { code, out, err } = await verify('--json')
  expect(err).toBe('')
  return { ...(JSON.parse(out) as LedgerReportJson), code }
}

function failing({ checks }: LedgerReportJson): string[] {
  return checks.flatMap(({ name, failed }) => (failed === 0 ? [] : [name]))
}

test('beside a gateway that serves: whole, while calls come in', async () => {
  const models = ['acme/echo', 'sim/small', 'acme/fault/http-500', 'nobody/knows']
  for (let calls = 0; calls < 20; calls += 1) await town.call(await ask(models[calls % 4]!))
  const serving = (async () => {
    for (let calls = 0; calls < 60; calls += 1) await ask('acme/echo')
  })()
  const found = await report()
  await serving
  expect([found.code, found.ok, failing(found)]).toEqual([0, true, []])
  expect(found.completeness.calls).toBeGreaterThanOrEqual(20)
  expect(found.completeness.rows_in_journal).toBeGreaterThanOrEqual(20)
  const { looked } = found.checks.find(({ name }) => name === 'costs')!
  expect(looked).toBeGreaterThanOrEqual(10)
  expect((await verify()).out).toContain('The ledger is whole.')
})

test('over /api it is begun, looked after, and done', async () => {
  const headers = { authorization: `Bearer ${town.adminKey}` }
  const url = `${town.url}/api/ledger/verify`
  const begun = await fetch(url, { method: 'POST', headers, body: '{}' })
  expect(((await begun.json()) as CheckupJson).state).toBe('running')
  let state = ''
  for (let looks = 0; looks < 200 && state !== 'done'; looks += 1) {
    await Bun.sleep(20)
    state = (await town.api<CheckupJson>('/api/ledger/verify')).state
  }
  expect(state).toBe('done')
  await fetch(url, { method: 'POST', headers, body: '{}' })
  const stopped = await fetch(url, { method: 'DELETE', headers })
  expect(((await stopped.json()) as CheckupJson).state).toMatch(/stopped|done/)
})

test('after kill -9 it is whole, and says what is not known', async () => {
  const open = ask('acme/fault/no-answer').catch(() => {})
  await Bun.sleep(150)
  await town.end('SIGKILL')
  await open
  const found = await report()
  expect([found.code, failing(found)]).toEqual([0, []])
  expect(found.completeness.unknown_outcome).toBe(1)
})

test('when somebody cheated it fails, and names the row', async () => {
  const db = new Database(join(town.folder, 'data', 'ledger.db'))
  db.run("UPDATE attempt SET cost = cost - 1 WHERE provider = 'acme' AND cost > 1 AND attempt = 1")
  const [id] = db
    .query("SELECT lower(hex(call_id)) FROM attempt WHERE provider = 'acme' AND cost > 1 LIMIT 1")
    .values()[0] as [string]
  db.close()
  const found = await report()
  expect([found.code, found.ok]).toEqual([1, false])
  expect(failing(found)).toEqual(['records', 'costs', 'hours'])
  const named = found.checks.find(({ name }) => name === 'costs')!.failures
  expect(named.map(({ where }) => where.replaceAll('-', ''))).toContain(`${id} attempt 1`)
  const { code, out } = await verify()
  expect(code).toBe(1)
  expect(out).toContain('The ledger is not whole.')
  expect(out).toContain('picodollars')
})

test('called wrongly it says how', async () => {
  const { code, err } = await runCommand(['ledger', 'count'], { cwd: town.folder })
  expect(code).toBe(2)
  expect(err).toContain('it is ledger verify')
})
