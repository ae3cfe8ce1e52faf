import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { routes } from '../../src/server/routes.ts'
import {
  askedSoFar,
  badInputTown,
  callerKey,
  expectUnharmed,
  fixture,
  haveFixtures,
  noFixtures,
  readRefusal,
} from './bad-input.ts'
import { latin1, type RawAnswer, sendRaw } from './raw-http.ts'
import type { Town } from './town.ts'

/** Bytes that are no HTTP, or two requests to one reader and one to another. */
let town: Town

beforeAll(async () => {
  town = await badInputTown()
})
afterAll(() => town.close())

const authorization = `authorization: Bearer ${callerKey}`
const call = '{"model":"acme/echo","messages":[{"role":"user","content":"hi"}]}'

/** A request that is the last one on its connection. */
function request(first: string, lines: readonly string[] = [], body = ''): Buffer {
  return openRequest(first, [...lines, 'connection: close'], body)
}

function openRequest(first: string, lines: readonly string[] = [], body = ''): Buffer {
  return latin1(`${[`${first} HTTP/1.1`, 'host: gw', ...lines].join('\r\n')}\r\n\r\n${body}`)
}

function statuses({ answers }: RawAnswer): readonly number[] {
  return answers.map(({ status }) => status)
}

/** Bun's own refusals: a status without a body, and the end of the connection. */
function isBare({ answers, closed }: RawAnswer): boolean {
  return closed && answers.every(({ head, body }) => body === '' && !head.includes('x-request-id'))
}

function expectRefusal({ answers }: RawAnswer, path: string): ReturnType<typeof readRefusal> {
  const [{ status, head, body }] = answers as [RawAnswer['answers'][number]]
  const get = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1]?.trim() ?? null
  return readRefusal(town.url + path, status, body, { get })
}

if (!haveFixtures) test.skip(noFixtures, () => {})

interface Attack {
  readonly name: string
  readonly b64: string
  readonly expect: 'reject' | 'one' | 'either'
}

describe.if(haveFixtures)('the attacks of http-attacks.json', () => {
  const attacks = fixture<readonly Attack[]>('http-attacks.json') ?? []
  const filled = ({ b64 }: Attack): Buffer => {
    const text = Buffer.from(b64, 'base64')
      .toString('latin1')
      .replaceAll('{{KEY}}', callerKey)
      .replaceAll('{{MODEL}}', 'acme/echo')
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    return latin1(text.replaceAll('{{LEN}}', String(body.length)))
  }
  const named = (kind: Attack['expect']) => attacks.filter((attack) => attack.expect === kind)

  test('that are to be rejected get no answer but a refusal, and reach no vendor', async () => {
    const before = askedSoFar(town)
    const rejected = named('reject')
    expect(rejected.length).toBeGreaterThan(20)
    const answers = await Promise.all(rejected.map((attack) => sendRaw(town.url, filled(attack))))
    for (const [index, { name }] of rejected.entries()) {
      const answer = answers[index]!
      expect([name, statuses(answer).every((status) => status >= 400 && status < 600)]).toEqual([
        name,
        true,
      ])
      expect([name, answer.answers.length]).toEqual([name, 1])
      if (!isBare(answer)) expectRefusal(answer, '/')
    }
    expect(askedSoFar(town)).toBe(before)
    // These Bun answers by itself, before any code of ours: a bare status and the end of the connection.
    expect(rejected.filter((_, index) => isBare(answers[index]!)).map(({ name }) => name)).toEqual([
      'TE.CL',
      'TE obfuscated xchunked',
      'TE vertical tab',
      'TE in HTTP/1.0',
      'CL twice differ',
      'CL list',
      'CL huge',
      'CL space before colon',
      'NUL in header value',
      'header name with space',
      'chunk size with 0x',
      'chunk size negative',
      'chunk ext bare LF',
      'chunk body longer than size',
      'chunk missing CRLF',
      'missing Host',
      'auth header 64 KiB',
      'random bytes',
    ])
  })

  for (const attack of named('one')) {
    test(`${attack.name}: one answer at most, and one call of a vendor`, async () => {
      const before = askedSoFar(town)
      const { answers } = await sendRaw(town.url, filled(attack))
      // Bun takes trailers for the next request, and ends the connection on it with a bare 400.
      const real = answers.filter(({ head }) => head.includes('x-request-id'))
      expect(real.length).toBeLessThanOrEqual(1)
      expect(
        answers.filter((answer) => !real.includes(answer)).every(({ status }) => status === 400),
      ).toBe(true)
      expect(askedSoFar(town) - before).toBeLessThanOrEqual(1)
    })
  }

  test('that may go either way end', async () => {
    const either = named('either')
    expect(either.length).toBeGreaterThan(0)
    for (const attack of either) {
      const answer = await sendRaw(town.url, filled(attack))
      expect(answer.answers.length).toBeGreaterThan(0)
    }
  })

  test('have harmed nothing', () => expectUnharmed(town))
})

