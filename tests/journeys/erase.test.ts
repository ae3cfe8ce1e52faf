import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ErasureJson } from '../../src/server/contract/erasure.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** `freehold erase`: beside a gateway that serves, over /api, and without one. */
let town: Town

const key = 'web-secret-0123456789'
/** A piece of its own in the store, and too short to be compressed: the files can be searched for it. */
const long = (words: string) => `${words} `.repeat(Math.ceil(800 / words.length)).slice(0, 800)
const system = long('You answer everybody in one sentence.')
/** Prompts of 800 characters stand in the files as they are, short ones as well. */
const walrus = long('the walrus lends an umbrella')
const heron = long('the heron borrows a ladder')

beforeAll(async () => {
  town = await startTown({
    config: `
payloads: full
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: acme/echo
keys:
  - { id: web, secret: ${key} }
prices:
  acme/echo: { input: 3, output: 15 }
`,
    vendors: { acme: {} },
  })
}, 60_000)
afterAll(() => town.close())

async function ask(customer: string, content: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'x-freehold-customer': customer, ...headers },
    body: JSON.stringify({
      model: 'hello',
      messages: [
        { role: 'system', content: system },
        { role: 'user', content },
      ],
    }),
  })
  const id = response.headers.get('x-request-id')!
  const answer = (await response.json()) as { choices: { message: { content: string } }[] }
  return { id, text: answer.choices[0]!.message.content, headers: response.headers }
}

async function comment(id: string, words: string): Promise<void> {
  const response = await fetch(`${town.url}/v1/feedback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ call_id: id, score: 0.5, comment: words }),
  })
  expect(response.status).toBe(200)
}

/** All bytes of all files of the store. */
function written(): string {
  return readdirSync(join(town.folder, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('')
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

interface Whole {
  readonly request: { readonly messages: readonly { readonly content: string }[] } | null
  readonly answers: Readonly<Record<string, unknown>>
  readonly payload_note: string | null
  readonly cost_usd: string | null
  readonly feedback: readonly { readonly comment: string | null; readonly score: number }[]
}

const costs = () =>
  town.api<{ rows: unknown; total: unknown }>('/api/costs?by=customer,model&since=1d')

test('one customer’s words go, and the other’s and all money stay', async () => {
  const again = { 'idempotency-key': 'the walrus, once' }
  const mine = await ask('walrus & sons', walrus, again)
  const other = await ask('heron', heron)
  await comment(mine.id, 'umbrella, said the walrus')
  await comment(other.id, 'ladder, said the heron')
  await town.call(mine.id)
  await town.call(other.id)
  expect(mine.text).toContain('umbrella')
  const before = await costs()

  const look = await freehold('erase', '--customer', 'walrus & sons')
  expect([look.code, look.err]).toEqual([0, ''])
  expect(look.out).toMatch(/calls with a prompt or an answer +1\b/)
  expect(look.out).toMatch(/comments and corrections +1\b/)
  expect(look.out).toContain('Nothing was erased so far.')
  expect(look.out).toContain('backups')
  expect(written()).toContain('umbrella')

  const { code, out, err } = await freehold(
    'erase',
    '--customer',
    'walrus & sons',
    '--yes',
    '--json',
  )
  expect([code, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({
    customer: 'walrus & sons',
    state: 'done',
    dry: false,
    // Its prompt is a piece of its own; that of the system is the other's too.
    counts: { calls: 1, pieces: 1, comments: 1, kept: 1, cases: 0 },
  })
  expect(written()).not.toContain('umbrella')
  expect(written()).toContain('ladder')

  const gone = await town.api<Whole>(`/api/calls/${mine.id}`)
  expect(gone).toMatchObject({ request: null, payload_note: 'erased' })
  expect(gone.answers).toEqual({})
  expect(gone.cost_usd).not.toBeNull()
  expect(gone.feedback).toMatchObject([{ comment: null, score: 0.5 }])
  const kept = await town.api<Whole>(`/api/calls/${other.id}`)
  expect(kept.request?.messages.map(({ content }) => content)).toEqual([system, heron])
  expect(kept.feedback).toMatchObject([{ comment: 'ladder, said the heron' }])
  expect(await costs()).toEqual(before)

  const repeated = await ask('walrus & sons', walrus, again)
  expect(repeated.headers.get('idempotent-replayed')).toBeNull()
  const { changes } = await town.api<{ changes: { summary: string; key: string }[] }>(
    '/api/changes',
  )
  expect(changes.map(({ summary }) => summary).slice(0, 2)).toEqual([
    'erased what the customer walrus & sons said: calls 1, pieces of prompts 1, comments 1, kept answers and turns 1, cases of evaluations 0',
    'began to erase what the customer walrus & sons said',
  ])
  expect((await freehold('ledger', 'verify')).out).toContain('The ledger is whole.')
}, 60_000)

test('over /api it is begun, looked after and done, and nobody’s words are nothing', async () => {
  const headers = { authorization: `Bearer ${town.adminKey}` }
  const path = '/api/customers/nobody%20knows/erase'
  const idle = await town.api<ErasureJson>(path)
  expect(idle).toMatchObject({ state: 'idle', counts: null, customer: 'nobody knows' })
  const wrong = await fetch(town.url + path, { method: 'POST', headers, body: '{"dry":"no"}' })
  expect(wrong.status).toBe(400)
  const begun = await fetch(town.url + path, { method: 'POST', headers, body: '{"dry":false}' })
  expect(await begun.json()).toMatchObject({ state: 'running', dry: false })
  let state = idle
  for (let looks = 0; looks < 200 && state.state !== 'done'; looks += 1) {
    await Bun.sleep(20)
    state = await town.api<ErasureJson>(path)
  }
  expect(state).toMatchObject({ state: 'done', share: 1, counts: { calls: 0, pieces: 0 } })
})

test('without a gateway the command does it itself, and a second time finds nothing', async () => {
  await ask('otter', long('the otter keeps a diary'))
  expect(await town.end()).toBe(0)
  expect(written()).toContain('diary')
  const { code, out } = await freehold('erase', '--customer', 'otter', '--yes')
  expect(code).toBe(0)
  expect(out).toContain('What otter said is erased: calls 1, pieces of prompts 1,')
  expect(written()).not.toContain('diary')
  expect(written()).toContain('ladder')
  const second = await freehold('erase', '--customer', 'otter', '--yes')
  expect([second.code, second.out.trim()]).toEqual([0, 'Nothing that otter said is kept.'])
  expect((await freehold('ledger', 'verify')).out).toContain('The ledger is whole.')
}, 60_000)

test('called wrongly it says how', async () => {
  const { code, err } = await freehold('erase')
  expect(code).toBe(2)
  expect(err).toContain('erase needs --customer NAME.')
})
