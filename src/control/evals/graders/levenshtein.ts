import { type GraderKind, noVerdict } from '../grader.ts'
import { nothingWanted, textOf, wantedOf } from './wanted.ts'

/** Cells of the table of distances: a second's work, and two texts of 7,000 characters. */
const cellsMax = 50_000_000

/**
 * One less the share of characters that have to be put in, taken out or exchanged. With `max_distance` it is
 * 1 or 0: whether so many changes are enough.
 */
export const levenshtein: GraderKind = {
  says: 'how few characters have to change to make it the expected answer',
  threshold: 0.8,
  make: (options) => {
    const wanted = wantedOf(options)
    const most = options.number('max_distance')
    return () => (input) => {
      const expected = wanted(input)
      if (expected === undefined) return noVerdict(nothingWanted)
      const one = [...(input.answer.text ?? '')]
      const other = [...textOf(expected)]
      if (one.length * other.length > cellsMax)
        return noVerdict('Both texts are too long to be compared letter by letter.')
      const distance = distanceOf(one, other)
      const longer = Math.max(one.length, other.length)
      const why = `${distance} of ${longer} characters have to change.`
      if (most !== undefined) return { score: distance <= most ? 1 : 0, why }
      return { score: longer === 0 ? 1 : 1 - distance / longer, why }
    }
  },
}

function distanceOf(one: readonly string[], other: readonly string[]): number {
  let row = Uint32Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let line = 1; line <= one.length; line += 1) {
    const next = new Uint32Array(other.length + 1)
    next[0] = line
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[line - 1] === other[column - 1]
      next[column] = Math.min(
        row[column]! + 1,
        next[column - 1]! + 1,
        row[column - 1]! + (same ? 0 : 1),
      )
    }
    row = next
  }
  return row[other.length]!
}
