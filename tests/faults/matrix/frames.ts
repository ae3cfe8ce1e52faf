import { crc32 } from 'node:zlib'

export interface SeenFrame {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string
}

const preludeBytes = 12
const checksumBytes = 4

/**
 * The frames of Amazon's event stream, as a client checks them. @throws Error for one that is not whole
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html (read 2026-11-22)
 */
export function framesIn(bytes: Uint8Array): SeenFrame[] {
  const all = Buffer.from(bytes)
  const frames: SeenFrame[] = []
  for (let at = 0; at < all.length;) {
    const length = all.readUInt32BE(at)
    const headLength = all.readUInt32BE(at + 4)
    const end = at + length - checksumBytes
    if (crc32(all.subarray(at, end)) !== all.readUInt32BE(end)) throw new Error('a broken frame')
    const headEnd = at + preludeBytes + headLength
    frames.push({
      headers: headersIn(all.subarray(at + preludeBytes, headEnd)),
      payload: all.toString('utf8', headEnd, end),
    })
    at += length
  }
  return frames
}

/** All of them are texts: a name and its length in a byte, the type 7, a value and its length in two. */
function headersIn(head: Buffer): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at < head.length;) {
    const nameEnd = at + 1 + head[at]!
    const valueAt = nameEnd + 3
    const valueEnd = valueAt + head.readUInt16BE(nameEnd + 1)
    headers[head.toString('utf8', at + 1, nameEnd)] = head.toString('utf8', valueAt, valueEnd)
    at = valueEnd
  }
  return headers
}
