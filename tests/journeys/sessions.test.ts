import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** Who is signed in at the dashboard, what that opens, and what ends it. Several threads answer, so that none may be the only one that knows. */
let town: Town

beforeAll(async () => {
  town = await startTown({
    config: `
server: { host: 127.0.0.1, workers: 2 }
store: ./data
providers:
  sim: {}
keys:
  - { id: app, secret: app-secret-0123456789 }
  - { id: board, secret: board-secret-0123456789, role: viewer }
`,
  })
}, 30_000)
afterAll(() => town.close())

interface SignedIn {
  readonly status: number
  readonly cookie: string
  readonly header: string
}

async function signIn(secret: string, headers: Record<string, string> = {}): Promise<SignedIn> {
  const response = await fetch(`${town.url}/api/session`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, ...headers },
  })
  await response.text()
  const header = response.headers.get('set-cookie') ?? ''
  return { status: response.status, cookie: header.split(';')[0]!, header }
}

/** Each on a connection of its own, so that all threads are asked. */
function as(cookie: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(town.url + path, {
    ...init,
    headers: { cookie, connection: 'close', ...(init.headers as Record<string, string>) },
  })
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code
}

async function newLink(role: string): Promise<string> {
  const response = await fetch(`${town.url}/api/session/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}` },
    body: JSON.stringify({ role }),
  })
  return ((await response.json()) as { path: string }).path.split('=')[1]!
}

test('a key opens a session whose cookie no script and no other site sees, on every thread', async () => {
  const { cookie, header } = await signIn(town.adminKey)
  expect(header).toContain('; HttpOnly')
  expect(header).toContain('; SameSite=Strict')
  expect(header).toContain('; Path=/')
  expect(header).not.toContain('Secure')
  expect(header).not.toContain(town.adminKey)
  const answers = await Promise.all(
    Array.from({ length: 24 }, async () => (await as(cookie, '/api/status')).status),
  )
  expect(new Set(answers)).toEqual(new Set([200]))
  const host = new URL(town.url).host
  expect((await signIn(town.adminKey, { origin: `https://${host}` })).header).toContain('; Secure')
})

test('the page and its files come from every thread', async () => {
  const asked = Array.from({ length: 16 }, async () => {
    const page = await (await as('', '/calls')).text()
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page) ?? []
    return `${script} ${(await as('', script)).headers.get('content-type')}`
  })
  expect(new Set(await Promise.all(asked)).size).toBe(1)
  expect(await asked[0]).toMatch(/^\/assets\/[0-9a-f]+\.js text\/javascript/)
})

test('a session opens /api and /metrics, and no path of callers', async () => {
  const { cookie } = await signIn(town.adminKey)
  expect((await as(cookie, '/metrics')).status).toBe(200)
  for (const path of ['/v1/models', '/v1/files'])
    expect(await codeOf(await as(cookie, path))).toBe('key_missing')
  const chat = await as(cookie, '/v1/chat/completions', { method: 'POST', body: '{}' })
  expect(chat.status).toBe(401)
})

test('callers sign in nowhere', async () => {
  const { status, header } = await signIn('app-secret-0123456789')
  expect([status, header]).toEqual([403, ''])
})

describe('pages of other sites', () => {
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as const

  test('neither change nor read anything with a session, should a browser send it', async () => {
    const { cookie } = await signIn(town.adminKey)
    for (const headers of foreign) {
      expect(await codeOf(await as(cookie, '/api/calls', { headers }))).toBe('origin_foreign')
      const made = await as(cookie, '/api/keys', { method: 'POST', body: '{"id":"x"}', headers })
      expect(await codeOf(made)).toBe('origin_foreign')
    }
  })

  test('sign nobody in', async () => {
    for (const headers of foreign) expect((await signIn(town.adminKey, headers)).status).toBe(403)
  })
})

test('a cookie that was changed, cut or made up opens nothing', async () => {
  const { cookie } = await signIn('board-secret-0123456789')
  const [name = '', token = ''] = cookie.split('=')
  const [text = '', seal = ''] = token.split('.')
  const facts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
  const asAdmin = Buffer.from(JSON.stringify(facts.with(2, 'admin'))).toString('base64url')
  const other = Buffer.from(JSON.stringify(facts.with(1, 'admin'))).toString('base64url')
  for (const forged of [
    `${asAdmin}.${seal}`,
    `${other}.${seal}`,
    `${text}.${seal.slice(1)}`,
    `${text}.`,
    text,
    '.',
    `${text}.${'0'.repeat(64)}`,
    'x'.repeat(5_000),
  ]) {
    expect(await codeOf(await as(`${name}=${forged}`, '/api/calls'))).toBe('key_missing')
  }
  expect((await as(cookie, '/api/calls')).status).toBe(200)
})

test('a link opens one session, as what it was made for', async () => {
  const link = await newLink('viewer')
  const { status, cookie } = await signIn(link)
  expect(status).toBe(200)
  const again = await fetch(`${town.url}/api/session`, {
    method: 'POST',
    headers: { authorization: `Bearer ${link}` },
  })
  expect(await codeOf(again)).toBe('sign_in_link_spent')
  expect(await (await as(cookie, '/api/session')).json()).toMatchObject({
    key: 'admin',
    role: 'viewer',
  })
  const made = await as(cookie, '/api/keys', { method: 'POST', body: '{"id":"x"}' })
  expect(await codeOf(made)).toBe('role_missing')
  const elsewhere = await fetch(`${town.url}/api/calls`, {
    headers: { authorization: `Bearer ${await newLink('admin')}` },
  })
  expect(await codeOf(elsewhere)).toBe('key_unknown')
})

test('whoever may only look makes no links', async () => {
  const { cookie } = await signIn('board-secret-0123456789')
  const made = await as(cookie, '/api/session/links', { method: 'POST', body: '{"role":"admin"}' })
  expect(await codeOf(made)).toBe('role_missing')
})

test('signing out ends the session for whoever has its cookie, also after a restart; others hold', async () => {
  const [gone, kept] = [await signIn(town.adminKey), await signIn(town.adminKey)]
  const out = await as(gone.cookie, '/api/session', { method: 'DELETE' })
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
  expect((await as(gone.cookie, '/api/calls')).status).toBe(401)
  await town.end()
  await town.restart()
  expect((await as(gone.cookie, '/api/calls')).status).toBe(401)
  expect((await as(kept.cookie, '/api/calls')).status).toBe(200)
}, 30_000)

test('a session does not renew itself: a copy of its cookie ends with it', async () => {
  const { cookie } = await signIn(town.adminKey)
  const renewed = await as(cookie, '/api/session', { method: 'POST' })
  expect([renewed.status, renewed.headers.get('set-cookie')]).toEqual([401, null])
  expect((await as(cookie, '/api/calls')).status).toBe(200)
})

test('a session ends with its key', async () => {
  const made = await fetch(`${town.url}/api/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}` },
    body: '{"id":"guest","role":"viewer"}',
  })
  const { secret } = (await made.json()) as { secret: string }
  const { cookie } = await signIn(secret)
  expect((await as(cookie, '/api/calls')).status).toBe(200)
  await fetch(`${town.url}/api/keys/guest`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${town.adminKey}` },
  })
  expect((await as(cookie, '/api/calls')).status).toBe(401)
})
