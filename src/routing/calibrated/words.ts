/**
 * Words and word pairs of a text as places in a table of weights: the hashing trick.
 * @see Weinberger et al., 'Feature Hashing for Large Scale Multitask Learning' (2009)
 */

/** Places in the table; a power of two. Twice as many changed no saving on our tables by more than noise. */
export const dimension = 1 << 15

/** The words of a prompt that count: instructions stand in front, the question at the end. */
const wordsFirst = 60
const wordsLast = 160
/** The same in characters, so that a prompt of a megabyte is not read through. */
const charactersFirst = 1_000
const charactersLast = 3_000
/** Of an answer the end counts, where it says what it came to. */
const answerWords = 80
const answerCharacters = 1_200

const seedOfPrompt = 0x811c9dc5
const seedOfAnswer = 0x01234567
const seedOfFacts = 0x5bd1e995

/** Not for two threads at once: it keeps one list of places to find repeats without sorting. */
export class Words {
  readonly #seen = new Int32Array(dimension)
  #bag = 0
  #places: number[] = []

  /** The distinct places of a prompt, and of its answer when there is one. */
  bagOf(prompt: string, answer: string | null): Int32Array {
    this.#bag += 1
    this.#places = []
    if (prompt.length <= charactersFirst + charactersLast) {
      this.#addEnds(hashesOf(prompt))
    } else {
      const first = hashesOf(prompt.slice(0, charactersFirst)).slice(0, wordsFirst)
      this.#addPairs(first, seedOfPrompt)
      this.#addPairs(hashesOf(prompt.slice(-charactersLast)).slice(-wordsLast), seedOfPrompt)
    }
    this.#addFacts(prompt, 1)
    if (answer !== null) this.#addAnswer(answer)
    return Int32Array.from(this.#places)
  }

  /** The same as `bagOf` of both, from the prompt's own places. */
  withAnswer(prompt: Int32Array, answer: string): Int32Array {
    this.#bag += 1
    this.#places = [...prompt]
    for (const place of prompt) this.#seen[place] = this.#bag
    this.#addAnswer(answer)
    return Int32Array.from(this.#places)
  }

  #addAnswer(answer: string): void {
    this.#addPairs(hashesOf(answer.slice(-answerCharacters)).slice(-answerWords), seedOfAnswer)
    this.#addFacts(answer, 2)
  }

  #addEnds(hashes: readonly number[]): void {
    if (hashes.length <= wordsFirst + wordsLast) return this.#addPairs(hashes, seedOfPrompt)
    this.#addPairs(hashes.slice(0, wordsFirst), seedOfPrompt)
    this.#addPairs(hashes.slice(-wordsLast), seedOfPrompt)
  }

  #addPairs(hashes: readonly number[], seed: number): void {
    let before = 0
    for (const [index, hash] of hashes.entries()) {
      this.#add(mixed(hash, seed))
      if (index > 0) this.#add(mixed(hash ^ Math.imul(before, 0x9e3779b1), seed))
      before = hash
    }
  }

  /** Length, digits, backslashes and lines in buckets: what kind of text it is, whatever its words. */
  #addFacts(text: string, kind: number): void {
    let digits = 0
    let slashes = 0
    let lines = 0
    const end = Math.min(text.length, charactersFirst + charactersLast)
    for (let at = 0; at < end; at += 1) {
      const code = text.charCodeAt(at)
      if (code >= 0x30 && code <= 0x39) digits += 1
      else if (code === 0x5c) slashes += 1
      else if (code === 0x0a) lines += 1
    }
    const facts = [
      Math.floor(2 * Math.log2(text.length + 1)),
      Math.min(20, digits >> 2),
      Math.min(20, slashes >> 2),
      Math.min(20, Math.floor(lines / 3)),
    ]
    for (const [index, fact] of facts.entries())
      this.#add(mixed(fact + 1_000 * (index + 10 * kind), seedOfFacts))
  }

  #add(hash: number): void {
    const place = hash & (dimension - 1)
    if (this.#seen[place] === this.#bag) return
    this.#seen[place] = this.#bag
    this.#places.push(place)
  }
}

/** The hash of each word of letters, number, and other sign; case does not count. */
function hashesOf(text: string): number[] {
  const hashes: number[] = []
  let hash = 0
  let kind = 0
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at)
    if (code >= 0x41 && code <= 0x5a) code += 0x20
    const now = kindOf(code)
    if (kind !== 0 && (now !== kind || now === 3)) {
      hashes.push(hash)
      kind = 0
    }
    if (now === 0) continue
    if (kind === 0) hash = 0x811c9dc5
    kind = now
    hash = Math.imul(hash ^ code, 0x01000193)
  }
  if (kind !== 0) hashes.push(hash)
  return hashes
}

/** 0: space. 1: letter, of any script. 2: digit. 3: another sign. */
function kindOf(code: number): 0 | 1 | 2 | 3 {
  if (code <= 0x20 || code === 0xa0) return 0
  if ((code >= 0x61 && code <= 0x7a) || code >= 0xc0) return 1
  return code >= 0x30 && code <= 0x39 ? 2 : 3
}

function mixed(hash: number, seed: number): number {
  let value = Math.imul(hash ^ seed, 0x21f0aaad)
  value ^= value >>> 15
  value = Math.imul(value, 0x735a2d97)
  return value ^ (value >>> 15)
}

/** The words and pairs of a prompt as text with the places they have, for explanations. */
export function wordsWithPlaces(
  prompt: string,
): { readonly text: string; readonly place: number }[] {
  const tokens = prompt
    .slice(-charactersLast)
    .toLowerCase()
    .match(/[a-z\u00c0-\uffff]+|\d+|[^\s]/g)
  if (tokens === null) return []
  return tokens.slice(-wordsLast).flatMap((token, index, all) => {
    const [hash = 0] = hashesOf(token)
    const own = { text: token, place: mixed(hash, seedOfPrompt) & (dimension - 1) }
    const before = all[index - 1]
    if (before === undefined) return [own]
    const [last = 0] = hashesOf(before)
    const pair = mixed(hash ^ Math.imul(last, 0x9e3779b1), seedOfPrompt) & (dimension - 1)
    return [own, { text: `${before} ${token}`, place: pair }]
  })
}
