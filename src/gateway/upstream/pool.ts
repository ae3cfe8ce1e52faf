import { Connection, type ConnectionOptions } from './connection.ts'
import { Turns } from './turns.ts'

/** Shorter than what common servers keep idle connections (nginx 75 s, Node 5 s says so in a header). */
const idleMs = 30_000
const sweepMs = 5_000
/** A server that says how long it waits is left this much sooner. */
const marginMs = 1_000
/**
 * Of one origin. What a burst opened beyond this is closed when it becomes free. As many as there are calls at
 * once on a busy gateway: they end and begin in bunches, and what is closed in between has to be opened anew.
 */
export const idleMax = 2_048

/** Connections by origin; the one that was used last is used first, so that the others can end. */
export class Pool {
  readonly #options: ConnectionOptions
  readonly #idle = new Map<string, Connection[]>()
  readonly #sweeper: ReturnType<typeof setInterval>
  /**
   * What the other side of a kept connection has sent in the meantime, or that it has closed it, may lie in
   * the kernel unread while the loop is busy: whoever sends now would take that for the answer to this
   * request. So whoever takes one lets the loop look at its sockets first, and sees whether it is usable still.
   */
  readonly turns = new Turns()
  #closed = false

  constructor(options: ConnectionOptions = {}) {
    this.#options = options
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs)
    this.#sweeper.unref()
  }

  /** How many connections wait for a request. */
  get idle(): number {
    let count = 0
    for (const idle of this.#idle.values()) count += idle.length
    return count
  }

  /** A connection that is there; null when one has to be made. */
  take(origin: string): Connection | null {
    const idle = this.#idle.get(origin)
    if (idle === undefined) return null
    const nowMs = performance.now()
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.usable && !isStale(connection, nowMs)) return connection
      connection.close()
    }
    return null
  }

  make(origin: string): Connection {
    return new Connection(origin, (connection) => this.#freed(connection), this.#options)
  }

  /** Closes what is idle of one origin. */
  drop(origin: string): void {
    for (const each of this.#idle.get(origin)?.slice() ?? []) each.close()
  }

  /** Closes what is idle now, and the others when they become so. */
  close(): void {
    this.#closed = true
    clearInterval(this.#sweeper)
    for (const idle of this.#idle.values()) for (const each of idle.slice()) each.close()
  }

  #freed(connection: Connection): void {
    const idle = this.#idle.get(connection.origin)
    if (connection.closed) {
      const place = idle?.indexOf(connection) ?? -1
      if (place !== -1) idle!.splice(place, 1)
      return
    }
    if (this.#closed || (idle?.length ?? 0) >= idleMax) return connection.close()
    connection.idleSinceMs = performance.now()
    if (idle === undefined) this.#idle.set(connection.origin, [connection])
    else idle.push(connection)
  }

  #sweep(): void {
    const nowMs = performance.now()
    for (const [origin, idle] of this.#idle) {
      // A connection that closes leaves the list.
      for (const connection of idle.slice()) if (isStale(connection, nowMs)) connection.close()
      if (idle.length === 0) this.#idle.delete(origin)
    }
  }
}

function isStale({ idleSinceMs, idleLimitMs }: Connection, nowMs: number): boolean {
  return nowMs - idleSinceMs > Math.min(idleMs, idleLimitMs - marginMs)
}
