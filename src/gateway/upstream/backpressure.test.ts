import { describe, expect, spyOn, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { Connection } from './connection.ts'
import { much, scene } from './scene.suite.ts'
import { SocketUpstream } from './socket-upstream.ts'
import { aRequest, answerOf, aWhile, failureOf, type Line } from './vendor.suite.ts'

describe('a reader who does not read', () => {
  const { converse } = scene(() => new SocketUpstream())
  const whole = 60_000_000

  test('stops the sender, and gets all of it later', async () => {
    const { upstream, opened, line } = await converse()
    line.send(`HTTP/1.1 200 OK\r\ncontent-length: ${whole}\r\n\r\n`)
    const exchange = await opened
    for (let part = 0; part < 3; part += 1) line.send(much)
    await settled(line)
    // The system holds some megabytes on either side, and the exchange one or so.
    expect(line.sent).toBeLessThan(whole / 3)
    let read = 0
    for (let part = await exchange.read(); part !== null; part = await exchange.read())
      read += part.length
    expect([read, line.blocked, upstream.idle]).toEqual([whole, false, 1])
  })

  test('stops a sender of single bytes, too', async () => {
    const { opened, line } = await converse()
    line.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    const exchange = await opened
    const tiny = Buffer.from('1\r\nx\r\n'.repeat(200_000))
    for (let part = 0; part < 50; part += 1) line.send(tiny)
    await settled(line)
    expect(line.blocked).toBe(true)
    const first = await exchange.read()
    // What one reading of the socket brings may be more than the limit, and no more than that.
    expect(first!.length).toBeLessThan(200_000)
    exchange.cancel()
  })

  test('still sees the end of what was sent before it', async () => {
    const { opened, line } = await converse()
    line.send(`HTTP/1.1 200 OK\r\n\r\n`)
    const exchange = await opened
    line.send(much)
    await settled(line)
    const bytes = exchange.bytes()
    await settled(line)
    line.end()
    expect(Buffer.from(await bytes).equals(much)).toBe(true)
  })

  test('can leave, and the sender is told', async () => {
    const departure = new Departure()
    const { opened, line } = await converse({ departure })
    line.send(`HTTP/1.1 200 OK\r\ncontent-length: ${much.length}\r\n\r\n`)
    const exchange = await opened
    line.send(much)
    await settled(line)
    const reason = callerLeft()
    departure.leave(reason)
    expect(await failureOf(exchange.read())).toBe(reason)
    expect(await line.closed).toBe('reset')
  })

  test('does not leave the connection paused for the next call', async () => {
    const { vendor, upstream, opened, line } = await converse()
    // The last packet brings too much and the end.
    const some = much.subarray(0, 1_100_000)
    line.send(`HTTP/1.1 200 OK\r\ncontent-length: ${some.length}\r\n\r\n`)
    line.send(some.subarray(0, 1_000_000))
    const first = await opened
    await aWhile()
    line.send(some.subarray(1_000_000))
    while (upstream.idle === 0) await Bun.sleep(1)
    const next = upstream.open(aRequest(vendor.origin))
    await line.request()
    line.send(answerOf('second'))
    expect(await (await next).text()).toBe('second')
    expect(Buffer.from(await first.bytes()).equals(some)).toBe(true)
  })

  test('is not in the way of the next call over the same connection', async () => {
    const { vendor, upstream, opened, line } = await converse()
    line.send(answerOf('first'))
    const first = await opened
    const next = upstream.open(aRequest(vendor.origin))
    await line.request()
    line.send(`HTTP/1.1 200 OK\r\ncontent-length: ${much.length}\r\n\r\n`)
    const second = await next
    line.send(much)
    await settled(line)
    const resume = spyOn(Connection.prototype, 'resume')
    expect(await first.text()).toBe('first')
    first.cancel()
    expect(resume).not.toHaveBeenCalled()
    resume.mockRestore()
    expect(Buffer.from(await second.bytes()).equals(much)).toBe(true)
  })
})

/** Until the sender has sent everything, or for a while nothing could be sent. */
async function settled(line: Line): Promise<void> {
  for (let quiet = 0; quiet < 4 && line.blocked;) {
    const { sent } = line
    await Bun.sleep(10)
    quiet = line.sent === sent ? quiet + 1 : 0
  }
}
