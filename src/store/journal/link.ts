import { closeSync, readSync } from 'node:fs'
import { headBytes, frameAt } from './frame.ts'
import { openSegment, segmentHeadBytes } from './segment.ts'

/**
 * What the first frame of a segment says of the one before it: as many bytes as were written there,
 * and their SHA-256. Whoever changes a byte of a segment, or takes one away, has to write all that
 * came after it anew.
 */
export interface Link {
  /** The segment before; 0 for the first there ever was. */
  readonly segment: number
  /** What stands behind these is the rest of a write that failed. */
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

export const noSegmentBefore: Link = { segment: 0, bytes: 0, sha256: '' }

const opening = '["p",'

export function encodeLink({ segment, bytes, sha256 }: Link): string {
  return JSON.stringify(['p', segment, bytes, sha256])
}

export function isLink(text: string): boolean {
  return text.startsWith(opening)
}

/** The link that an open segment begins with; null when its first frame is none. */
export function readLink(fd: number): Link | null {
  const bytes = Buffer.alloc(linkBytesMax)
  const read = readSync(fd, bytes, 0, linkBytesMax, segmentHeadBytes)
  const found = frameAt(bytes, 0, read)
  if (typeof found !== 'object' || !isLink(found.text)) return null
  const [, segment, length, sha256] = JSON.parse(found.text) as [string, number, number, string]
  return { segment, bytes: length, sha256 }
}

/** Two numbers of 16 digits, a hash, and what JSON puts around them. */
const linkBytesMax = headBytes + 128

/**
 * The hash of a segment's first bytes, of all of them without `bytes`; null when it is not there or
 * not as long.
 */
export function hashOf(
  folder: string,
  segment: number,
  bytes?: number,
): { readonly hash: Bun.CryptoHasher; readonly bytes: number } | null {
  const fd = openSegment(folder, segment)
  if (fd === null) return null
  try {
    const hash = new Bun.CryptoHasher('sha256')
    const look = Buffer.allocUnsafeSlow(lookBytes)
    let at = 0
    for (;;) {
      const wanted = bytes === undefined ? lookBytes : Math.min(lookBytes, bytes - at)
      const read = wanted === 0 ? 0 : readSync(fd, look, 0, wanted, at)
      if (read === 0) break
      hash.update(look.subarray(0, read))
      at += read
    }
    return bytes !== undefined && at < bytes ? null : { hash, bytes: at }
  } finally {
    closeSync(fd)
  }
}

const lookBytes = 1024 * 1024
