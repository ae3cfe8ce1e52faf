/**
 * A frame is the length of its text in bytes (u32, little-endian), the CRC-32 of those bytes (u32),
 * and the text, which is JSON.
 *
 * A text is shorter than 16 MiB, so the highest byte of its length is zero. JSON text holds no zero
 * byte: U+0000 is always escaped. So the head of a frame is never found inside a text, and a reader
 * that lost its way finds the next whole frame for certain.
 */
export const headBytes = 8
export const textBytesMax = 0xff_ff_ff

/** Bytes that frames are put into, one after the other, and that are written in one go. */
export class Block {
  readonly bytes: Buffer
  used = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  /** False when the frame has no room here; the block is as it was. */
  add(text: string): boolean {
    const start = this.used + headBytes
    const room = this.bytes.length - start
    // A UTF-16 unit takes three bytes at most; counting them is left to the last few frames.
    if (text.length * 3 > room && Buffer.byteLength(text) > room) return false
    const length = this.bytes.write(text, start)
    this.bytes.writeUInt32LE(length, this.used)
    // Of a text it is that of its bytes in UTF-8.
    this.bytes.writeUInt32LE(Bun.hash.crc32(text), this.used + 4)
    this.used = start + length
    return true
  }
}

/** A frame's text and where it ends; `open` when its end is not there yet; else there is none. */
export type Found = { readonly text: string; readonly end: number } | 'open' | 'none'

/** The frame that begins at `at`, of bytes that end at `end`. */
export function frameAt(bytes: Buffer, at: number, end: number): Found {
  const ends = frameEnd(bytes, at, end)
  if (typeof ends !== 'number') return ends
  return { text: bytes.toString('utf8', at + headBytes, ends), end: ends }
}

/** The same, for whoever may not need its text: where it ends. */
export function frameEnd(bytes: Buffer, at: number, end: number): number | 'open' | 'none' {
  if (at + headBytes > end) return 'open'
  const length = bytes.readUInt32LE(at)
  // The shortest text is '[]'. Bytes of zero, which a file may end with after a power cut, are none.
  if (length < 2 || length > textBytesMax) return 'none'
  const start = at + headBytes
  if (start + length > end) return 'open'
  const crc = bytes.readUInt32LE(at + 4)
  if (Bun.hash.crc32(bytes.subarray(start, start + length)) !== crc) return 'none'
  return start + length
}

/** Where the first whole frame at or after `from` begins; -1 when there is none before `end`. */
export function nextFrame(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + headBytes + 2 <= end; at += 1) {
    // A length ends in a byte of zero, which no text holds: few places are looked at twice.
    if (bytes[at + 3] !== 0 || bytes[at + headBytes] !== openBracket) continue
    if (typeof frameAt(bytes, at, end) === 'object') return at
  }
  return -1
}

const openBracket = 0x5b
