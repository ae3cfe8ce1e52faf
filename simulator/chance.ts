/** Numbers in [0, 1), one after the other. */
export type Chance = () => number

/** A whole number of 32 bits: the same parts give the same number, on every machine. */
export function hash(...parts: readonly (string | number)[]): number {
  return Bun.hash.xxHash32(parts.join('\u0000'))
}

/** The same parts give the same number in [0, 1). */
export function share(...parts: readonly (string | number)[]): number {
  return hash(...parts) / 4_294_967_296
}

/**
 * The same parts give the same row of numbers (mulberry32).
 * @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function chance(...parts: readonly (string | number)[]): Chance {
  let state = hash(...parts)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Chance, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

/** @throws RangeError when there is nothing to choose from */
export function choose<Item>(random: Chance, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('Nothing to choose from.')
  return item
}

/** Letters and digits, as vendors' ids have them. */
export function letters(random: Chance, length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
