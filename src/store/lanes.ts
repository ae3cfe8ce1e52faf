/**
 * Each thread that serves calls writes a journal of its own: a lane. A lane's number stands in the
 * numbers of its segments, so that a place in the journal is a segment and a byte whatever its lane:
 * lane 0 begins with segment 1, lane 2 with 200,000,001.
 */

/** As many starts and segments of 64 MiB as no lane will ever have. */
const laneSize = 100_000_000
/** The number of a segment has 32 bits in its head. */
export const lanesMax = 32

export function laneOf(segment: number): number {
  return Math.floor(segment / laneSize)
}

/** The place before the first segment of a lane. */
export function laneStart(lane: number): number {
  return lane * laneSize
}
