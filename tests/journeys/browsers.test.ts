import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { routes } from '../../src/server/routes.ts'
import { badInputTown, callerKey, refusalOf } from './bad-input.ts'
import type { Town } from './town.ts'

/** What a page of a stranger can do with the browser of an admin: nothing. */
let town: Town
let host: string

beforeAll(async () => {
  town = await badInputTown()
  host = new URL(town.url).host
})
afterAll(() => town.close())

const changing = routes.filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/'))

function asAdmin(
  path: string,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(town.url + path, {
    method,
    headers: { authorization: `Bearer ${town.adminKey}`, ...headers },
    ...(method === 'POST' ? { body: '{}' } : {}),
  })
}

describe('what changes something', () => {
  test('is there', () => expect(changing.length).toBeGreaterThan(3))

  test.each(changing.map(({ method, path }) => [method, path.replace('*', 'x')] as const))(
    '%s %s is refused to pages of other sites, and done for no one of them',
    async (method, path) => {
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `http://${host}.evil.example` },
        { origin: `http://127.0.0.1:${Number(host.split(':')[1]) + 1}` },
        { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const response = await asAdmin(path, method, headers)
        expect({ headers, status: response.status }).toEqual({ headers, status: 403 })
        expect((await refusalOf(response)).code).toBe('origin_foreign')
      }
    },
  )

  test('is done for pages of its own, and for programs', async () => {
    const made: number[] = []
    for (const [index, headers] of [
      {},
      { origin: `http://${host}` },
      { origin: `https://${host}` },
      { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ].entries()) {
      const response = await fetch(`${town.url}/api/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${town.adminKey}`, ...headers },
        body: JSON.stringify({ id: `key-${index}` }),
      })
      made.push(response.status)
    }
    expect(made).toEqual([200, 200, 200, 200, 200])
  })
})

const pages = new Set(
  routes.flatMap((route) =>
    route.role === 'open' && route.tells === 'front' ? [route.path.replace('*', 'x')] : [],
  ),
)

test('no answer lets a page of another site read it, and none is a page but the front', async () => {
  const asked = routes
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => path.replace('*', 'x'))
  for (const path of [...asked, '/nowhere']) {
    const response = await fetch(town.url + path, {
      headers: { authorization: `Bearer ${town.adminKey}`, origin: 'https://evil.example' },
    })
    const header = (name: string): string => response.headers.get(name) ?? ''
    expect([
      path,
      header('access-control-allow-origin'),
      header('access-control-allow-credentials'),
    ]).toEqual([path, '', ''])
    expect([path, header('x-content-type-options')]).toEqual([path, 'nosniff'])
    expect([path, header('set-cookie')]).toEqual([path, ''])
    const isPage = header('content-type').startsWith('text/html')
    expect([path, isPage]).toEqual([path, pages.has(path)])
    if (isPage || path.startsWith('/api/') || path === '/metrics') {
      if (!response.ok) continue
      expect([path, header('content-security-policy')]).toEqual([
        path,
        expect.stringContaining("frame-ancestors 'none'"),
      ])
      expect([path, header('content-security-policy')]).toEqual([
        path,
        expect.stringContaining("default-src 'none'"),
      ])
      expect([path, header('content-security-policy')]).not.toEqual([
        path,
        expect.stringContaining('unsafe'),
      ])
      expect([path, header('referrer-policy')]).toEqual([path, 'no-referrer'])
    }
  }
})

test('a page that asks whether it may is told no', async () => {
  for (const path of ['/v1/chat/completions', '/api/keys', '/api/swap', '/']) {
    const response = await fetch(town.url + path, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect([path, response.ok]).toEqual([path, false])
    expect(
      [...response.headers.keys()].filter((name) => name.startsWith('access-control')),
    ).toEqual([])
  }
})

/** Last: it makes this address one that is watched. */
test('who tries keys is slowed, and keys of the same address that were right go on', async () => {
  const ask = async (key: string): Promise<{ status: number; code: string }> => {
    const response = await fetch(`${town.url}/v1/models`, { headers: { 'x-api-key': key } })
    const { error } = (await response.json()) as { error?: { code: string } }
    return { status: response.status, code: error?.code ?? '' }
  }
  for (let guess = 0; guess < 200; guess += 1)
    expect((await ask(`guess-${guess}-0123456789`)).status).toBe(401)
  expect((await ask(callerKey)).status).toBe(200)
  const slow = await Promise.all(
    // Each is refused later than the one before, so that the first wait while the last come.
    Array.from({ length: 200 }, (_, guess) => ask(`more-${guess}-0123456789`)),
  )
  const codes = new Set(slow.map(({ status, code }) => `${status} ${code}`))
  expect(codes).toEqual(new Set(['401 key_unknown', '429 guessed_too_often']))
  const meanwhile = Array.from({ length: 40 }, (_, guess) => ask(`last-${guess}-0123456789`))
  expect((await ask(callerKey)).status).toBe(200)
  await Promise.all(meanwhile)
}, 30_000)
