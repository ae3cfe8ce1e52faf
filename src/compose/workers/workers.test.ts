import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'bun:test'
import { type Simulator, startSimulator } from '../../../simulator/server.ts'
import { composeGateway, type Gateway } from '../gateway.ts'
import type { LogEntry } from '../options.ts'
import { newServingThread } from '../threads.ts'

/** Threads that die, which nobody outside of the process can bring about. */

const key = 'web-secret-0123456789'
const admin = 'admin-secret-0123456789'

interface Scene {
  readonly gateway: Gateway
  /** All further threads that were ever started. */
  readonly threads: readonly Worker[]
  readonly log: readonly LogEntry[]
  readonly vendor: Simulator
}

let close: (() => Promise<void>) | null = null
afterEach(() => close?.())

async function aGateway(workers: number): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-workers-'))
  const vendor = startSimulator({ speed: 0.2, seed: 7, waitMs: 50 })
  const configPath = join(folder, 'freehold.yaml')
  writeFileSync(
    configPath,
    `
server: { workers: ${workers}, drain: 1s }
providers: { acme: { type: openai-compatible, base_url: '${vendor.url}' } }
keys:
  - { id: web, secret: ${key}, rate: { concurrent: 8 }, budget: { limit: 0.001 USD, per: day } }
  - { id: ops, secret: ${admin}, role: admin }
prices: { acme/small: { input: 0, output: 1 } }
`,
  )
  const threads: Worker[] = []
  const log: LogEntry[] = []
  const gateway = await composeGateway({
    configPath,
    env: {},
    port: 0,
    log: (entry) => log.push(entry),
    servingThread: () => {
      threads.push(newServingThread())
      return threads.at(-1)!
    },
  })
  close = async () => {
    close = null
    await gateway.stop()
    await vendor.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { gateway, threads, log, vendor }
}

/** Over a connection of its own. */
function ask(
  { gateway }: Scene,
  stream: boolean,
  tokens = 10,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({
      model: 'acme/small',
      stream,
      max_tokens: tokens,
      messages: [{ role: 'user', content: 'tell me of the sea' }],
    }),
    keepalive: false,
  })
}

async function api<Answer>({ gateway }: Scene, path: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${admin}` }
  return (await (await fetch(gateway.url + path, { headers })).json()) as Answer
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    if (await holds()) return
    await Bun.sleep(25)
  }
  throw new Error('It did not come to that.')
}

interface CallsPage {
  readonly calls: readonly { readonly attempts: readonly { readonly end_state: string }[] }[]
}

test('a thread that dies is replaced; its calls are unknown, and what they held is free', async () => {
  const scene = await aGateway(3)
  // All places and most of the budget, over whatever threads the kernel chose.
  const open = await Promise.all(Array.from({ length: 8 }, () => ask(scene, true, 100)))
  expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  expect((await ask(scene, false)).status).toBe(429)

  for (const thread of scene.threads) thread.terminate()
  const texts = await Promise.all(open.map((response) => response.text().catch(() => 'cut')))
  const cut = texts.filter((text) => !text.trimEnd().endsWith('[DONE]')).length
  expect(cut).toBeGreaterThan(0)

  // Others take their places.
  await until(() => scene.threads.length === 4)
  const died = scene.log.filter(({ event }) => event === 'worker_died')
  expect(died.map(({ thread }) => thread).toSorted()).toEqual([1, 2])
  await until(async () => {
    const { alarms } = await api<{ alarms: { kind: string }[] }>(scene, '/api/alarms')
    return alarms.every(({ kind }) => kind !== 'worker_died')
  })
  const { alarms } = await api<{ alarms: { kind: string; subject: string }[] }>(
    scene,
    '/api/alarms?all',
  )
  const raised = alarms.filter(({ kind }) => kind === 'worker_died')
  expect(raised.map(({ subject }) => subject).toSorted()).toEqual(['thread 1', 'thread 2'])

  // Their calls are on the ledger, and hold nothing any more.
  await until(async () => {
    const { calls } = await api<CallsPage>(scene, '/api/calls')
    const unknown = calls.filter(({ attempts }) => attempts[0]?.end_state === 'unknown')
    return unknown.length === cut
  })
  const again = await Promise.all(Array.from({ length: 8 }, () => ask(scene, false)))
  expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
}, 30_000)

test('a thread that dies in the middle of an idempotent call leaves the key to the next', async () => {
  const scene = await aGateway(3)
  const all = (): Promise<Response[]> =>
    Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ask(scene, true, 100, { 'idempotency-key': `${index}` }),
      ),
    )
  const first = await all()
  expect((await all()).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 409))
  for (const thread of scene.threads) thread.terminate()
  const texts = await Promise.all(first.map((response) => response.text().catch(() => 'cut')))
  expect(texts.some((text) => !text.trimEnd().endsWith('[DONE]'))).toBe(true)
  await until(async () => {
    const again = await all()
    await Promise.all(again.map((response) => response.text().catch(() => '')))
    return again.every(({ status }) => status === 200)
  })
}, 30_000)

test('a port that somebody has is refused, though threads would share it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-workers-'))
  const somebody = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    reusePort: true,
    fetch: () => new Response('me'),
  })
  const configPath = join(folder, 'freehold.yaml')
  writeFileSync(configPath, 'server: { workers: 2 }\n')
  const options = { configPath, env: {}, port: somebody.port!, log: () => {} }
  await expect(composeGateway(options)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await somebody.stop(true)
  await (await composeGateway(options)).stop()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)

test('a thread that cannot be started is told, and nothing is left behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-workers-'))
  const configPath = join(folder, 'freehold.yaml')
  writeFileSync(configPath, 'server: { workers: 2 }\n')
  const code = new Blob(['throw new Error("no code")'], { type: 'text/javascript' })
  const broken = (): Worker => new Worker(URL.createObjectURL(code))
  const options = { configPath, env: {}, port: 0, log: () => {} }
  await expect(composeGateway({ ...options, servingThread: broken })).rejects.toThrow('thread 1')
  const gateway = await composeGateway(options)
  await gateway.stop()
  rmSync(folder, { recursive: true, force: true })
}, 30_000)
