import { hash } from './chance.ts'

/** Grams of this many characters: long enough to tell words, short enough to forgive their endings. */
const gramLengths = [3, 4] as const

/**
 * A vector of unit length: character n-grams of the text, hashed to places and signs. Texts that share
 * many n-grams are near each other; the same text always has the same vector.
 */
export function embed(text: string, dimensions: number, seed: number): Float32Array {
  const sums = new Float64Array(dimensions)
  const letters = [...` ${text.toLowerCase().replaceAll(/\s+/g, ' ').trim()} `]
  for (const length of gramLengths) {
    for (let start = 0; start + length <= letters.length; start += 1) {
      add(sums, hash(seed, letters.slice(start, start + length).join('')))
    }
  }
  if (sums.every((value) => value === 0)) add(sums, hash(seed, text))
  const norm = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0))
  return Float32Array.from(sums, (value) => value / norm)
}

function add(sums: Float64Array, place: number): void {
  const index = (place >>> 1) % sums.length
  sums[index] = (sums[index] ?? 0) + (place & 1 ? 1 : -1)
}
