/** A run of words that both have, or that one of them has. */
export interface Run {
  readonly kind: 'same' | 'missing' | 'added'
  readonly text: string
}

/** Words of either text; the table of longer ones would take the square of it. */
const wordsMax = 400

/** What of the expected text is missing in the found one, and what was added; null for texts that are too long. */
export function wordsDiff(expected: string, found: string): readonly Run[] | null {
  const one = pieces(expected)
  const other = pieces(found)
  if (one.length > wordsMax || other.length > wordsMax) return null
  const width = other.length + 1
  const lengths = new Uint16Array((one.length + 1) * width)
  for (let row = one.length - 1; row >= 0; row -= 1)
    for (let column = other.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        one[row] === other[column]
          ? lengths[(row + 1) * width + column + 1]! + 1
          : Math.max(lengths[(row + 1) * width + column]!, lengths[row * width + column + 1]!)
  const runs: Run[] = []
  const add = (kind: Run['kind'], text: string): void => {
    const last = runs.at(-1)
    if (last?.kind === kind) runs[runs.length - 1] = { kind, text: last.text + text }
    else runs.push({ kind, text })
  }
  let row = 0
  let column = 0
  while (row < one.length || column < other.length) {
    if (row < one.length && column < other.length && one[row] === other[column]) {
      add('same', one[row]!)
      row += 1
      column += 1
    } else if (
      column >= other.length ||
      (row < one.length &&
        lengths[(row + 1) * width + column]! >= lengths[row * width + column + 1]!)
    ) {
      add('missing', one[row]!)
      row += 1
    } else {
      add('added', other[column]!)
      column += 1
    }
  }
  return runs
}

/** Words and what stands between them. */
function pieces(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}