interface Raw {
  readonly name: string
  readonly b64: string
  readonly strictParserRejects: boolean
}

describe.if(haveFixtures)('the bytes of http-raw-llhttp.json', () => {
  test('get no answer but a refusal where the strict parser rejects them, and never hang', async () => {
    const before = askedSoFar(town)
    const all = fixture<readonly Raw[]>('http-raw-llhttp.json') ?? []
    expect(all.filter(({ strictParserRejects }) => strictParserRejects).length).toBeGreaterThan(10)
    const answers = await Promise.all(
      all.map(({ b64 }) => sendRaw(town.url, Buffer.from(b64, 'base64'), 1_000)),
    )
    for (const [index, { name, b64, strictParserRejects }] of all.entries()) {
      const answer = answers[index]!
      const good = statuses(answer).filter((status) => status < 400)
      if (strictParserRejects) expect([name, good]).toEqual([name, []])
      // What gets no answer has not ended: there is more of its head to come.
      if (answer.answers.length === 0 && !answer.closed) {
        expect([name, Buffer.from(b64, 'base64').includes('\r\n\r\n')]).toEqual([name, false])
      }
    }
    expect(askedSoFar(town)).toBe(before)
    await expectUnharmed(town)
  })
})

describe('one request', () => {
  test.each([
    ['two hosts', ['host: evil']],
    ['two hosts that are one', ['host: gw']],
    [
      'two lengths that are one',
      [`content-length: ${call.length}`, `content-length: ${call.length}`],
    ],
    ['a trailer', ['transfer-encoding: chunked', 'trailer: x-a']],
  ])('with %s is refused, and what follows it is not read', async (_, lines) => {
    const before = askedSoFar(town)
    const length = lines.some((line) => /^(?:content-length|transfer)/.test(line))
      ? []
      : [`content-length: ${call.length}`]
    const bytes = openRequest(
      'POST /v1/chat/completions',
      [authorization, ...length, ...lines],
      call,
    )
    const answer = await sendRaw(
      town.url,
      Buffer.concat([bytes, request('GET /v1/models', [authorization])]),
    )
    expect(statuses(answer).every((status) => status === 400)).toBe(true)
    expect(answer.closed).toBe(true)
    expect(askedSoFar(town)).toBe(before)
  })

  test.each([
    ['a length beside chunks', `content-length: 5\r\ntransfer-encoding: chunked\r\n`],
    ['chunks beside a length', `transfer-encoding: chunked\r\ncontent-length: 5\r\n`],
    ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n'],
    ['a list of lengths', 'content-length: 5, 5\r\n'],
    ['another coding', 'transfer-encoding: gzip, chunked\r\n'],
    ['a header that is folded', 'content-length: 2\r\nx-a: b\r\n c\r\n'],
    ['a folded length', 'content-length:\r\n 2\r\n'],
    ['a space before a colon', 'content-length : 2\r\n'],
    ['a bare line feed', 'x-a: b\ncontent-length: 2\r\n'],
    ['a bare carriage return', 'x-a: b\rcontent-length: 2\r\n'],
    ['NUL in a header', 'x-a: \0\r\ncontent-length: 2\r\n'],
  ])('with %s is refused by whatever reads it first', async (_, lines) => {
    const before = askedSoFar(town)
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: gw\r\n${authorization}\r\n`
    const answer = await sendRaw(town.url, latin1(`${head}${lines}\r\n${call}`))
    expect(statuses(answer).filter((status) => status < 400)).toEqual([])
    expect(answer.answers.length).toBeLessThanOrEqual(1)
    expect(answer.closed).toBe(true)
    expect(askedSoFar(town)).toBe(before)
  })

  test('in absolute form is what its path is, and the host in it decides nothing', async () => {
    const get = (target: string, lines: readonly string[] = []) =>
      sendRaw(town.url, request(`GET ${target}`, lines))
    expect(statuses(await get('http://evil.example/healthz'))).toEqual([200])
    for (const host of ['evil.example', '127.0.0.1:1', 'gw@evil.example', '[::1]']) {
      expect([host, statuses(await get(`http://${host}/api/status`))]).toEqual([host, [401]])
      expect(statuses(await get(`http://${host}/api/status`, [authorization]))).toEqual([403])
    }
  })

  test.each(['GET', 'HEAD', 'DELETE'])('%s brings no body', async (method) => {
    for (const lines of [['content-length: 2'], ['transfer-encoding: chunked']]) {
      const answer = await sendRaw(
        town.url,
        request(`${method} /v1/models`, [authorization, ...lines], '{}'),
      )
      expect(statuses(answer)[0]).toBe(400)
    }
    const empty = request(`${method} /healthz`, ['content-length: 0'])
    expect(statuses(await sendRaw(town.url, empty))).toEqual([method === 'DELETE' ? 405 : 200])
  })

  test('in chunks with a broken one is no call, whatever came before', async () => {
    const before = askedSoFar(town)
    const whole = `${call.length.toString(16)}\r\n${call}\r\n`
    for (const end of [
      'zz\r\n\r\n',
      '-1\r\n',
      '0x0\r\n\r\n',
      '0\r\nx-a: b\r\n\r\n',
      '5\r\n{}\r\n0\r\n\r\n',
      '0\n\n',
    ]) {
      const bytes = request(
        'POST /v1/chat/completions',
        [authorization, 'transfer-encoding: chunked'],
        whole + end,
      )
      const answer = await sendRaw(town.url, bytes)
      expect([end, statuses(answer).filter((status) => status < 400)]).toEqual([end, []])
    }
    expect(askedSoFar(town)).toBe(before)
  })

  test('that is followed by another before its answer is answered in its turn, or not at all', async () => {
    const get = openRequest('GET /healthz')
    const { answers } = await sendRaw(town.url, Buffer.concat([get, get, get]))
    expect(answers.map(({ body }) => body)).toEqual(['ok\n', 'ok\n', 'ok\n'])

    // While the answer to a body is awaited, Bun takes no more bytes: it ends the connection.
    const before = askedSoFar(town)
    const lines = [authorization, `content-length: ${call.length}`]
    const post = openRequest('POST /v1/chat/completions', lines, call)
    const both = await sendRaw(town.url, Buffer.concat([post, get, post]))
    expect([both.answers, both.closed]).toEqual([[], true])
    expect(askedSoFar(town) - before).toBeLessThanOrEqual(1)
  })
})

