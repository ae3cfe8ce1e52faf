import type { Payload, PayloadWriter } from '../ports.ts'
import { PayloadQueue } from './payload-queue.ts'
import { handedOver, type LaneTick, type Taken, tickMs } from './protocol.ts'

const closeMsMax = 2_000

/**
 * The ledger's thread as a further thread that serves calls sees it: what it keeps and writes is told
 * over a port of its own. When the ledger's thread dies the main thread hands it another.
 */
export class LaneClient implements PayloadWriter {
  readonly #payloads: PayloadQueue
  #port: MessagePort | null = null
  #tick: ReturnType<typeof setTimeout> | null = null
  #written = false
  #drained: (() => void) | null = null

  constructor(queueBytesMax: number) {
    this.#payloads = new PayloadQueue(queueBytesMax)
  }

  connect(port: MessagePort): void {
    this.#port?.close()
    this.#port = port
    this.#payloads.lost()
    port.addEventListener('message', ({ data }) => {
      if (port !== this.#port) return
      this.#payloads.taken((data as Taken).count)
      if (this.#payloads.underWay === 0) this.#drained?.()
    })
    port.start()
    // What was written while nobody listened.
    this.wake()
  }

  /** Something was written to the journal. Many such signs become one message. */
  wake(): void {
    this.#written = true
    this.#tickSoon()
  }

  keep(payload: Payload): void {
    this.#payloads.keep(payload)
    this.#tickSoon()
  }

  /** Resolves when all that was given was dealt with, or the ledger's thread takes nothing. */
  async close(): Promise<void> {
    this.#sendTick()
    if (this.#payloads.underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#drained = resolve
      const late = setTimeout(resolve, closeMsMax)
      await promise
      clearTimeout(late)
    }
    this.#port?.close()
    this.#port = null
  }

  #tickSoon(): void {
    this.#tick ??= setTimeout(() => this.#sendTick(), tickMs)
  }

  #sendTick(): void {
    if (this.#tick) clearTimeout(this.#tick)
    this.#tick = null
    if (this.#port === null) return // all of it waits for the next port
    const tick: LaneTick = { type: 'tick', written: this.#written, ...this.#payloads.take() }
    this.#port.postMessage(tick, handedOver(tick))
    this.#written = false
  }
}
