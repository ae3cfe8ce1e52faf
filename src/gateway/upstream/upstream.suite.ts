import { describe, expect, test } from 'bun:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { exchangeSuite } from './exchange.suite.ts'
import { much, scene } from './scene.suite.ts'
import { answerBytesMax, type Upstream } from './upstream.ts'
import { aRequest, answerOf, failureOf, type Line, startVendor } from './vendor.suite.ts'

/** What everything owes that asks providers, whichever way it takes. */
export function upstreamSuite(name: string, start: () => Upstream): void {
  describe(name, () => {
    const { vendorOf, upstreamOf, ask, converse } = scene(start)

    describe('a request', () => {
      test('goes out as it was given, with each header once', async () => {
        const heads: string[] = []
        const bodies: string[] = []
        const { origin, port } = vendorOf({
          answer: (line, head, body) => {
            heads.push(head)
            bodies.push(body.toString())
            line.send(answerOf('ok'))
          },
        })
        const exchange = await upstreamOf().open(
          aRequest(origin, {
            headers: {
              'x-key': 'caf\u00e9 \u00ff',
              Connection: 'close',
              'transfer-encoding': 'chunked',
              'content-length': '1',
              'accept-encoding': 'br',
              Authorization: 'Bearer configured',
              authorization: 'Bearer signed',
            },
            body: 'na\u00efve \ud83d\ude42',
          }),
        )
        expect(await exchange.text()).toBe('ok')
        const lines = heads[0]!.toLowerCase().split('\r\n')
        expect(lines[0]).toBe('post /v1/chat?beta=true http/1.1')
        expect(lines).toContain('x-key: caf\u00e9 \u00ff')
        const only = (header: string) =>
          lines
            .filter((line) => line.startsWith(`${header}:`))
            .map((line) => line.slice(header.length + 2))
        expect(only('host')).toEqual([`127.0.0.1:${port}`])
        expect(only('content-length')).toEqual(['11'])
        expect(only('accept-encoding')).toEqual(['identity'])
        expect(only('authorization')).toEqual(['bearer signed'])
        expect(only('transfer-encoding')).toEqual([])
        expect(only('connection')).not.toContain('close')
        expect(bodies).toEqual(['na\u00efve \ud83d\ude42'])
      })

      test('may name another host', async () => {
        const heads: string[] = []
        const { origin } = vendorOf({
          answer: (line, head) => {
            heads.push(head)
            line.send(answerOf('ok'))
          },
        })
        await upstreamOf().open(aRequest(origin, { headers: { Host: 'inner.example' } }))
        expect(heads[0]!.match(/^host:.*$/gim)).toEqual([
          expect.stringMatching(/^host: inner.example$/i),
        ])
      })

      test.each(['GET', 'DELETE'] as const)('%s goes without a body', async (method) => {
        const seen: string[] = []
        const { origin } = vendorOf({
          answer: (line, head, body) => {
            seen.push(`${head.split(' ')[0]} ${body.length}`)
            line.send(answerOf('ok'))
          },
        })
        const exchange = await upstreamOf().open(aRequest(origin, { method }))
        expect(await exchange.text()).toBe('ok')
        expect(seen).toEqual([`${method} 0`])
      })

      test('of 20 MB arrives whole', async () => {
        const sizes: boolean[] = []
        const { origin } = vendorOf({
          answer: (line, _head, body) => {
            sizes.push(body.equals(much))
            line.send(answerOf('ok'))
          },
        })
        const exchange = await upstreamOf().open(aRequest(origin, { body: much }))
        expect([await exchange.text(), sizes]).toEqual(['ok', [true]])
      })

      test.each([
        ['a line break', { 'x-key': 'sk-secret\r\nx: y' }],
        ['what Latin-1 turns into a line break', { 'x-key': 'sk-secret\u010a' }],
        ['NUL', { 'x-key': 'sk-secret\0' }],
        ['a name that is none', { 'sk-secret x': 'y' }],
      ])('with %s in a header is not sent, and its value not told', async (_, headers) => {
        const { origin, lines } = vendorOf()
        const failure = await failureOf(upstreamOf().open(aRequest(origin, { headers })))
        expect(failure).toMatchObject({ code: 'provider_unreachable' })
        expect(String(failure)).not.toContain('sk-secret')
        expect(lines).toHaveLength(0)
      })
    })

    describe('an answer', () => {
      test.each([
        ['by its length', answerOf('gr\u00fc\u00df dich')],
        [
          'in chunks',
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\ngr\xc3\xbc\xc3\r\n6\r\n\x9f dich\r\n0\r\nx: y\r\n\r\n',
        ],
        [
          'behind one that is only the beginning',
          `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answerOf('gr\u00fc\u00df dich')}`,
        ],
        ['with a byte order mark', answerOf('\ufeffgr\u00fc\u00df dich')],
      ])('is read %s', async (_, bytes) => {
        const exchange = await ask(bytes)
        expect(exchange.status).toBe(200)
        expect(await exchange.text()).toBe('gr\u00fc\u00df dich')
      })

      test('is read to the end of the connection', async () => {
        const { origin } = vendorOf({
          answer: (line) => line.send('HTTP/1.1 200 OK\r\n\r\nhello').end(),
        })
        expect(await (await upstreamOf().open(aRequest(origin))).text()).toBe('hello')
      })

      test('that is taken at once is the same, or is waited for', async () => {
        const exchange = await ask(answerOf('gr\u00fc\u00df dich'))
        expect(exchange.takeWhole() ?? (await exchange.text())).toBe('gr\u00fc\u00df dich')
        expect(exchange.clocks.isRunning('total')).toBe(false)
      })

      test('that is compressed or was given up is not taken at once', async () => {
        const body = gzipSync('in few words')
        const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`
        const packed = await ask(Buffer.concat([Buffer.from(head), body]))
        expect(packed.takeWhole()).toBeNull()
        expect(await packed.text()).toBe('in few words')
        const cancelled = await ask(answerOf('ok'))
        cancelled.cancel()
        expect(cancelled.takeWhole()).toBeNull()
        expect(await failureOf(cancelled.text())).toMatchObject({ code: 'provider_failed' })
      })

      test('without a body has an end all the same, and leaves no clock running', async () => {
        for (const bytes of ['HTTP/1.1 204 No\r\n\r\n', answerOf('')]) {
          const exchange = await ask(bytes, {
            limits: { ...aRequest('').limits, firstContent: 5_000 },
          })
          expect(await exchange.read()).toBeNull()
          expect(exchange.clocks.isRunning('total')).toBe(false)
          expect(exchange.clocks.isRunning('first_content')).toBe(false)
        }
      })

      test('has a status and headers, whatever it says', async () => {
        const bytes = 'HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\ncontent-length: 2\r\n\r\nno'
        const exchange = await ask(bytes)
        expect([exchange.status, exchange.headers.get('retry-after')]).toEqual([429, '7'])
        expect(exchange.headers.get('x-other')).toBeNull()
        expect(await exchange.text()).toBe('no')
      })

      test('that redirects is not followed', async () => {
        const { origin, lines } = vendorOf({
          answer: (line) =>
            void line.send(
              'HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n',
            ),
        })
        expect((await upstreamOf().open(aRequest(origin))).status).toBe(302)
        expect(lines.reduce((count, { requests }) => count + requests, 0)).toBe(1)
      })

      test('is handed on part by part as it comes', async () => {
        const { opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const exchange = await opened
        line.send('3\r\none\r\n')
        expect(String(Buffer.from((await exchange.read())!))).toBe('one')
        line.send('3\r\ntwo\r\n0\r\n\r\n')
        expect(String(Buffer.from((await exchange.read())!))).toBe('two')
        expect(await exchange.read()).toBeNull()
      })

      test('of 20 MB comes whole, and may be bytes of any kind', async () => {
        const head = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${much.length}\r\n\r\n`)
        const exchange = await ask(Buffer.concat([head, much]))
        expect(Buffer.from(await exchange.bytes()).equals(much)).toBe(true)
      })

      test('is joined to what was read of it before', async () => {
        const { opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\none')
        const exchange = await opened
        const first = await exchange.read()
        line.send('two')
        expect(await exchange.text(first)).toBe('onetwo')
      })

      test.each([
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['br', brotliCompressSync],
      ])('that is compressed though nobody asked (%s) is read', async (encoding, compress) => {
        const body = compress('in few words')
        const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`
        const exchange = await ask(Buffer.concat([Buffer.from(head), body]))
        expect(await exchange.text()).toBe('in few words')
      })

      test('that is empty is empty, whatever it says of its compression', async () => {
        expect(await (await ask(answerOf('', 'content-encoding: gzip'))).text()).toBe('')
      })

      test('that says it is compressed and is not is a failure', async () => {
        const exchange = await ask(answerOf('in plain words', 'content-encoding: gzip'))
        expect(await failureOf(exchange.text())).toMatchObject({
          code: 'provider_failed',
          message: 'acme failed: its answer is compressed and broken',
        })
      })

      test('that is too long is a failure, also when it was small on its way', async () => {
        const bomb = gzipSync(Buffer.alloc(answerBytesMax + 1))
        const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`
        const small = await ask(Buffer.concat([Buffer.from(head), bomb]))
        expect(await failureOf(small.text())).toMatchObject({ code: 'provider_failed' })
      })
    })

    describe('a failure', () => {
      test('to reach the provider says why', async () => {
        const vendor = startVendor()
        vendor.stop()
        expect(await failureOf(upstreamOf().open(aRequest(vendor.origin)))).toMatchObject({
          code: 'provider_unreachable',
          message: 'acme could not be reached: nothing listens at its address.',
        })
        expect(
          await failureOf(upstreamOf().open(aRequest('http://nowhere.invalid'))),
        ).toMatchObject({ code: 'provider_unreachable', message: expect.stringContaining('DNS') })
      })

      test.each([
        ['an end', (line: Line) => line.end()],
        ['a reset', (line: Line) => line.reset()],
      ])('instead of an answer: %s', async (_, breakOff) => {
        const { opened, line } = await converse()
        breakOff(line)
        expect(await failureOf(opened)).toMatchObject({
          code: 'provider_failed',
          message: 'acme failed: it broke off the connection',
        })
      })

      test.each([
        ['the headers', 'HTTP/1.1 200 OK\r\nx: y'],
        ['a body of a known length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'],
        ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
      ])('in the middle of %s is one, by end or by reset', async (_, bytes) => {
        for (const how of ['end', 'reset'] as const) {
          const { opened, line } = await converse()
          line.send(bytes)
          const read = opened.then((exchange) => exchange.text())
          read.catch(() => {})
          if (bytes.includes('half')) await opened
          line[how]()
          expect(await failureOf(read)).toMatchObject({ code: 'provider_failed' })
        }
      })

      test('is what is no HTTP', async () => {
        for (const bytes of ['SSH-2.0-OpenSSH_9.2\r\n\r\n', '{"error":"x"}\r\n\r\n'])
          expect(await failureOf(ask(bytes))).toMatchObject({ code: 'provider_failed' })
      })
    })
  })
  exchangeSuite(name, start)
}
