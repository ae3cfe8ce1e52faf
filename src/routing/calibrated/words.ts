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

/** A bag has at most the words, pairs and facts of a prompt and of its answer. */
const placesMost = 2 * (wordsFirst + wordsLast + answerWords) + 8
/** Words that are hashed at once: a text of nothing but signs has a word in each character. */
const hashesMost = Math.max(wordsFirst + wordsLast, answerWords)

/**
 * Not for two threads at once: it keeps lists to find repeats without sorting, and so that a decision about
 * a call allocates nothing but its bag.
 */
export class Words {
  readonly #seen = new Int32Array(dimension)
  readonly #places = new Int32Array(placesMost)
  readonly #hashes = new Int32Array(hashesMost)
  #bag = 0
  #count = 0

  /** The distinct places of a prompt, and of its answer when there is one. */
  bagOf(prompt: string, answer: string | null): Int32Array {
    this.#begin()
    const { length } = prompt
    if (length <= charactersFirst + charactersLast) this.#addEnds(prompt)
    else {
      this.#addWords(prompt, 0, charactersFirst, wordsFirst, seedOfPrompt)
      const from = backBy(prompt, length - charactersLast, length, wordsLast)
      this.#addWords(prompt, from, length, wordsLast, seedOfPrompt)
    }
    this.#addFacts(prompt, 1)
    if (answer !== null) this.#addAnswer(answer)
    return this.#places.slice(0, this.#count)
  }

  /** The same as `bagOf` of both, from the prompt's own places. */
  withAnswer(prompt: Int32Array, answer: string): Int32Array {
    this.#begin()
    for (let index = 0; index < prompt.length; index += 1) this.#add(prompt[index]!)
    this.#addAnswer(answer)
    return this.#places.slice(0, this.#count)
  }

  #begin(): void {
    this.#bag += 1
    this.#count = 0
  }

  #addAnswer(answer: string): void {
    const { length } = answer
    const from = backBy(answer, Math.max(0, length - answerCharacters), length, answerWords)
    this.#addWords(answer, from, length, answerWords, seedOfAnswer)
    this.#addFacts(answer, 2)
  }

  /** All words of a prompt that has few, of any other those at its ends: what is between is not hashed. */
  #addEnds(prompt: string): void {
    const { length } = prompt
    const last = backBy(prompt, 0, length, wordsLast)
    const first = this.#hash(prompt, 0, length, wordsFirst)
    if (last <= afterSpace(prompt, this.#end)) {
      this.#addWords(prompt, 0, length, wordsFirst + wordsLast, seedOfPrompt)
      return
    }
    this.#addPairs(first, seedOfPrompt)
    this.#addWords(prompt, last, length, wordsLast, seedOfPrompt)
  }

  #addWords(text: string, from: number, to: number, most: number, seed: number): void {
    this.#addPairs(this.#hash(text, from, to, most), seed)
  }

  #addPairs(count: number, seed: number): void {
    let before = 0
    for (let index = 0; index < count; index += 1) {
      const hash = this.#hashes[index]!
      this.#add(mixed(hash, seed))
      if (index > 0) this.#add(mixed(hash ^ Math.imul(before, 0x9e3779b1), seed))
      before = hash
    }
  }

  /** Where the last word ended that was hashed. */
  #end = 0

  /**
   * The hash of each word of letters, number, and other sign; case does not count.
   * @returns how many there are, `most` at most
   */
  #hash(text: string, from: number, to: number, most: number): number {
    let count = 0
    let hash = 0
    let kind = 0
    for (let at = from; at < to; at += 1) {
      let code = text.charCodeAt(at)
      if (code >= 0x41 && code <= 0x5a) code += 0x20
      const now = kindOf(code)
      if (kind !== 0 && (now !== kind || now === 3)) {
        this.#hashes[count] = hash
        count += 1
        kind = 0
        if (count === most) {
          this.#end = at
          return count
        }
      }
      if (now === 0) continue
      if (kind === 0) hash = 0x811c9dc5
      kind = now
      hash = Math.imul(hash ^ code, 0x01000193)
    }
    if (kind !== 0) {
      this.#hashes[count] = hash
      count += 1
    }
    this.#end = to
    return count
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
    this.#addFact(0, kind, Math.floor(2 * Math.log2(text.length + 1)))
    this.#addFact(1, kind, Math.min(20, digits >> 2))
    this.#addFact(2, kind, Math.min(20, slashes >> 2))
    this.#addFact(3, kind, Math.min(20, Math.floor(lines / 3)))
  }

  #addFact(index: number, kind: number, fact: number): void {
    this.#add(mixed(fact + 1_000 * (index + 10 * kind), seedOfFacts))
  }

  #add(hash: number): void {
    const place = hash & (dimension - 1)
    if (this.#seen[place] === this.#bag) return
    this.#seen[place] = this.#bag
    this.#places[this.#count] = place
    this.#count += 1
  }
}

/** Where the last `count` words between two places begin; where the text begins when there are fewer. */
function backBy(text: string, from: number, to: number, count: number): number {
  let words = 0
  let kind = 0
  for (let at = to - 1; at >= from; at -= 1) {
    const now = foldedKind(text, at)
    if (now !== 0 && (now !== kind || now === 3)) {
      if (words === count) return at + 1
      words += 1
    }
    kind = now
  }
  return from
}

function afterSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && foldedKind(text, at) === 0) at += 1
  return at
}

function foldedKind(text: string, at: number): 0 | 1 | 2 | 3 {
  const code = text.charCodeAt(at)
  return kindOf(code >= 0x41 && code <= 0x5a ? code + 0x20 : code)
}

/** The hash of one word. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) {
    let code = word.charCodeAt(at)
    if (code >= 0x41 && code <= 0x5a) code += 0x20
    hash = Math.imul(hash ^ code, 0x01000193)
  }
  return hash
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
    const hash = hashOf(token)
    const own = { text: token, place: mixed(hash, seedOfPrompt) & (dimension - 1) }
    const before = all[index - 1]
    if (before === undefined) return [own]
    const last = hashOf(before)
    const pair = mixed(hash ^ Math.imul(last, 0x9e3779b1), seedOfPrompt) & (dimension - 1)
    return [own, { text: `${before} ${token}`, place: pair }]
  })
}
