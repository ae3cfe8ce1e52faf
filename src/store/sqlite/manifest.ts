import { pieceMin } from './cut.ts'
import { unpacked } from './pack.ts'

/**
 * What a request is made of: its pieces in their order. A short one stands in the manifest itself, after
 * its length in bytes (u32, little-endian); for a long one stand 2^32 - 1 and its hash.
 */
export interface ManifestPart {
  readonly isHash: boolean
  /** The piece, or its hash. */
  readonly bytes: Buffer
}

/** Half a SHA-256: who finds two texts of one hash, to see another's words, has done 2^64 work. */
const hashBytes = 16
const byHash = 0xff_ff_ff_ff

export function hashOf(piece: string): Buffer {
  return new Bun.CryptoHasher('sha256').update(piece).digest().subarray(0, hashBytes)
}

export function manifestOf(parts: readonly ManifestPart[]): Buffer {
  const manifest = Buffer.allocUnsafe(parts.reduce((sum, { bytes }) => sum + 4 + bytes.length, 0))
  let at = 0
  for (const { isHash, bytes } of parts) {
    at = manifest.writeUInt32LE(isHash ? byHash : bytes.length, at)
    at += bytes.copy(manifest, at)
  }
  return manifest
}

/** The same of one piece that is shorter than `pieceMin`. @returns bytes that are good until the next time */
export function manifestOfOne(piece: string): Buffer {
  const length = ofOne.write(piece, 4)
  ofOne.writeUInt32LE(length)
  return ofOne.subarray(0, 4 + length)
}

/** Three bytes for a UTF-16 unit at most. */
const ofOne = Buffer.allocUnsafeSlow(4 + 3 * pieceMin)

/** @param stored  as it lies in the file, compressed or not */
export function* partsOf(stored: Uint8Array): Generator<ManifestPart> {
  const manifest = unpacked(stored)
  for (let at = 0; at < manifest.length;) {
    const length = manifest.readUInt32LE(at)
    const end = at + 4 + (length === byHash ? hashBytes : length)
    yield { isHash: length === byHash, bytes: manifest.subarray(at + 4, end) }
    at = end
  }
}

/** In hex, the hashes of its long pieces. */
export function* hashesIn(stored: Uint8Array): Generator<string> {
  for (const { isHash, bytes } of partsOf(stored)) if (isHash) yield bytes.toString('hex')
}