describe('who is let in', () => {
  test('is decided by the path, whatever the host says', async () => {
    const hosts = [
      'gw/healthz',
      'gw/healthz?',
      'gw/healthz#',
      'gw\\healthz',
      '/healthz?',
      '@',
      'x@y',
      'x:99999',
      '[::1',
      'gw?/healthz',
      'http://gw/healthz',
      '',
      '%',
      '"',
      '\xff',
      'a b',
      '*',
      '..',
      '//healthz',
    ]
    for (const host of hosts) {
      const bytes = latin1(`GET /api/status HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
      const answer = await sendRaw(town.url, bytes)
      expect([host, statuses(answer)]).toEqual([host, [401]])
    }
  })

  test('is decided by the path as it is answered, however it is written', async () => {
    const paths = [
      '/healthz/../api/status',
      '/v1/models/../../api/status',
      '/./api/status',
      'http://evil/api/status',
      '/api/./status',
      '/api/x/../status',
      '/api/status?x=/healthz',
      '/%2e/api/status',
      '/healthz/%2e%2e/api/status',
    ]
    for (const path of paths) {
      const answer = await sendRaw(town.url, request(`GET ${path}`, [authorization]))
      expect([path, statuses(answer)]).toEqual([path, [403]])
      expect(expectRefusal(answer, '/').code).toBe('role_missing')
    }
    const nowhere = [
      '//api/status',
      '/api//status',
      '/api/status/',
      '/API/STATUS',
      '/api%2fstatus',
      '/api/status%00',
      '/api/status;x',
      '/%61pi/status',
      '/\\api\\status',
      '/api/status%3f',
      '/api/statu%73',
      '/v1/models#/../api',
      '/..%2fapi/status',
    ]
    for (const path of nowhere) {
      const answer = await sendRaw(town.url, request(`GET ${path}`, [authorization]))
      expect([path, statuses(answer)]).toEqual([path, [404]])
      expectRefusal(answer, '/')
    }
  })

  test('is decided by the first way in which a key is sent, and by no second', async () => {
    const models = (...lines: readonly string[]) =>
      sendRaw(town.url, request('GET /v1/models', lines))
    const wrong = 'authorization: Bearer fh_wrong'
    expect(statuses(await models(wrong, `x-api-key: ${callerKey}`))).toEqual([401])
    expect(statuses(await models(wrong, authorization))).toEqual([401])
    expect(statuses(await models(authorization, wrong))).toEqual([401])
    expect(statuses(await models(`x-api-key: ${callerKey}`, 'x-api-key: fh_wrong'))).toEqual([401])
    expect(statuses(await models(`x-api-key: ${callerKey}`))).toEqual([200])
    expect(statuses(await models(`x-goog-api-key: ${callerKey}`))).toEqual([200])
  })

  test.each([
    ['a key in quotes', `Bearer "${callerKey}"`],
    ['half a key', `Bearer ${callerKey.slice(0, -1)}`],
    ['a key and more', `Bearer ${callerKey}x`],
    ['two keys', `Bearer ${callerKey} ${callerKey}`],
    ['a key as Basic', `Basic ${btoa(`web:${callerKey}`)}`],
    ['another case', `Bearer ${callerKey.toUpperCase()}`],
    ['SQL', "Bearer x' OR '1'='1"],
    ['nothing', 'Bearer '],
    ['a name of every object', 'Bearer __proto__'],
    ['bytes', 'Bearer \xff\xfe\x80'],
    ['15 kB', `Bearer ${'a'.repeat(15_000)}`],
  ])('%s is no key', async (_, value) => {
    const answer = await sendRaw(town.url, request('GET /v1/models', [`authorization: ${value}`]))
    expect(statuses(answer)).toEqual([401])
    expectRefusal(answer, '/')
  })

  test('a flood of headers is turned away', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `x-${index}: 1`)
    const floods = [
      many,
      [`x-long: ${'a'.repeat(17_000)}`],
      [`authorization: Bearer ${'a'.repeat(65_536)}`],
    ]
    for (const lines of floods) {
      const answer = await sendRaw(town.url, request('GET /healthz', lines))
      expect([statuses(answer), isBare(answer)]).toEqual([[431], true])
    }
    // As many as anybody sends are no flood.
    const usual = Array.from({ length: 100 }, (_, index) => `x-${index}: ${'a'.repeat(100)}`)
    expect(statuses(await sendRaw(town.url, request('GET /healthz', usual)))).toEqual([200])
  })
})

describe('methods and paths', () => {
  const methods = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND SEARCH'.split(' ')

  test('what no route has is a 405 that says what it has, or a 404', async () => {
    for (const path of new Set(routes.map((route) => route.path.replace('*', 'x')))) {
      const taken = methods.filter((method) => isTaken(method, path))
      const asked = methods.filter((method) => !taken.includes(method))
      const answers = await Promise.all(
        asked.map((method) => sendRaw(town.url, request(`${method} ${path}`, [authorization]))),
      )
      for (const [index, method] of asked.entries()) {
        const answer = answers[index]!
        expect([method, path, statuses(answer)]).toEqual([method, path, [405]])
        if (method === 'HEAD') continue // says no more than that
        expect(expectRefusal(answer, path).code).toBe('method_not_allowed')
        const allow = /^allow: (.*)$/m.exec(answer.answers[0]!.head)?.[1]?.trim().toUpperCase()
        expect(allow?.split(', ').toSorted()).toEqual(
          taken.filter((each) => each !== 'HEAD').toSorted(),
        )
      }
    }
  })

  test('a path that is none is a 404 in the dialect of its neighbours', async () => {
    for (const path of [
      '/nope',
      '/v1',
      '/v1/',
      '/v1/response',
      '/v1/messages/batches',
      '/v1/messagesx',
      '/favicon.ico',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await sendRaw(town.url, request(`${method} ${path}`, [authorization]))
        expect(statuses(answer)).toEqual([404])
        expect(expectRefusal(answer, path).code).toBe('path_unknown')
      }
    }
  })

  test('HEAD is GET without the body', async () => {
    // The dashboard is made at the first look; meanwhile Bun takes no further request on its connection.
    await fetch(town.url)
    for (const path of ['/healthz', '/readyz', '/', '/v1/models', '/nope']) {
      const both = Buffer.concat([
        openRequest(`HEAD ${path}`, [authorization]),
        request('GET /healthz'),
      ])
      const { answers } = await sendRaw(town.url, both)
      expect([path, answers.map(({ body }) => body)]).toEqual([path, ['', 'ok\n']])
      expect(answers[0]!.status).toBe(path === '/nope' ? 404 : 200)
    }
  })

  test('a method that is none gets no answer', async () => {
    for (const method of ['get', 'FOO', 'G\x00T', 'POST\t', 'A'.repeat(5_000)]) {
      const { answers } = await sendRaw(town.url, request(`${method} /healthz`))
      expect(answers.every(({ status }) => status >= 400)).toBe(true)
    }
    await expectUnharmed(town)
  })

  function isTaken(method: string, path: string): boolean {
    const asked = method === 'HEAD' ? 'GET' : method
    return routes.some((route) => {
      const [before = '', behind] = route.path.split('*')
      const fits =
        behind === undefined
          ? path === before
          : path.length > before.length + behind.length &&
            path.startsWith(before) &&
            path.endsWith(behind)
      return fits && route.method === asked
    })
  }
})

describe('what goes on to a vendor', () => {
  test('are the headers of the gateway, and none of the caller', async () => {
    const lines = [
      authorization,
      'x-api-key: mine',
      'x-goog-api-key: mine',
      'cookie: session=mine',
      'proxy-authorization: Basic bWluZQ==',
      'x-freehold-customer: acme',
      'x-freehold-session: s',
      'x-freehold-anything: mine',
      'x-request-id: mine',
      'x-forwarded-for: 6.6.6.6',
      'forwarded: for=6.6.6.6',
      'via: mine',
      'x-real-ip: 6.6.6.6',
      'origin: http://mine',
      'referer: http://mine',
      'user-agent: mine',
      'accept: mine/mine',
      'accept-encoding: mine',
      'te: trailers',
      'x-http-method-override: DELETE',
      'x-original-url: /mine',
      'x-sim-fault: http-500',
      'upgrade: mine',
      'connection: authorization, x-api-key, content-type',
      'openai-organization: mine',
      'range: bytes=0-1',
      '__proto__: mine',
      'constructor: mine',
      'content_length: 5',
      'traceparent: mine',
    ]
    for (const vendor of ['acme', 'birch']) {
      const body = call.replace('acme', vendor)
      const answer = await sendRaw(
        town.url,
        request(
          'POST /v1/chat/completions',
          [...lines, `idempotency-key: mine-${vendor}`, `content-length: ${body.length}`],
          body,
        ),
      )
      expect(statuses(answer)).toEqual([200])
      const { headers } = town.vendors[vendor]!.history().at(-1)!
      const key = `${vendor}-key-0123456789`
      const { 'content-length': _, host, ...rest } = headers
      expect(host).toStartWith('127.0.0.1:')
      expect(rest).toEqual({
        accept: 'application/json, text/event-stream',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'user-agent': 'freehold',
        ...(vendor === 'acme'
          ? { authorization: `Bearer ${key}` }
          : { 'anthropic-version': '2023-06-01', 'x-api-key': key }),
      })
    }
  })

  test('are those that the dialect asks for, when every server can read them', async () => {
    const send = async (value: string): Promise<string | undefined> => {
      const body = call.replace('acme', 'birch')
      const lines = [authorization, `anthropic-beta: ${value}`, `content-length: ${body.length}`]
      const answer = await sendRaw(town.url, request('POST /v1/chat/completions', lines, body))
      expect(statuses(answer)).toEqual([200])
      return town.vendors['birch']!.history().at(-1)!.headers['anthropic-beta']
    }
    expect(await send('tools-2025, files-2025')).toBe('tools-2025, files-2025')
    // A vendor whose server breaks off at such bytes would count as broken, for everybody.
    for (const odd of ['\xe9', 'a\x7fb', 'a\x80b', 'a'.repeat(5_000)])
      expect(await send(odd)).toBeUndefined()
  })

  test('is nothing that a body says of addresses, keys and headers', async () => {
    const said = {
      api_base: 'http://127.0.0.1:1/v1',
      base_url: 'http://127.0.0.1:1/v1',
      baseURL: 'http://127.0.0.1:1',
      api_key: 'stolen',
      api_version: 'x',
      organization: 'mine',
      extra_headers: { 'x-mine': 'mine', authorization: 'Bearer mine' },
      extra_body: { model: 'other' },
      extra_query: { a: 1 },
      headers: { 'x-mine': 'mine' },
      custom_llm_provider: 'other',
      user_config: { model_list: [{ litellm_params: { api_base: 'http://127.0.0.1:1' } }] },
      litellm_params: { api_base: 'http://127.0.0.1:1' },
      proxy: 'http://127.0.0.1:1',
      fallbacks: [{ model: 'other', api_base: 'http://127.0.0.1:1' }],
      provider: 'other',
      timeout: 0,
    }
    const bodies = [
      said,
      { metadata: said },
      { x: { y: [said] } },
      { tools: [], response_format: null, ...said },
    ]
    for (const more of bodies) {
      for (const vendor of ['acme', 'birch']) {
        const before = askedSoFar(town)
        const body = JSON.stringify({
          ...(JSON.parse(call) as object),
          ...more,
          model: `${vendor}/echo`,
        })
        const lines = [authorization, `content-length: ${body.length}`]
        const [status] = statuses(
          await sendRaw(town.url, request('POST /v1/chat/completions', lines, body)),
        )
        expect([200, 400]).toContain(status!) // the vendor may not know such fields
        const [seen] = town.vendors[vendor]!.history().slice(-1)
        expect([askedSoFar(town), seen!.path]).toEqual([
          before + 1,
          vendor === 'acme' ? '/v1/chat/completions' : '/v1/messages',
        ])
        expect(JSON.stringify(seen!.headers)).not.toMatch(/mine|stolen/)
        expect(seen!.model).toBe('echo')
      }
    }
  })
})
