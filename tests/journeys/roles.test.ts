import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Route, routes } from '../../src/server/routes.ts'
import {
  askedSoFar,
  badInputTown,
  callerKey,
  echo,
  type Path,
  post,
  refusalOf,
} from './bad-input.ts'
import type { CallFacts, Town } from './town.ts'

/** Who may take which route: the table says it, and here it is believed by nobody. */
let town: Town

const viewerKey = 'viewer-secret-0123456789'
const secrets = {
  stranger: () => null,
  unknown: () => 'fh_not-a-key-of-anybody',
  caller: () => callerKey,
  viewer: () => viewerKey,
  admin: () => town.adminKey,
}
type Who = keyof typeof secrets

beforeAll(async () => {
  town = await badInputTown(`
  - { id: looker, secret: ${viewerKey}, role: viewer }
  - { id: narrow, secret: narrow-secret-0123456789, tasks: [hello] }
`)
})
afterAll(() => town.close())

/** Who is let in by each role of a route, and what the others get. */
const lets = {
  open: { stranger: 'in', unknown: 'in', caller: 'in', viewer: 'in', admin: 'in' },
  call: { stranger: 401, unknown: 401, caller: 'in', viewer: 'in', admin: 'in' },
  caller: { stranger: 401, unknown: 401, caller: 'in', viewer: 'in', admin: 'in' },
  viewer: { stranger: 401, unknown: 401, caller: 403, viewer: 'in', admin: 'in' },
  admin: { stranger: 401, unknown: 401, caller: 403, viewer: 403, admin: 'in' },
} satisfies Record<Route['role'], Record<Who, 401 | 403 | 'in'>>

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_, route) => {
    test.each(Object.entries(lets[route.role]))('%s: %p', async (who, expected) => {
      const path = route.path.replace('*', 'x')
      const secret = secrets[who as Who]()
      const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]
      for (const method of methods) {
        const response = await fetch(town.url + path, {
          method,
          headers: secret === null ? {} : { authorization: `Bearer ${secret}` },
          ...(method === 'POST' ? { body: '{}' } : {}),
        })
        if (expected === 'in') expect([401, 403]).not.toContain(response.status)
        else {
          expect(response.status).toBe(expected)
          if (method !== 'HEAD') {
            const codes = {
              401: secret === null ? 'key_missing' : 'key_unknown',
              403: 'role_missing',
            }
            expect((await refusalOf(response)).code).toBe(codes[expected])
          }
        }
        expect(response.status).toBeLessThan(500)
      }
    })
  },
)

