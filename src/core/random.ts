/** Chance from a seed: the same seed gives the same numbers. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
}

export const systemRandom: Random = { next: () => Math.random() }

/**
 * SplitMix64's little brother for 32 bits: passes practRand to 1 GB, three multiplications a number.
 * @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md (splitmix32)
 */
export function seeded(seed: number): Random {
  let state = seed | 0
  return {
    next: () => {
      state = (state + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
    },
  }
}

/**
 * The same text gives the same number in [0, 1): for sticky shares.
 * FNV-1a, then one round of mixing, because FNV alone leaves short keys close together.
 */
export function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return seeded(hash).next()
}
