/**
 * Splits a whole amount over weights so that the parts add up to it exactly: each part rounded down, what
 * is left goes to the largest remainders, and among equal ones in the order of their names.
 * @param total  at least 0
 * @param weights  at least 0, and one of them above
 * @throws RangeError when there is nothing to split by
 */
export function apportion(
  total: bigint,
  weights: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, bigint> {
  let all = 0n
  for (const weight of weights.values()) {
    if (weight < 0n) throw new RangeError('A weight cannot be negative.')
    all += weight
  }
  if (all === 0n) throw new RangeError('An amount cannot be split over weights that are all zero.')
  const names = [...weights.keys()].toSorted()
  const parts = names.map((name) => {
    const share = total * weights.get(name)!
    return { name, part: share / all, rest: share % all }
  })
  let left = total - parts.reduce((sum, { part }) => sum + part, 0n)
  const byRest = parts.toSorted((a, b) => (a.rest === b.rest ? 0 : a.rest > b.rest ? -1 : 1))
  for (const each of byRest) {
    if (left === 0n) break
    each.part += 1n
    left -= 1n
  }
  const byName = new Map(parts.map(({ name, part }) => [name, part]))
  return new Map([...weights.keys()].map((name) => [name, byName.get(name)!]))
}
