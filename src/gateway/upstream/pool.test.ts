import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import type { Connection } from './connection.ts'
import { idleMax, Pool } from './pool.ts'
import { answerOf, startVendor, type Vendor } from './vendor.suite.ts'

const request = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')

describe('the pool', () => {
  let vendor: Vendor
  let pool: Pool
  let headers: readonly string[] = []
  beforeEach(() => {
    // What is idle too long is decided by time; the test says how it goes by.
    jest.useFakeTimers()
    headers = []
    vendor = startVendor({ answer: (line) => void line.send(answerOf('ok', ...headers)) })
    pool = new Pool()
  })
  afterEach(() => {
    pool.close()
    vendor.stop()
    jest.useRealTimers()
  })

  const connect = async (): Promise<Connection> => {
    const connection = pool.make(vendor.origin)
    await connection.connect(new URL(vendor.origin))
    return connection
  }
  /** Asks and is answered, by which the connection becomes free. */
  const use = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      connection.send(request, { head() {}, body() {}, told() {}, end: resolve, fail: reject })
    })
  const freeOnes = async (count: number): Promise<Connection[]> => {
    const made = await Promise.all(Array.from({ length: count }, connect))
    for (const connection of made) await use(connection)
    return made
  }

  test('has nothing at first', () => {
    expect([pool.take(vendor.origin), pool.idle]).toEqual([null, 0])
  })

  test('gives the one that was used last, each once, and none to another origin', async () => {
    const [first, second] = await freeOnes(2)
    expect(pool.take(vendor.origin.replace('http:', 'https:'))).toBeNull()
    expect(pool.take(vendor.origin)).toBe(second!)
    expect(pool.take(vendor.origin)).toBe(first!)
    expect(pool.take(vendor.origin)).toBeNull()
  })

  test('takes a connection back when its answer has ended', async () => {
    const [connection] = await freeOnes(1)
    const taken = pool.take(vendor.origin)!
    expect(pool.idle).toBe(0)
    await use(taken)
    expect([pool.take(vendor.origin), taken]).toEqual([connection!, connection!])
  })

  test('gives none that waited for 30 s, and closes it', async () => {
    const [connection] = await freeOnes(1)
    jest.advanceTimersByTime(29_000)
    expect(pool.idle).toBe(1)
    jest.advanceTimersByTime(7_000)
    expect([pool.idle, connection!.closed]).toEqual([0, true])
    expect(pool.take(vendor.origin)).toBeNull()
  })

  test('does not give what is stale before it is swept', async () => {
    const [connection] = await freeOnes(1)
    jest.advanceTimersByTime(30_000) // swept just now, and not stale then
    expect([pool.idle, connection!.closed]).toEqual([1, false])
    jest.advanceTimersByTime(1)
    expect([pool.take(vendor.origin), connection!.closed]).toEqual([null, true])
  })

  test('waits anew after each use', async () => {
    await freeOnes(1)
    for (let turn = 0; turn < 3; turn += 1) {
      jest.advanceTimersByTime(20_000)
      await use(pool.take(vendor.origin)!)
    }
    expect(pool.idle).toBe(1)
  })

  test('leaves a server a second before it said that it would close', async () => {
    headers = ['Keep-Alive: timeout=5']
    await freeOnes(1)
    jest.advanceTimersByTime(4_000)
    const connection = pool.take(vendor.origin)
    expect(connection).not.toBeNull()
    await use(connection!)
    jest.advanceTimersByTime(4_001)
    expect(pool.take(vendor.origin)).toBeNull()
  })

  test('keeps no more than a burst leaves behind', async () => {
    const made = await freeOnes(idleMax + 3)
    expect(pool.idle).toBe(idleMax)
    expect(made.filter(({ closed }) => closed)).toHaveLength(3)
  })

  test('keeps the connections of a thousand calls at once for the next thousand', async () => {
    const made = await freeOnes(1_000)
    const taken = made.map(() => pool.take(vendor.origin))
    expect(taken).not.toContain(null)
    expect(vendor.lines).toHaveLength(1_000)
  })

  test('forgets what the other side closes', async () => {
    const [connection] = await freeOnes(1)
    vendor.lines[0]!.end()
    await vendor.lines[0]!.closed
    for (let turn = 0; turn < 100 && !connection!.closed; turn += 1) await turnOfLoop()
    expect([connection!.closed, pool.idle]).toEqual([true, 0])
  })

  test('makes connections that say so when they are no more', async () => {
    const [connection] = await freeOnes(1)
    connection!.close()
    const failure = await use(connection!).then(
      () => null,
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'ECONNRESET' })
  })

  test('closed, it keeps nothing, and no timer', async () => {
    const [idle, busy] = await freeOnes(2)
    pool.take(vendor.origin)
    pool.close()
    expect([idle!.closed, jest.getTimerCount()]).toEqual([true, 0])
    await use(busy!)
    expect([busy!.closed, pool.idle]).toEqual([true, 0])
  })
})

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
