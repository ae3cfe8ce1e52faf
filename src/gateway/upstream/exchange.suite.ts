import { describe, expect, spyOn, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { much, requestsOf, scene, withTimeStopped } from './scene.suite.ts'
import type { Upstream } from './upstream.ts'
import { aRequest, answerOf, aWhile, failureOf, type Line } from './vendor.suite.ts'

/** How exchanges end, and what becomes of their connections. */
export function exchangeSuite(name: string, start: () => Upstream): void {
  describe(name, () => {
    const { vendorOf, upstreamOf, ask, converse } = scene(start)

    describe('a connection', () => {
      test('that was read to its end serves the next call', async () => {
        const vendor = vendorOf({ answer: (line) => void line.send(answerOf('ok')) })
        const upstream = upstreamOf()
        for (let call = 0; call < 3; call += 1)
          expect(await (await upstream.open(aRequest(vendor.origin))).text()).toBe('ok')
        expect(requestsOf(vendor)).toEqual([3])
      })

      test('that is drained serves the next call', async () => {
        const { vendor, upstream, opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n')
        const exchange = await opened
        await exchange.read()
        exchange.drain()
        line.send('0\r\n\r\n')
        await aWhile()
        const next = upstream.open(aRequest(vendor.origin))
        await line.request()
        line.send(answerOf('next'))
        expect(await (await next).text()).toBe('next')
      })

      test('with too much left to drain is closed', async () => {
        const { opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nok')
        const exchange = await opened
        await exchange.read()
        exchange.drain()
        line.send('x'.repeat(200_000))
        expect(await line.closed).toBeString()
      })

      test('that the other side ended or spoke on unasked serves nobody', async () => {
        for (const spoil of [
          (line: Line) => line.end(),
          (line: Line) => line.reset(),
          (line: Line) => void line.send(answerOf('poison')),
        ]) {
          const vendor = vendorOf({ answer: (line) => void line.send(answerOf('good')) })
          const upstream = upstreamOf()
          await (await upstream.open(aRequest(vendor.origin))).text()
          spoil(vendor.lines.find(({ requests }) => requests > 0)!)
          await aWhile()
          expect(await (await upstream.open(aRequest(vendor.origin))).text()).toBe('good')
          expect(requestsOf(vendor)).toEqual([1, 1])
        }
      })

      test('that is to be closed serves nobody', async () => {
        const vendor = vendorOf({
          answer: (line) => void line.send(answerOf('ok', 'connection: close')),
        })
        const upstream = upstreamOf()
        for (let call = 0; call < 2; call += 1)
          await (await upstream.open(aRequest(vendor.origin))).text()
        expect(requestsOf(vendor)).toEqual([1, 1])
      })
    })

    describe('cancel', () => {
      test('closes the connection of a silent provider, and whoever reads is told', async () => {
        const { opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const exchange = await opened
        const read = failureOf(exchange.read())
        exchange.cancel()
        await line.closed
        expect(await read).toMatchObject({ code: 'provider_failed' })
        expect(await failureOf(exchange.read())).toMatchObject({ code: 'provider_failed' })
        expect(exchange.clocks.isRunning('total')).toBe(false)
      })

      test('closes the connection in the middle of a body', async () => {
        const { opened, line } = await converse()
        line.send('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')
        const exchange = await opened
        await exchange.read()
        exchange.cancel()
        expect(await line.closed).toBeString()
      })

      test('may come twice, and after the end', async () => {
        const exchange = await ask(answerOf('ok'))
        expect(await exchange.text()).toBe('ok')
        exchange.cancel()
        exchange.cancel()
      })
    })

    describe('a caller who leaves', () => {
      const reason = callerLeft()

      test('before the call has begun: nobody is asked', async () => {
        const { origin, lines } = vendorOf()
        const departure = new Departure()
        departure.leave(reason)
        expect(await failureOf(upstreamOf().open(aRequest(origin, { departure })))).toBe(reason)
        expect(lines).toHaveLength(0)
      })

      test('before the headers: the connection is closed', async () => {
        const departure = new Departure()
        const { opened, line } = await converse({ departure })
        departure.leave(reason)
        expect(await failureOf(opened)).toBe(reason)
        expect(await line.closed).toBeString()
      })

      test('over a connection that was there: it is closed', async () => {
        const departure = new Departure()
        const { vendor, upstream, opened, line } = await converse()
        line.send(answerOf('ok'))
        await (await opened).text()
        const next = upstream.open(aRequest(vendor.origin, { departure }))
        await line.request()
        departure.leave(reason)
        expect(await failureOf(next)).toBe(reason)
        expect(await line.closed).toBeString()
      })

      test('while a body comes, or is silent: the connection is closed', async () => {
        const departure = new Departure()
        const { opened, line } = await converse({ departure })
        line.send('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')
        const exchange = await opened
        await exchange.read()
        const read = failureOf(exchange.read())
        departure.leave(reason)
        expect(await read).toBe(reason)
        expect(await failureOf(exchange.text())).toBe(reason)
        expect(await line.closed).toBeString()
      })

      test('while 20 MB are sent to somebody who does not read', async () => {
        const departure = new Departure()
        const vendor = vendorOf()
        const opened = upstreamOf().open(aRequest(vendor.origin, { departure, body: much }))
        opened.catch(() => {})
        while (vendor.lines.length === 0) await Bun.sleep(1)
        for (const line of vendor.lines) line.stopReading()
        await aWhile()
        departure.leave(reason)
        expect(await failureOf(opened)).toBe(reason)
      })

      test('while a second provider is asked: the first, done with, is not in the way', async () => {
        const departure = new Departure()
        const first = await ask(answerOf('ok'), { departure })
        await first.text()
        const { opened, line } = await converse({ departure })
        first.cancel()
        departure.leave(reason)
        expect(await failureOf(opened)).toBe(reason)
        expect(await line.closed).toBeString()
      })

      test('after the end: nobody minds, and the connection stays', async () => {
        const departure = new Departure()
        const vendor = vendorOf({ answer: (line) => void line.send(answerOf('ok')) })
        const upstream = upstreamOf()
        await (await upstream.open(aRequest(vendor.origin, { departure }))).text()
        departure.leave(reason)
        await (await upstream.open(aRequest(vendor.origin))).text()
        expect(requestsOf(vendor)).toEqual([2])
      })
    })

    describe('a host that swallows packets', () => {
      test('costs the clock of the connection, and no other', async () => {
        const { origin } = vendorOf()
        const swallowed = spyOn(Bun, 'connect').mockReturnValue(new Promise(() => {}))
        const limits = { connect: 30, headers: 5, firstContent: 5, idle: 5 }
        const opened = upstreamOf().open(aRequest(origin, { limits }))
        expect(await failureOf(opened)).toMatchObject({
          code: 'provider_timeout',
          message: 'acme did not answer in time: the connection took longer than 30 ms.',
        })
        swallowed.mockRestore()
      })

      test('is given up when the caller leaves, and closed if it comes after all', async () => {
        const vendor = vendorOf()
        const connect = Bun.connect
        const swallowed = spyOn(Bun, 'connect').mockImplementation((async (options: never) => {
          await Bun.sleep(40)
          return connect(options)
        }) as typeof Bun.connect)
        const departure = new Departure()
        const opened = upstreamOf().open(aRequest(vendor.origin, { departure }))
        const reason = callerLeft()
        departure.leave(reason)
        expect(await failureOf(opened)).toBe(reason)
        swallowed.mockRestore()
        const late = await vendor.line()
        expect(await late.closed).toBeString()
        expect(late.received).toBe(0)
      })
    })

    describe('the clock of', () => {
      const started = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

      test('the connection does not strike once there is one', () =>
        withTimeStopped(async (pass) => {
          const { opened, line } = await converse({ limits: { connect: 300 } })
          pass(400)
          line.send(answerOf('ok'))
          expect(await (await opened).text()).toBe('ok')
        }))

      test('the headers strikes', async () => {
        const { opened, line } = await converse({ limits: { headers: 30 } })
        line.send('HTTP/1.1 100 Continue\r\n\r\n')
        expect(await failureOf(opened)).toMatchObject({
          code: 'provider_timeout',
          message: 'acme did not answer in time: the first headers took longer than 30 ms.',
        })
        expect(await line.closed).toBeString()
      })

      test('the first content strikes, and empty lines are none', async () => {
        const { opened, line } = await converse({ limits: { firstContent: 40 } })
        line.send(`${started}2\r\n\n\n\r\n`)
        expect(await failureOf(opened.then((exchange) => exchange.text()))).toMatchObject({
          code: 'provider_timeout',
          message: expect.stringContaining('the first content took longer than 40 ms'),
        })
        expect(await line.closed).toBeString()
      })

      test('the first content does not strike behind what was begun', () =>
        withTimeStopped(async (pass) => {
          const { opened, line } = await converse({ limits: { firstContent: 300 } })
          line.send(`${started}2\r\n{}\r\n`)
          const exchange = await opened
          const text = exchange.text(await exchange.read())
          pass(400)
          line.send('0\r\n\r\n')
          expect(await text).toBe('{}')
        }))

      test('silence strikes', () =>
        withTimeStopped(async (pass) => {
          const { opened, line } = await converse({ limits: { idle: 300 } })
          line.send(`${started}2\r\nok\r\n`)
          const exchange = await opened
          await exchange.read()
          const silent = failureOf(exchange.read())
          pass(300)
          expect(await silent).toMatchObject({
            code: 'provider_timeout',
            message: expect.stringContaining('the next part of the answer took longer than 300 ms'),
          })
          expect(await line.closed).toBeString()
        }))

      test('silence does not strike while nobody reads', () =>
        withTimeStopped(async (pass) => {
          const { opened, line } = await converse({ limits: { idle: 300 } })
          line.send(started)
          const exchange = await opened
          const first = exchange.read()
          line.send('2\r\nok\r\n')
          await first
          pass(400)
          line.send('2\r\nok\r\n0\r\n\r\n')
          expect(await exchange.text()).toBe('ok')
        }))

      test('the whole answer strikes, with headers and without', async () => {
        for (const bytes of ['', `${started}2\r\nok\r\n`]) {
          const { opened, line } = await converse({ limits: { total: 40 } })
          line.send(bytes)
          expect(await failureOf(opened.then((exchange) => exchange.text()))).toMatchObject({
            code: 'provider_timeout',
            message: expect.stringContaining('the whole answer took longer than 40 ms'),
          })
          expect(await line.closed).toBeString()
        }
      })

      test('nothing strikes once the answer was read', async () => {
        const exchange = await ask(answerOf('ok'), {
          limits: {
            connect: 9_000,
            headers: 9_000,
            firstContent: 9_000,
            idle: 9_000,
            total: 9_000,
          },
        })
        expect(await exchange.text()).toBe('ok')
        for (const clock of ['connect', 'headers', 'first_content', 'idle', 'total'] as const)
          expect(exchange.clocks.isRunning(clock)).toBe(false)
      })
    })
  })
}
