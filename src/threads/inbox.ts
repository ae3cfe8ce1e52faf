import type { Payload } from '../store/ports.ts'
import { unpacked } from '../store/thread/payload-pack.ts'
import type { LaneTick, Taken } from '../store/thread/protocol.ts'

/** Payloads that are kept in one transaction, and the characters after which it ends. */
const keepCount = 600
const keepText = 500_000

type Sent = Pick<LaneTick, 'packed' | 'large'>

/**
 * Payloads that one of the threads sent, in their order. They are unpacked when their turn comes: a text
 * that waits as an object outlives a collection of garbage, and is cold when it is written.
 */
export class Inbox {
  /** The thread that sent them is to know that they were dealt with. */
  readonly tell: (taken: Taken) => void
  readonly #first: Payload[] = []
  readonly #behind: Sent[] = []
  /** Of all that waits, in characters; bytes where they are not unpacked yet. */
  #waiting = 0

  constructor(tell: (taken: Taken) => void) {
    this.tell = tell
  }

  add({ packed, large }: Sent): void {
    if (packed === null && large.length === 0) return
    this.#behind.push({ packed, large })
    this.#waiting += bytesOf(packed) + textOf(large)
  }

  get isEmpty(): boolean {
    return this.#first.length === 0 && this.#behind.length === 0
  }

  /** A transaction's worth waits: there is nothing to wait for. */
  get isFull(): boolean {
    return this.#first.length >= keepCount || this.#waiting >= keepText
  }

  /** Takes out those of the next transaction. */
  next(): readonly Payload[] {
    const first = this.#first
    while (first.length < keepCount) {
      const sent = this.#behind.shift()
      if (sent === undefined) break
      const fresh = unpacked(sent.packed)
      this.#waiting += textOf(fresh) - bytesOf(sent.packed)
      for (const payload of fresh) first.push(payload)
      for (const payload of sent.large) first.push(payload)
    }
    const taken = first.splice(0, batchOf(first))
    this.#waiting -= textOf(taken)
    return taken
  }
}

function bytesOf(packed: Sent['packed']): number {
  return packed === null ? 0 : packed.length
}

function textOf(payloads: readonly Payload[]): number {
  let text = 0
  for (const { request, answer } of payloads) text += (request?.length ?? 0) + (answer?.length ?? 0)
  return text
}

/** How many of the payloads go into one transaction. */
function batchOf(payloads: readonly Payload[]): number {
  let text = 0
  for (let count = 0; count < payloads.length && count < keepCount; count += 1) {
    const { request, answer } = payloads[count]!
    text += (request?.length ?? 0) + (answer?.length ?? 0)
    if (text > keepText) return count + 1
  }
  return Math.min(payloads.length, keepCount)
}
