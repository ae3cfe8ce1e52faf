import { Database } from 'bun:sqlite'
import { afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type CallFacts, startTown, type Town } from './town.ts'

/** Disks that fail under a gateway that serves: what becomes of calls, and of their rows. */
let town: Town
afterEach(() => town.close())

const key = 'web-secret-0123456789'

async function open(when: 'refuse' | 'serve'): Promise<void> {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
ledger: { when_unavailable: ${when}, queue: 1MB }
prices:
  acme/echo: { input: 3, output: 15 }
`,
    vendors: { acme: {} },
  })
}

interface Sent {
  readonly status: number
  readonly id: string
  readonly code: string | null
}

async function ask(): Promise<Sent> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'acme/echo', messages: [{ role: 'user', content: 'hello' }] }),
  })
  const { error } = (await response.json()) as { error?: { code: string } }
  return {
    status: response.status,
    id: response.headers.get('x-request-id')!,
    code: error?.code ?? null,
  }
}

/** A limit on the length of files is a disk that is full: every write beyond it fails. */
function fileLimit(bytes: number | 'unlimited'): void {
  const done = Bun.spawnSync(['prlimit', '--pid', String(town.pid), `--fsize=${bytes}:unlimited`])
  if (done.exitCode !== 0) throw new Error(done.stderr.toString())
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    if (await holds()) return
    await Bun.sleep(50)
  }
  throw new Error(`it never came: ${town.log()}`)
}

async function alarmed(part: string): Promise<string | null> {
  const { alarms } = await town.api<{
    alarms: { kind: string; subject: string; text: string }[]
  }>('/api/alarms')
  return (
    alarms.find(({ kind, subject }) => kind === 'ledger_fault' && subject === part)?.text ?? null
  )
}

async function readyz(): Promise<number> {
  const response = await fetch(`${town.url}/readyz`)
  await response.text()
  return response.status
}

async function isOnLedger(id: string): Promise<boolean> {
  const { calls } = await town.api<{ calls: CallFacts[] }>('/api/calls?limit=1000')
  return calls.some((call) => call.id === id)
}

/** The journal is longer than this after a few calls, and the database at once. */
const full = 4_096
const whenPlayable = Bun.which('prlimit') === null ? describe.skip : describe

whenPlayable('a disk that is full (prlimit, of util-linux, plays it)', () => {
  test('refuse: calls are turned away with 503 while it is, and served when there is room', async () => {
    await open('refuse')
    for (let calls = 0; calls < 8; calls += 1) expect((await ask()).status).toBe(200)
    fileLimit(full)
    const asked = town.vendors['acme']!.history().length
    const turned = await ask()
    expect([turned.status, turned.code]).toEqual([503, 'ledger_unavailable'])
    expect(town.vendors['acme']!.history().length).toBe(asked)
    expect(await alarmed('journal')).toContain('journal fails')
    expect(await readyz()).toBe(503)
    fileLimit('unlimited')
    await until(async () => (await readyz()) === 200)
    const { status, id } = await ask()
    expect(status).toBe(200)
    await until(() => isOnLedger(id))
    await until(async () => (await alarmed('journal')) === null)
  })

  test('serve: calls are answered and an alarm tells, and no row is missing when there is room', async () => {
    await open('serve')
    for (let calls = 0; calls < 8; calls += 1) expect((await ask()).status).toBe(200)
    fileLimit(full)
    const ids: string[] = []
    for (let calls = 0; calls < 20; calls += 1) {
      const { status, id } = await ask()
      expect(status).toBe(200)
      ids.push(id)
    }
    expect(await alarmed('journal')).toContain('their rows wait in memory')
    expect(await readyz()).toBe(200)
    // The bound holds here too: a megabyte of rows, of which calls may fill the half.
    let turned = 0
    for (let calls = 0; calls < 2_000 && turned === 0; calls += 1) {
      const { status, id } = await ask()
      if (status === 200) ids.push(id)
      else turned = status
    }
    expect(turned).toBe(503)
    fileLimit('unlimited')
    await until(async () => (await alarmed('journal')) === null)
    await until(() => isOnLedger(ids.at(-1)!))
    const { rows } = await town.api<{ rows: { attempts: number; errors: number }[] }>(
      '/api/costs?by=model&model=acme/echo',
    )
    expect(rows[0]!.attempts - rows[0]!.errors).toBe(ids.length + 8)
  })
})

test('a database that somebody has locked delays figures, and no call', async () => {
  await open('refuse')
  expect((await ask()).status).toBe(200)
  const stranger = new Database(join(town.folder, 'data', 'ledger.db'))
  stranger.run('BEGIN IMMEDIATE')
  const ids: string[] = []
  for (let calls = 0; calls < 5; calls += 1) {
    const { status, id } = await ask()
    expect(status).toBe(200)
    ids.push(id)
  }
  await until(async () => (await alarmed('loading')) !== null)
  expect(await readyz()).toBe(200)
  await Bun.sleep(1_000)
  // It is told once while it lasts, and not anew with each try.
  expect(town.log().match(/"event":"ledger_fault"/g)?.length).toBe(1)
  stranger.run('ROLLBACK')
  stranger.close()
  await until(() => isOnLedger(ids.at(-1)!))
  await until(async () => (await alarmed('loading')) === null)
})
