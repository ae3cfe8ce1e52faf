import type { Payload } from '../ports.ts'

/** Kept from one tick to the next, unless a large payload made it grow beyond. */
const usualBytes = 262_144
/** Lengths of what follows: of the facts, of the request and of the answer (u32, little-endian). */
const lengthsBytes = 12
/** In the place of a length: there is none. */
const absent = 0xff_ff_ff_ff
/** What is said of a payload beside its texts. */
type Facts = [Payload['callId'], number, Payload['at'], string, Payload['mode']]

/** What a `PayloadPack` gives: bytes that nobody else holds, so that they may be handed over without a copy. */
export type Pack = Uint8Array<ArrayBuffer>

/**
 * Payloads on their way to another thread, as bytes one behind another. To clone the objects takes the
 * sender longer and keeps their texts alive for a tick.
 */
export class PayloadPack {
  #bytes = Buffer.allocUnsafeSlow(usualBytes)
  #used = 0

  add({ request, answer, callId, attempt, at, dialect, mode }: Payload): void {
    const told = JSON.stringify([callId, attempt, at, dialect, mode] satisfies Facts)
    this.#makeRoom(lengthsBytes + bytesMax(told) + bytesMax(request) + bytesMax(answer))
    const lengths = this.#used
    this.#used += lengthsBytes
    this.#put(told, lengths)
    this.#put(request, lengths + 4)
    this.#put(answer, lengths + 8)
  }

  /** What was added since the last time; null when nothing was. */
  take(): Pack | null {
    if (this.#used === 0) return null
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#used))
    this.#used = 0
    if (this.#bytes.length > 4 * usualBytes) this.#bytes = Buffer.allocUnsafeSlow(usualBytes)
    return taken
  }

  #put(text: string | null, lengthPlace: number): void {
    const length = text === null ? absent : this.#bytes.write(text, this.#used)
    this.#bytes.writeUInt32LE(length, lengthPlace)
    if (length !== absent) this.#used += length
  }

  #makeRoom(bytes: number): void {
    const needed = this.#used + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}

/** Three for a UTF-16 unit at most; in a long text they are counted. */
function bytesMax(text: string | null): number {
  if (text === null) return 0
  return text.length > usualBytes ? Buffer.byteLength(text) : 3 * text.length
}

/** The payloads in a pack, in their order. */
export function unpacked(pack: Pack | null): Payload[] {
  const payloads: Payload[] = []
  if (pack === null) return payloads
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.length)
  for (let at = 0; at < bytes.length;) {
    const facts = at + lengthsBytes
    const request = facts + lengthAt(bytes, at)
    const answer = request + lengthAt(bytes, at + 4)
    const end = answer + lengthAt(bytes, at + 8)
    const told = JSON.parse(bytes.toString('utf8', facts, request)) as Facts
    payloads.push({
      callId: told[0],
      attempt: told[1],
      at: told[2],
      dialect: told[3],
      request: isAbsent(bytes, at + 4) ? null : bytes.toString('utf8', request, answer),
      answer: isAbsent(bytes, at + 8) ? null : bytes.toString('utf8', answer, end),
      mode: told[4],
    })
    at = end
  }
  return payloads
}

function isAbsent(bytes: Buffer, place: number): boolean {
  return bytes.readUInt32LE(place) === absent
}

function lengthAt(bytes: Buffer, place: number): number {
  return isAbsent(bytes, place) ? 0 : bytes.readUInt32LE(place)
}
