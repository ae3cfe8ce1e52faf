import { afterEach, jest } from 'bun:test'
import type { Exchange, Upstream, UpstreamRequest } from './upstream.ts'
import { aRequest, type Line, startVendor, type Vendor } from './vendor.suite.ts'

/** Longer than what the system holds for a connection, so that it has to be taken in parts. */
export const much = Buffer.alloc(20_000_000, 'All of this has to come as it went. ')

export interface Scene<Asks extends Upstream> {
  readonly upstreamOf: () => Asks
  readonly vendorOf: typeof startVendor
  /** Asks a vendor who answers each request with the same bytes. */
  readonly ask: (bytes: string | Uint8Array, given?: Partial<UpstreamRequest>) => Promise<Exchange>
  /** Asks a vendor who has read the request, and for whom the test speaks from there. */
  readonly converse: (given?: Parameters<typeof aRequest>[1]) => Promise<Talk<Asks>>
}

export interface Talk<Asks extends Upstream> {
  readonly vendor: Vendor
  readonly upstream: Asks
  readonly opened: Promise<Exchange>
  readonly line: Line
}

/** Vendors and clients that are gone when a test is done. */
export function scene<Asks extends Upstream>(start: () => Asks): Scene<Asks> {
  const begun: (() => void)[] = []
  afterEach(() => {
    for (const stop of begun.splice(0)) stop()
  })
  const vendorOf: Scene<Asks>['vendorOf'] = (options) => {
    const vendor = startVendor(options)
    begun.push(vendor.stop)
    return vendor
  }
  const upstreamOf = (): Asks => {
    const upstream = start()
    begun.push(() => upstream.close())
    return upstream
  }
  return {
    vendorOf,
    upstreamOf,
    ask(bytes, given = {}) {
      const { origin } = vendorOf({ answer: (line) => void line.send(bytes) })
      return upstreamOf().open(aRequest(origin, given))
    },
    async converse(given = {}) {
      const vendor = vendorOf()
      const upstream = upstreamOf()
      const opened = upstream.open(aRequest(vendor.origin, given))
      opened.catch(() => {})
      return { vendor, upstream, opened, line: await askedOf(vendor) }
    },
  }
}

/** The connection on which a request came: the probe of `fetch` is one of its own, and stays silent. */
function askedOf(vendor: Vendor): Promise<Line> {
  const { promise, resolve } = Promise.withResolvers<Line>()
  void (async () => {
    for (;;) {
      const line = await vendor.line()
      void line.request().then(() => resolve(line))
    }
  })()
  return promise
}

/** Timers go off when the test says that time passes, and not before. */
export async function withTimeStopped(
  work: (pass: (ms: number) => void) => Promise<void>,
): Promise<void> {
  jest.useFakeTimers()
  try {
    await work((ms) => void jest.advanceTimersByTime(ms))
  } finally {
    jest.useRealTimers()
  }
}

/** How many requests came on each connection that was used for any. */
export function requestsOf({ lines }: Vendor): number[] {
  return lines.map(({ requests }) => requests).filter((count) => count > 0)
}

/**
 * Waits until nearly all of them were collected, and says how many are still held. The collector takes its time, and
 * may take some words on the stack for references.
 */
export async function heldOf(some: readonly WeakRef<object>[]): Promise<number> {
  const held = (): number => some.filter((each) => each.deref() !== undefined).length
  for (let tries = 0; tries < 40 && held() >= some.length / 4; tries += 1) {
    await Bun.sleep(10)
    Bun.gc(true)
  }
  return held()
}
