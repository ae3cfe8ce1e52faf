import { closeSync } from 'node:fs'
import { hashOf, readLink } from './link.ts'
import { laneOf } from '../lanes.ts'
import { lanesIn, openSegment, readHead, segmentNumbers, segmentPath } from './segment.ts'

export interface ChainFault {
  readonly segment: number
  readonly says: string
}

export interface Chain {
  readonly segments: number
  /** Segments of before there were links. */
  readonly unlinked: number
  readonly faults: readonly ChainFault[]
}

/**
 * Compares each segment of a journal with what the one after it in its lane says of it. The last one
 * has nobody to say anything of it yet: its frames have checksums, and its records stand in the database.
 */
export function verifyChain(folder: string): Chain {
  const lanes = lanesIn(folder).map((lane) => verifyLane(folder, lane))
  return {
    segments: lanes.reduce((sum, { segments }) => sum + segments, 0),
    unlinked: lanes.reduce((sum, each) => sum + each.unlinked, 0),
    faults: lanes.flatMap(({ faults }) => faults),
  }
}

function verifyLane(folder: string, lane: number): Chain {
  const faults: ChainFault[] = []
  let unlinked = 0
  const numbers = segmentNumbers(folder, lane)
  for (const [place, number] of numbers.entries()) {
    const found = linkOf(folder, number)
    if (found === 'gone') continue // retention deleted it as it was looked for
    if (found === 'unlinked') {
      unlinked += 1
      continue
    }
    const before = numbers[place - 1]
    if (found === 'none') {
      // A segment whose head could not be written whole is left empty, and the next one stands for it.
      const next = numbers[place + 1]
      const skipped = next !== undefined && skips(folder, next, number)
      if (!skipped) faults.push({ segment: number, says: 'it does not begin with a link' })
      continue
    }
    if (before === undefined) continue // what it is linked to was deleted when it was old enough
    const { segment, bytes, sha256 } = found
    if (segment !== before && !numbers.slice(0, place).includes(segment)) {
      faults.push({ segment: number, says: `segment ${segment}, which it follows, is gone` })
      continue
    }
    const real = hashOf(folder, segment, bytes)
    // Retention deletes from the front, maybe while this looks.
    if (real === null && segment < (segmentNumbers(folder, laneOf(segment))[0] ?? 0)) continue
    if (real === null)
      faults.push({ segment, says: `it is shorter than the ${bytes} bytes that were written` })
    else if (real.hash.digest('hex') !== sha256)
      faults.push({ segment, says: `it was changed after segment ${number} was begun` })
  }
  return { segments: numbers.length, unlinked, faults }
}

type Linked = NonNullable<ReturnType<typeof readLink>>

function linkOf(folder: string, number: number): Linked | 'none' | 'unlinked' | 'gone' {
  const fd = openSegment(folder, number)
  if (fd === null) return 'gone'
  try {
    const head = readHead(fd, segmentPath(folder, number))
    if (typeof head === 'object' && !head.linked) return 'unlinked'
    if (typeof head !== 'object' || head.number !== number) return 'none'
    return readLink(fd) ?? 'none'
  } finally {
    closeSync(fd)
  }
}

function skips(folder: string, later: number, skipped: number): boolean {
  const link = linkOf(folder, later)
  return typeof link === 'object' && link.segment < skipped
}
