import type { DroppedPayload, Payload } from '../ports.ts'
import { PayloadPack } from './payload-pack.ts'
import type { LaneTick } from './protocol.ts'

/** Dropped payloads that are noted by name, of one tick. */
const namedMax = 1000
/** A long text is sent as it is: to clone it is one copy, and to pack it three. */
const largeBytes = 262_144

/** Payloads on their way from a thread that serves to the ledger's. */
export class PayloadQueue {
  readonly #bytesMax: number
  readonly #pack = new PayloadPack()
  #large: Payload[] = []
  /** Bytes of each in the pack, and of each large one. */
  #packed: number[] = []
  #apart: number[] = []
  /** Sent, and not dealt with yet. */
  #sent: number[] = []
  #waitingBytes = 0
  #dropped = 0
  #named: DroppedPayload[] = []

  /** @param bytesMax  of payloads that may wait, here and on the way */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Since the last tick. */
  get dropped(): number {
    return this.#dropped
  }

  /** Sent, and not dealt with yet. */
  get underWay(): number {
    return this.#sent.length
  }

  /** Dropped, and counted, when too much waits already. */
  keep(payload: Payload): void {
    const bytes = bytesOf(payload)
    if (this.#waitingBytes + bytes > this.#bytesMax) return this.drop(payload)
    this.#waitingBytes += bytes
    if (bytes > largeBytes) {
      this.#apart.push(bytes)
      this.#large.push(payload)
    } else {
      this.#packed.push(bytes)
      this.#pack.add(payload)
    }
  }

  drop({ callId, attempt, at }: Payload): void {
    this.#dropped += 1
    if (this.#named.length < namedMax) this.#named.push({ callId, attempt, at })
  }

  /** What is to be sent now. */
  take(): Pick<LaneTick, 'packed' | 'large' | 'dropped' | 'named'> {
    // In the order in which `unpacked` gives them.
    for (const bytes of this.#packed) this.#sent.push(bytes)
    for (const bytes of this.#apart) this.#sent.push(bytes)
    const [large, dropped, named] = [this.#large, this.#dropped, this.#named]
    this.#large = []
    this.#packed = []
    this.#apart = []
    this.#dropped = 0
    this.#named = []
    return { packed: this.#pack.take(), large, dropped, named }
  }

  /** So many of those that were sent first were dealt with. */
  taken(count: number): void {
    for (const bytes of this.#sent.splice(0, count)) this.#waitingBytes -= bytes
  }

  /** The ledger's thread has died: what was on the way is lost with it. */
  lost(): void {
    this.#dropped += this.#sent.length
    this.taken(this.#sent.length)
  }
}

/** Of UTF-16 text at its widest; Latin text takes half. */
function bytesOf({ request, answer }: Payload): number {
  return 2 * ((request?.length ?? 0) + (answer?.length ?? 0)) + 200
}
