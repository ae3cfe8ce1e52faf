/**
 * Tests hypotheses in an order that was fixed before the data were seen, each at the full level, and
 * stops at the first that is not rejected. The chance of any false rejection is `level` at most, however many
 * there are. It fails when the order was chosen with the data that the p-values are from.
 * @param pValueAt  asked only as far as the walk goes
 * @returns how many were rejected, counted from the first
 * @see Maurer, Hothorn and Lehmacher (1995); Angelopoulos et al., 'Learn then Test' (2021), section 2.3
 */
export function fixedSequence(
  count: number,
  pValueAt: (index: number) => number,
  level: number,
): number {
  for (let index = 0; index < count; index += 1) {
    if (pValueAt(index) > level) return index
  }
  return count
}

/**
 * Holm's procedure: which of several hypotheses, in no order, are rejected when the chance of any false
 * rejection is to be `level` at most. Holds under any dependence.
 * @see Holm, 'A Simple Sequentially Rejective Multiple Test Procedure' (1979)
 */
export function holm(pValues: readonly number[], level: number): readonly boolean[] {
  const order = pValues.map((_, index) => index).toSorted((a, b) => pValues[a]! - pValues[b]!)
  const passed = fixedSequence(
    order.length,
    (place) => pValues[order[place]!]! * (order.length - place),
    level,
  )
  const rejected = new Set(order.slice(0, passed))
  return pValues.map((_, index) => rejected.has(index))
}
