/** Names come from callers: a map that is smaller than this is left as it is. */
const keptAnyway = 1_000
/** Two looks for each new entry outrun whoever makes up names, at a constant price. */
const looks = 2

/**
 * Makes room in a map of counters before an entry is added: of those that were looked at longest ago,
 * the ones at rest are forgotten, because a new one in their place would say the same. So the map is
 * as large as what is alive in it, and no limit is forgotten while it binds.
 */
export function sweep<Counter>(
  counters: Map<string, Counter>,
  isAtRest: (counter: Counter) => boolean,
): void {
  if (counters.size < keptAnyway) return
  let looked = 0
  for (const [name, counter] of counters) {
    counters.delete(name)
    if (!isAtRest(counter)) counters.set(name, counter)
    looked += 1
    if (looked === looks) return
  }
}
