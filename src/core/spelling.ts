/**
 * What was probably meant: the known name that fewest strokes turn the written one into.
 * @returns null when none is near: more than a third of the letters, or more than three, would change
 */
export function nearest(written: string, known: Iterable<string>): string | null {
  const from = written.toLowerCase()
  let best: string | null = null
  let bestStrokes = Math.min(3, Math.floor(Math.max(from.length, 2) / 3) + 1) + 1
  for (const name of known) {
    if (Math.abs(name.length - from.length) >= bestStrokes || name === written) continue
    const needed = strokes(from, name.toLowerCase())
    if (needed < bestStrokes) {
      best = name
      bestStrokes = needed
    }
  }
  return best
}

/** ' Did you mean budget?', or nothing when no known name is near. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const meant = nearest(written, known)
  return meant === null ? '' : ` Did you mean ${meant}?`
}

/** Letters put in, taken out, exchanged, or swapped with their neighbour (optimal string alignment). */
function strokes(from: string, to: string): number {
  let older: number[] = []
  let old = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      let least = Math.min(
        old[column]! + 1,
        next[column - 1]! + 1,
        old[column - 1]! + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (row > 1 && column > 1 && swapped) least = Math.min(least, older[column - 2]! + 1)
      next.push(least)
    }
    older = old
    old = next
  }
  return old[to.length]!
}
