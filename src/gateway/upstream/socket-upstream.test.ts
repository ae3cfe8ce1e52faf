import { describe, expect, spyOn, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { Connection } from './connection.ts'
import { heldOf, much, scene, withTimeStopped } from './scene.suite.ts'
import { SocketUpstream } from './socket-upstream.ts'
import { upstreamSuite } from './upstream.suite.ts'
import { aRequest, answerOf, aWhile, failureOf, Line } from './vendor.suite.ts'

const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

upstreamSuite('sockets', () => new SocketUpstream())

describe('sockets of our own', () => {
  const { vendorOf, upstreamOf, converse } = scene(() => new SocketUpstream())
  /** A call that was answered, and the connection that is kept from it. */
  const keepOne = async (...headers: readonly string[]) => {
    const vendor = vendorOf()
    const upstream = upstreamOf()
    const opened = upstream.open(aRequest(vendor.origin))
    const line = await vendor.line()
    await line.request()
    line.send(answerOf('first', ...headers))
    expect(await (await opened).text()).toBe('first')
    expect(upstream.idle).toBe(1)
    return { vendor, upstream, line }
  }
  test.each([
    ['spoke unasked', (line: Line) => void line.send(answerOf('poison'))],
    ['ended', (line: Line) => line.end()],
    ['was reset', (line: Line) => line.reset()],
  ])('a kept connection that %s in the same turn serves nobody', async (_, spoil) => {
    const { vendor, upstream, line } = await keepOne()
    spoil(line)
    const opened = upstream.open(aRequest(vendor.origin))
    const fresh = await vendor.line()
    await fresh.request()
    fresh.send(answerOf('second'))
    expect(await (await opened).text()).toBe('second')
    expect(line.requests).toBe(1)
  })

  test('a call that is over before a kept connection was looked at is not sent', async () => {
    const { vendor, upstream, line } = await keepOne()
    const departure = new Departure()
    const left = failureOf(upstream.open(aRequest(vendor.origin, { departure })))
    const reason = callerLeft()
    departure.leave(reason)
    expect(await left).toBe(reason)
    expect([await line.closed, line.requests, upstream.idle]).toEqual([expect.any(String), 1, 0])
    await withTimeStopped(async (pass) => {
      const { vendor, upstream, line } = await keepOne()
      const late = failureOf(upstream.open(aRequest(vendor.origin, { limits: { total: 300 } })))
      pass(300)
      expect(await late).toMatchObject({ code: 'provider_timeout' })
      expect([await line.closed, line.requests]).toEqual([expect.any(String), 1])
    })
  })

  describe('a kept connection that breaks', () => {
    test.each(['end', 'reset'] as const)(
      'without a byte (%s) may have been read: it is for others to ask again, and over a new one',
      async (how) => {
        const { vendor, upstream, line } = await keepOne()
        const opened = failureOf(upstream.open(aRequest(vendor.origin)))
        await line.request()
        line[how]()
        expect(await opened).toMatchObject({ code: 'provider_hung_up', again: 'here' })
        await aWhile()
        expect([vendor.lines.length, upstream.idle]).toEqual([1, 0])
      },
    )

    test.each(['end', 'reset'] as const)(
      'without a byte (%s) was stale: what only asks goes over a new one',
      async (how) => {
        const { vendor, upstream, line } = await keepOne()
        const opened = upstream.open(aRequest(vendor.origin, { method: 'GET' }))
        await line.request()
        line[how]()
        const fresh = await vendor.line()
        await fresh.request()
        fresh.send(answerOf('second'))
        const exchange = await opened
        expect(await exchange.text()).toBe('second')
        expect(exchange.connectUs).toBeNumber()
      },
    )

    test('before all of the request went out was read by nobody: it goes over a new one', async () => {
      const { vendor, upstream, line } = await keepOne()
      const opened = upstream.open(aRequest(vendor.origin, { body: much.toString() }))
      line.reset()
      const fresh = await vendor.line()
      await fresh.request()
      fresh.send(answerOf('second'))
      expect(await (await opened).text()).toBe('second')
    })

    test('is not followed by a third: what breaks on a new one is a failure', async () => {
      const { vendor, upstream, line } = await keepOne()
      const opened = failureOf(upstream.open(aRequest(vendor.origin, { method: 'GET' })))
      await line.request()
      line.end()
      const fresh = await vendor.line()
      await fresh.request()
      fresh.end()
      expect(await opened).toMatchObject({ code: 'provider_failed' })
      await aWhile()
      expect(vendor.lines).toHaveLength(2)
    })

    test.each(['H', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n'])(
      'behind %j may have cost something already, and is not asked again',
      async (bytes) => {
        const { vendor, upstream, line } = await keepOne()
        const opened = failureOf(upstream.open(aRequest(vendor.origin)))
        await line.request()
        line.send(bytes).end()
        expect(await opened).toMatchObject({ code: 'provider_failed' })
        await aWhile()
        expect(vendor.lines).toHaveLength(1)
      },
    )

    test('after a while may have cost something already, and is not asked again', async () => {
      const { vendor, upstream, line } = await keepOne()
      const opened = failureOf(upstream.open(aRequest(vendor.origin)))
      await line.request()
      const laterMs = performance.now() + 1_001
      const later = spyOn(performance, 'now').mockImplementation(() => laterMs)
      line.end()
      expect(await opened).toMatchObject({ code: 'provider_failed' })
      later.mockRestore()
      await aWhile()
      expect(vendor.lines).toHaveLength(1)
    })

    test('and cannot be made again is out of reach', async () => {
      const { vendor, upstream, line } = await keepOne()
      const opened = failureOf(upstream.open(aRequest(vendor.origin, { method: 'GET' })))
      await line.request()
      vendor.stop()
      expect(await opened).toMatchObject({ code: 'provider_unreachable' })
    })

    test('starts its clocks anew, and not while the new one is made', () =>
      withTimeStopped(async (pass) => {
        const { vendor, upstream, line } = await keepOne()
        const connect = Connection.prototype.connect
        const slow = spyOn(Connection.prototype, 'connect').mockImplementation(function (
          this: Connection,
          address,
        ) {
          pass(400)
          return connect.call(this, address)
        })
        const limits = { headers: 300, firstContent: 300 }
        const opened = upstream.open(aRequest(vendor.origin, { method: 'GET', limits }))
        const failure = failureOf(opened)
        await line.request()
        line.end()
        const fresh = await Promise.race([vendor.line(), failure])
        slow.mockRestore()
        expect(fresh).toBeInstanceOf(Line)
        await (fresh as Line).request()
        ;(fresh as Line).send(answerOf('ok'))
        expect(await (await opened).text()).toBe('ok')
      }))
  })

  describe('an idle connection', () => {
    test.each([
      ['a byte', (line: Line) => void line.send('\n')],
      ['an answer to nobody', (line: Line) => void line.send(answerOf('poison'))],
      ['its end', (line: Line) => line.end()],
      ['a reset', (line: Line) => line.reset()],
    ])('that tells of %s is closed and forgotten', async (_, speak) => {
      const { upstream, line } = await keepOne()
      speak(line)
      await line.closed
      await aWhile()
      expect(upstream.idle).toBe(0)
    })

    test.each([
      ['bytes behind an announced length', answerOf('ok').replace('length: 2', 'length: 1'), 'o'],
      ['a second answer', `${answerOf('ok')}${answerOf('poison')}`, 'ok'],
      ['a body where there is none', 'HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\nok', ''],
      ['bytes behind the last chunk', `${chunked}2\r\nok\r\n0\r\n\r\n\r\n`, 'ok'],
    ])('is none behind %s', async (_, bytes, body) => {
      const { upstream, opened, line } = await converse()
      line.send(bytes)
      expect(await (await opened).text()).toBe(body)
      await line.closed
      expect(upstream.idle).toBe(0)
    })

    test('that will be closed soon, as the server says, is not used', async () => {
      const { vendor, upstream } = await keepOne('Keep-Alive: Timeout=0, max=100')
      const opened = upstream.open(aRequest(vendor.origin))
      const fresh = await vendor.line()
      await fresh.request()
      fresh.send(answerOf('second'))
      expect(await (await opened).text()).toBe('second')
    })

    test('holds nothing of the call that it served', async () => {
      const vendor = vendorOf({ answer: (line) => void line.send(answerOf('ok')) })
      const upstream = upstreamOf()
      const serve = async (): Promise<WeakRef<object>> => {
        const request = aRequest(vendor.origin)
        await (await upstream.open(request)).text()
        return new WeakRef(request)
      }
      const served = await Promise.all(Array.from({ length: 20 }, serve))
      expect(upstream.idle).toBe(20)
      expect(await heldOf(served)).toBeLessThan(5)
    })

    test('keeps no process alive', async () => {
      const { origin } = vendorOf({ answer: (line) => void line.send(answerOf('ok')) })
      const code = `
        import { much, scene, withTimeStopped } from './scene.suite.ts'
import { SocketUpstream } from './socket-upstream.ts'
        import { aRequest } from './vendor.suite.ts'
        const upstream = new SocketUpstream()
        const exchange = await upstream.open(aRequest('${origin}'))
        console.log(await exchange.text(), upstream.idle)`
      const child = Bun.spawn([process.execPath, '-e', code], { cwd: import.meta.dir })
      expect(await child.stdout.text()).toBe('ok 1\n')
      expect(await child.exited).toBe(0)
    })
  })

  describe('an answer before the request was taken in', () => {
    test('is the answer, and its connection is left', async () => {
      const vendor = vendorOf()
      const upstream = upstreamOf()
      const opened = upstream.open(aRequest(vendor.origin, { body: much }))
      const line = await vendor.line()
      line.stopReading()
      line.send('HTTP/1.1 413 Too Large\r\ncontent-length: 8\r\n\r\nno, less')
      const exchange = await opened
      expect([exchange.status, await exchange.text(), upstream.idle]).toEqual([413, 'no, less', 0])
    })

    test('may begin, and go on when it was', async () => {
      const vendor = vendorOf()
      const upstream = upstreamOf()
      const opened = upstream.open(aRequest(vendor.origin, { body: much }))
      const line = await vendor.line()
      line.send(`${chunked}2\r\nok\r\n`)
      const exchange = await opened
      expect((await line.request()).body.equals(much)).toBe(true)
      line.send('0\r\n\r\n')
      expect(await exchange.text()).toBe('ok')
      expect(upstream.idle).toBe(1)
    })
  })

  test.each([
    ['announced', answerOf('one two')],
    ['in chunks', `${chunked}4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n`],
  ])('an answer %s that came in one read can be taken at once', async (_, bytes) => {
    const { opened, line } = await converse()
    line.send(bytes)
    const exchange = await opened
    expect(exchange.takeWhole()).toBe('one two')
    expect(await exchange.read()).toBeNull()
  })

  test('an answer that still comes cannot be taken at once, and loses nothing by it', async () => {
    const { opened, line } = await converse()
    line.send(`${chunked}4\r\none \r\n`)
    const exchange = await opened
    expect(exchange.takeWhole()).toBeNull()
    line.send('3\r\ntwo\r\n0\r\n\r\n')
    expect(await exchange.text()).toBe('one two')
  })

  test('a body that ends with the connection does not end with a reset', async () => {
    const { opened, line } = await converse()
    line.send('HTTP/1.1 200 OK\r\n\r\nhalf')
    const exchange = await opened
    expect(Buffer.from((await exchange.read())!).toString()).toBe('half')
    line.reset()
    expect(await failureOf(exchange.read())).toMatchObject({ code: 'provider_failed' })
  })

  test('what came before a break can be read, and then the break', async () => {
    const { opened, line } = await converse()
    line.send(`${chunked}4\r\nhalf\r\n`)
    const exchange = await opened
    await aWhile()
    line.end()
    await aWhile()
    expect(Buffer.from((await exchange.read())!).toString()).toBe('half')
    expect(await failureOf(exchange.read())).toMatchObject({ code: 'provider_failed' })
  })

  test('a provider that speaks no HTTP is found out though it never ends', async () => {
    const { opened, line } = await converse()
    line.send('SSH-2.0-OpenSSH_9.2\r\n')
    expect(await failureOf(opened)).toMatchObject({
      code: 'provider_failed',
      message: 'acme failed: its answer is not HTTP/1.1',
    })
    expect(await line.closed).toBeString()
  })

  test('an answer that is longer than memory allows is broken off', async () => {
    const { opened, line } = await converse()
    line.send('HTTP/1.1 200 OK\r\ncontent-length: 99000000\r\n\r\n')
    const failure = failureOf((await opened).text())
    for (let part = 0; part < 5; part += 1) line.send(much)
    expect(await failure).toMatchObject({ message: expect.stringContaining('longer than 64 MB') })
    expect(await line.closed).toBeString()
  })

  test('a provider whose answer came whole is not blamed for a slow reader', () =>
    withTimeStopped(async (pass) => {
      const { opened, line } = await converse({
        limits: { headers: 300, firstContent: 300, idle: 300, total: 300 },
      })
      line.send(answerOf('ok'))
      const exchange = await opened
      pass(400)
      expect(await exchange.text()).toBe('ok')
    }))

  test('closed, it lets go of what is idle now and of what becomes so', async () => {
    const { vendor, upstream, line } = await keepOne()
    const opened = upstream.open(aRequest(vendor.origin))
    await line.request()
    upstream.close()
    line.send(answerOf('last'))
    expect(await (await opened).text()).toBe('last')
    expect(await line.closed).toBe('closed')
    expect(upstream.idle).toBe(0)
  })
})
