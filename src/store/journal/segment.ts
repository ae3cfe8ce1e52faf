import { openSync, readdirSync, readSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../core/clock.ts'
import { laneOf } from '../lanes.ts'

/**
 * A lane of the journal is a row of files, numbered without a gap. Each begins with a head of 44 bytes: magic
 * (8), format version (u32), number (u32), created at (µs UTC, i64), the process that writes it (16),
 * and the CRC-32 of these 40 bytes. Frames follow to the end. Integers are little-endian.
 */
export interface SegmentHead {
  readonly number: number
  readonly createdAt: Instant
  /** Which process wrote it: 32 hex digits, new at every start. */
  readonly run: string
}

export interface ReadHead extends SegmentHead {
  /** False in a segment of before there were links. */
  readonly linked: boolean
}

export const segmentHeadBytes = 44
/** Goes up when the order or number of fields in a frame changes, or the layout of a frame. */
const formatVersion = 4
/**
 * Version 1 knew nine kinds of usage; the ones that came behind them were used by no call of its time.
 * Version 2 had no links between segments,
 * version 3 no modes, no regions and no reasons why something was saved.
 */
const oldestVersion = 1
/** The first version whose segments begin with a link. */
const linkedVersion = 3

const magic = 'freehold'

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.journal`)
}

/** The lanes that there are, in order. Lane 0 is always there. */
export function lanesIn(folder: string): number[] {
  return [...new Set([0, ...numbersIn(folder).map(laneOf)])].toSorted((left, right) => left - right)
}

/** The numbers of a lane's segments, in order. A folder that is not there has none. */
export function segmentNumbers(folder: string, lane = 0): number[] {
  return numbersIn(folder)
    .filter((number) => laneOf(number) === lane)
    .toSorted((left, right) => left - right)
}

function numbersIn(folder: string): number[] {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names.flatMap((name) => /^(\d{10})\.journal$/.exec(name)?.[1] ?? []).map(Number)
}

export function encodeHead(head: SegmentHead): Buffer {
  const bytes = Buffer.alloc(segmentHeadBytes)
  bytes.write(magic, 0, 'latin1')
  bytes.writeUInt32LE(formatVersion, 8)
  bytes.writeUInt32LE(head.number, 12)
  bytes.writeBigInt64LE(BigInt(head.createdAt), 16)
  bytes.write(head.run, 24, 'hex')
  bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(0, 40)), 40)
  return bytes
}

/**
 * The head of an open segment; `open` while it is not all there, `none` when it is damaged.
 * @throws Error for a segment of a format version that is not read here
 */
export function readHead(fd: number, path: string): ReadHead | 'open' | 'none' {
  const bytes = Buffer.alloc(segmentHeadBytes)
  if (readSync(fd, bytes, 0, segmentHeadBytes, 0) < segmentHeadBytes) return 'open'
  if (Bun.hash.crc32(bytes.subarray(0, 40)) !== bytes.readUInt32LE(40)) return 'none'
  if (bytes.toString('latin1', 0, 8) !== magic) return 'none'
  const version = bytes.readUInt32LE(8)
  if (version < oldestVersion || version > formatVersion) {
    throw new Error(
      `${path} has format ${version} of the journal, and this version of freehold reads ${oldestVersion} to ${formatVersion}.`,
    )
  }
  return {
    number: bytes.readUInt32LE(12),
    createdAt: Number(bytes.readBigInt64LE(16)) as Instant,
    run: bytes.toString('hex', 24, 40),
    linked: version >= linkedVersion,
  }
}

/**
 * Deletes segments of a lane that are no longer needed.
 * @param before  the first one of it that is still needed
 * @param olderThan  what was written to later stays, for whoever wants to look at it
 * @returns how many were deleted
 */
export function pruneSegments(folder: string, before: number, olderThan: Instant): number {
  // The last one stays whatever it holds, so that a new segment gets a number never used before.
  const numbers = segmentNumbers(folder, laneOf(before)).slice(0, -1)
  const old = numbers.filter(
    (number) => number < before && statSync(segmentPath(folder, number)).mtimeMs * 1000 < olderThan,
  )
  for (const number of old) unlinkSync(segmentPath(folder, number))
  return old.length
}

/** Opens a segment for reading; null when it is not there. */
export function openSegment(folder: string, number: number): number | null {
  try {
    return openSync(segmentPath(folder, number), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
