import { truncateSync } from 'node:fs'
import type { Cursor, JournalFault } from '../entry.ts'
import { JournalReader } from './reader.ts'
import { laneOf } from '../lanes.ts'
import { segmentNumbers, segmentPath } from './segment.ts'

/**
 * Cuts off what a killed process or a power cut left half written at the end of a lane's last segment.
 * Nobody may write there. Damage with whole frames after it stays, for the reader to report.
 * @returns bytes that were cut
 */
export function cutTornTail(folder: string, lane = 0): number {
  const last = segmentNumbers(folder, lane).at(-1)
  if (last === undefined) return 0
  const torn = tornTail(folder, last)
  if (!torn) return 0
  truncateSync(segmentPath(folder, last), torn.start.offset)
  return torn.bytes
}

function tornTail(folder: string, segment: number): JournalFault | null {
  const reader = new JournalReader(folder, laneOf(segment))
  try {
    let cursor: Cursor = { segment, offset: 0 }
    for (;;) {
      const { next, faults, more } = reader.read(cursor, true)
      const torn = faults.find(({ kind }) => kind === 'torn')
      if (torn) return torn
      if (!more) return null
      cursor = next
    }
  } finally {
    reader.close()
  }
}