test('every route is one of these, and the open ones tell a stranger nothing', async () => {
  const open = routes.filter((route) => route.role === 'open')
  expect(open.flatMap((route) => (route.tells === 'front' ? [] : [route.path]))).toEqual([
    '/healthz',
    '/readyz',
    '/assets/*',
  ])
  const shells = await Promise.all(
    open.flatMap((route) =>
      route.tells === 'front'
        ? [fetch(town.url + route.path.replace('*', 'x')).then((page) => page.text())]
        : [],
    ),
  )
  expect(shells.length).toBeGreaterThan(7)
  expect(new Set(shells).size).toBe(1)
  for (const path of ['/healthz', '/readyz'])
    expect(await (await fetch(town.url + path)).text()).toBe('ok\n')
  const front = await fetch(`${town.url}/`)
  expect(await front.text()).not.toMatch(/acme|birch|web|looker|hello/)
  expect(front.headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('a key of narrow tasks sees and calls nothing else', async () => {
  const headers = { authorization: 'Bearer narrow-secret-0123456789' }
  const { data } = (await (await fetch(`${town.url}/v1/models`, { headers })).json()) as {
    data: { id: string }[]
  }
  expect(data.map(({ id }) => id)).toEqual(['hello'])
  const hidden = await fetch(`${town.url}/v1/models/sim/small`, { headers })
  expect((await refusalOf(hidden)).status).toBe(404)
  const before = askedSoFar(town)
  for (const model of [
    'acme/echo',
    'acme/hello',
    'hello/',
    'hello ',
    'HELLO',
    'hello\u0000',
    'birch/hello',
  ]) {
    for (const path of [
      '/v1/chat/completions',
      '/v1/messages',
      '/v1/embeddings',
    ] satisfies Path[]) {
      const body = { model, max_tokens: 5, input: 'x', messages: [{ role: 'user', content: 'x' }] }
      const refusal = await refusalOf(await post(town, path, JSON.stringify(body), headers))
      expect([403, 404]).toContain(refusal.status)
    }
  }
  expect(askedSoFar(town)).toBe(before)
})

test('a name in a path that is no escape is a name, and no fault', async () => {
  const headers = { authorization: `Bearer ${town.adminKey}` }
  for (const name of ['%', '%ff', '%E0%A4%A', '%00', '..%2f..%2fetc', 'x'.repeat(5_000)]) {
    for (const [method, path] of [
      ['DELETE', '/api/keys/'],
      ['GET', '/api/calls/'],
      ['GET', '/v1/models/'],
    ] as const) {
      const response = await fetch(`${town.url}${path}${name}`, { method, headers })
      expect([name, path, response.status]).toEqual([name, path, method === 'DELETE' ? 200 : 404])
    }
  }
})

test('what an admin asks for that makes no sense is refused in words', async () => {
  const headers = { authorization: `Bearer ${town.adminKey}` }
  const queries = [
    'calls?limit=0',
    'calls?limit=1e9',
    'calls?limit=x',
    'calls?status=maybe',
    'calls?before=x',
    'calls?after=%00',
    'calls?since=yesterday',
    'calls?until=2026-13-45',
    'costs?by=__proto__',
    'costs?by=password',
    `costs?by=${'task,'.repeat(2_500)}`,
    'performance?by=model,hour,model',
    'costs?since=-1d',
    'alarms?all&limit=x',
  ]
  for (const query of queries) {
    const response = await fetch(`${town.url}/api/${query}`, { headers })
    expect([query, (await refusalOf(response)).code]).toEqual([query, 'invalid_request'])
  }
  for (const query of [
    "calls?customer=' OR 1=1 --",
    'calls?session=%00',
    'calls?since=999999d',
    'costs?since=999999d&by=hour',
    'costs?since=0001-01-01&until=9999-12-31&by=day',
    'costs?by=model,customer,day,hour,task,key',
    'replay/calls?since=999999d',
    'replay/calls?since=0001-01-01&until=0001-01-02',
  ]) {
    const response = await fetch(`${town.url}/api/${query}`, { headers })
    expect([query, response.status]).toEqual([query, 200])
  }
  const bodies = [
    '',
    '[]',
    '{}',
    '{"id":1}',
    '{"id":"a b"}',
    '{"id":"x","role":"root"}',
    '{"id":"x","tasks":[1]}',
    '{"id":"x","budget":{"limit":"lots","per":"day"}}',
    '{"id":"x","budget":[]}',
    '{"id":"__proto__/","role":"__proto__"}',
    '{"id":"web"}',
    '{"task":"__proto__","model":"acme/echo"}',
    '{"task":"hello","model":{"toString":1}}',
    '{"task":"hello","model":["nobody/x"]}',
    '{"task":"hello","model":[]}',
  ]
  for (const path of ['/api/keys', '/api/swap']) {
    for (const body of bodies) {
      const response = await fetch(town.url + path, { method: 'POST', headers, body })
      expect([path, body, (await refusalOf(response)).status]).toEqual([path, body, 400])
    }
  }
  const span = '"since":"2026-01-01","until":"2026-02-01"'
  for (const [path, body] of [
    ['import', '{"tables":[null],"read_on":"2026-11-22"}'],
    ['import', '{"tables":[{"source":"x","quotes":[null]}],"read_on":"2026-11-22"}'],
    ['rerate', `{${span},"kind":"usage_error","usages":[null]}`],
    ['rerate', `{${span},"kind":"usage_error","usages":5}`],
    ['rerate', `{${span},"kind":"table_error","provider":5}`],
    ['drift', '{"provider":"acme","period":"2026-10","drifts":[null]}'],
  ]) {
    const response = await fetch(`${town.url}/api/prices/${path}`, {
      method: 'POST',
      headers,
      body: body!,
    })
    expect([path, body, (await refusalOf(response)).status]).toEqual([path, body, 400])
  }
  expect(
    (await town.api<{ keys: { id: string }[] }>('/api/keys')).keys.map(({ id }) => id),
  ).toEqual(['web', 'looker', 'narrow', 'admin'])
})

describe('two thousand wrong keys in a row', () => {
  const body = '{"model":"acme/echo","messages":[{"role":"user","content":"hi"}]}'
  const knock = async (index: number): Promise<void> => {
    const response = await post(town, '/v1/chat/completions', body, {
      authorization: `Bearer fh_${index}_${'a'.repeat(40)}`,
    })
    // Slowed after the first two hundred, and turned away while too many wait for their refusal.
    expect([401, 429]).toContain(response.status)
    await response.body?.cancel()
  }

  test('leave no row, reach no vendor, and do not keep out a good one', async () => {
    const rows = async () =>
      (await town.api<{ calls: readonly CallFacts[] }>('/api/calls?limit=1000')).calls.length
    const before = [await rows(), askedSoFar(town)]
    const left = Array.from({ length: 2_000 }, (_, index) => index).values()
    const flood = Promise.all(
      Array.from({ length: 64 }, async () => {
        for (const index of left) await knock(index)
      }),
    )
    let calls = 0
    const flooding = () => Promise.race([flood.then(() => false), Bun.sleep(0).then(() => true)])
    do {
      expect(await echo(town, { path: '/v1/messages', vendor: 'acme', text: 'good' })).toBe('good')
      calls += 1
    } while (await flooding())
    await flood
    // All but the last were answered before the flood was over, though 64 knock at any moment.
    expect(calls).toBeGreaterThan(5)
    await Bun.sleep(400) // a row would have come by now
    expect([await rows(), askedSoFar(town)]).toEqual([
      Math.min(before[0]! + calls, 1_000),
      before[1]! + calls,
    ])
  }, 30_000)
})
