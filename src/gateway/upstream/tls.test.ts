import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { type Certificate, makeAuthority } from './authority.suite.ts'
import { fetchUpstream } from './fetch-upstream.ts'
import { much } from './scene.suite.ts'
import { SocketUpstream } from './socket-upstream.ts'
import { aRequest, answerOf, aWhile, failureOf, startVendor } from './vendor.suite.ts'

const authority = makeAuthority()
afterAll(() => authority?.remove())

const here = 'DNS:localhost,IP:127.0.0.1'

describe('behind TLS', () => {
  const begun: (() => void)[] = []
  afterEach(() => {
    for (const stop of begun.splice(0)) stop()
  })
  const upstreamOf = (ca: string | undefined): SocketUpstream => {
    const upstream = new SocketUpstream(ca === undefined ? {} : { ca })
    begun.push(() => upstream.close())
    return upstream
  }
  const vendorOf = (given: Parameters<typeof startVendor>[0]) => {
    const vendor = startVendor(given)
    begun.push(vendor.stop)
    return vendor
  }
  const ok = (tls: Certificate, host = 'localhost') =>
    vendorOf({ tls, host, answer: (line) => void line.send(answerOf('ok')) })

  if (authority === null) {
    test.skip('certificates: there is no openssl to make some with', () => {})
  } else
    describe('certificates', () => {
      const { ca, caPath, issue, selfSigned } = authority

      test.each(['localhost', '127.0.0.1'])('a good one is good, for %s too', async (host) => {
        const upstream = upstreamOf(ca)
        const vendor = ok(issue(here), host)
        for (let call = 0; call < 2; call += 1) {
          const exchange = await upstream.open(aRequest(vendor.origin))
          expect(await exchange.text()).toBe('ok')
          expect(exchange.connectUs === null).toBe(call > 0)
        }
        expect(vendor.lines.map(({ requests }) => requests)).toEqual([2])
      })

      test.each([
        ['expired', () => issue(here, -1), 'its certificate has expired'],
        [
          'for another name',
          () => issue('DNS:other.example'),
          'its certificate is for another host',
        ],
        ['for a name beside this one', () => issue('DNS:*.localhost'), 'is for another host'],
        ['its own', () => selfSigned(here), 'its certificate is self-signed'],
      ])(
        'one that is %s is refused, and nothing is told to whoever shows it',
        async (_, make, why) => {
          const vendor = ok(make())
          expect(await failureOf(upstreamOf(ca).open(aRequest(vendor.origin)))).toMatchObject({
            code: 'provider_unreachable',
            message: expect.stringContaining(why),
          })
          await aWhile()
          expect(vendor.lines.filter(({ received }) => received > 0)).toEqual([])
        },
      )

      test('one for a name is refused for an address', async () => {
        const vendor = ok(issue('DNS:127.0.0.1'), '127.0.0.1')
        expect(await failureOf(upstreamOf(ca).open(aRequest(vendor.origin)))).toMatchObject({
          code: 'provider_unreachable',
          message: expect.stringContaining('is for another host'),
        })
      })

      test('one of an authority that nobody named is refused, by either way', async () => {
        for (const upstream of [upstreamOf(undefined), fetchUpstream]) {
          expect(await failureOf(upstream.open(aRequest(ok(issue(here)).origin)))).toMatchObject({
            code: 'provider_unreachable',
            message: 'acme could not be reached: its certificate cannot be verified.',
          })
        }
      })

      test('an authority of one’s own is named in NODE_EXTRA_CA_CERTS, for either way', async () => {
        const { origin } = ok(issue(here))
        for (const make of [
          `new (await import('./socket-upstream.ts')).SocketUpstream()`,
          `(await import('./fetch-upstream.ts')).fetchUpstream`,
        ]) {
          const code = `
          import { aRequest } from './vendor.suite.ts'
          const exchange = await (${make}).open(aRequest('${origin}'))
          console.log(await exchange.text())`
          const child = Bun.spawn([process.execPath, '-e', code], {
            cwd: join(import.meta.dir),
            env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: caPath },
            stderr: 'pipe',
          })
          const said = (await child.stdout.text()) + (await child.stderr.text())
          expect(said).toBe('ok\n')
        }
      })

      test('20 MB go and come whole', async () => {
        const heads = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${much.length}\r\n\r\n`)
        const same: boolean[] = []
        const { origin } = vendorOf({
          tls: issue(here),
          host: 'localhost',
          answer: (line, _head, body) => {
            same.push(body.equals(much))
            line.send(Buffer.concat([heads, much]))
          },
        })
        const exchange = await upstreamOf(ca).open(aRequest(origin, { body: much }))
        expect([Buffer.from(await exchange.bytes()).equals(much), same]).toEqual([true, [true]])
      })
    })

  test('a server that speaks no TLS is said to speak none', async () => {
    const { origin } = startPlain('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await failureOf(upstreamOf(undefined).open(aRequest(origin)))).toMatchObject({
      code: 'provider_unreachable',
      message: 'acme could not be reached: it does not speak TLS at this port.',
    })
  })

  test.each(['end', 'reset'] as const)('%s in the handshake is told of at once', async (how) => {
    const { origin, vendor } = startPlain('')
    const opened = failureOf(upstreamOf(undefined).open(aRequest(origin)))
    const line = await vendor.line()
    line[how]()
    expect(await opened).toMatchObject({
      code: 'provider_unreachable',
      message: expect.stringContaining('broke off the connection while it was being made'),
    })
  })

  test('the clock of the connection strikes in a handshake that gets no answer', async () => {
    const { origin, vendor } = startPlain('')
    const limits = { connect: 30, headers: 1, firstContent: 1, idle: 1 }
    expect(await failureOf(upstreamOf(undefined).open(aRequest(origin, { limits })))).toMatchObject(
      {
        code: 'provider_timeout',
        message: 'acme did not answer in time: the connection took longer than 30 ms.',
      },
    )
    expect(await (await vendor.line()).closed).toBeString()
  })

  test('the clock of the whole strikes there as well', async () => {
    const { origin, vendor } = startPlain('')
    const opened = upstreamOf(undefined).open(aRequest(origin, { limits: { total: 30 } }))
    expect(await failureOf(opened)).toMatchObject({
      code: 'provider_timeout',
      message: 'acme did not answer in time: the whole answer took longer than 30 ms.',
    })
    expect(await (await vendor.line()).closed).toBeString()
  })

  test('a caller who leaves ends the handshake', async () => {
    const { origin, vendor } = startPlain('')
    const departure = new Departure()
    const opened = failureOf(upstreamOf(undefined).open(aRequest(origin, { departure })))
    const line = await vendor.line()
    const reason = callerLeft()
    departure.leave(reason)
    expect(await opened).toBe(reason)
    expect(await line.closed).toBeString()
  })

  /** An https address at which nobody speaks TLS. */
  function startPlain(bytes: string) {
    const vendor = vendorOf({})
    if (bytes !== '') void vendor.line().then((line) => line.send(bytes))
    return { vendor, origin: `https://localhost:${vendor.port}` }
  }
})
