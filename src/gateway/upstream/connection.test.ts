import { afterAll, describe, expect, spyOn, test } from 'bun:test'
import { makeAuthority } from './authority.suite.ts'
import { Connection } from './connection.ts'
import { heldOf, much } from './scene.suite.ts'
import { answerOf, startVendor, type Vendor } from './vendor.suite.ts'

const authority = makeAuthority()
afterAll(() => authority?.remove())

describe('a request of which the socket takes only parts arrives whole', () => {
  const some = much.subarray(0, 8_000_000)
  const body = some.toString('latin1')
  const request = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`

  /** Sends it, and sends another over the same connection. */
  const send = async (vendor: Vendor, sent: string | Uint8Array): Promise<number> => {
    const options = authority === null ? {} : { ca: authority.ca }
    const connection = new Connection(vendor.origin, () => {}, options)
    await connection.connect(new URL(vendor.origin))
    let answers = 0
    for (let call = 0; call < 2; call += 1) {
      await new Promise<void>((resolve, reject) => {
        const rider = { head() {}, body() {}, told() {}, end: resolve, fail: reject }
        connection.send(sent, rider)
      })
      answers += 1
    }
    connection.close()
    return answers
  }

  const listen = (tls?: { cert: string; key: string }) => {
    const came: boolean[] = []
    const vendor = startVendor({
      ...(tls ? { tls, host: 'localhost' } : {}),
      answer: (line, _head, whole) => {
        came.push(whole.equals(some))
        line.send(answerOf('ok'))
      },
    })
    return { vendor, came }
  }

  test.each([
    ['text', request],
    ['bytes', Buffer.from(request, 'latin1')],
  ])('%s', async (_, sent) => {
    const { vendor, came } = listen()
    expect([await send(vendor, sent), came]).toEqual([2, [true, true]])
    vendor.stop()
  })

  test.skipIf(authority === null)('text over TLS', async () => {
    const { vendor, came } = listen(authority!.issue('DNS:localhost'))
    expect([await send(vendor, request), came]).toEqual([2, [true, true]])
    vendor.stop()
  })
})

test('connecting that was given up holds nobody who waited for it, however long the system tries', async () => {
  const tried: unknown[] = []
  const connect = spyOn(Bun, 'connect').mockImplementation((options: unknown) => {
    tried.push(options) // as the system does, which never gets an answer here
    return Promise.withResolvers<never>().promise
  })
  try {
    const nobody = (): void => {}
    const waitAndGiveUp = (): WeakRef<object> => {
      const call = { request: 'large' }
      const connection = new Connection('http://192.0.2.1', nobody)
      void connection.connect(new URL('http://192.0.2.1')).then(() => call)
      connection.close()
      return new WeakRef(call)
    }
    const calls = Array.from({ length: 20 }, waitAndGiveUp)
    expect(tried).toHaveLength(20)
    expect(await heldOf(calls)).toBeLessThan(5)
  } finally {
    connect.mockRestore()
  }
})
