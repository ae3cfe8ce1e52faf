/** A stretch of text that a detector found: `end` is one past its last character. */
export interface Found {
  /** What the placeholder says; null for a stretch that is known to be harmless and is left alone. */
  readonly kind: Kind | null
  readonly start: number
  readonly end: number
}

/** What is masked, by the word in the placeholder: '[email]'. */
export type Kind = 'email' | 'phone' | 'card' | 'iban' | 'ssn' | 'id' | 'ip' | 'secret'

/**
 * Looks whether something stands around the character at `at`, which is one of those that set it
 * off. It never looks before `floor`, where the last find ended: what stood there is a placeholder
 * by then. It looks at a bounded number of characters, or at a run that begins nowhere else, so the
 * time for a text grows with its length and nothing else.
 */
export type Detector = (text: string, at: number, floor: number) => Found | null

/** Classes of characters, as bits: a character may be in several. Beyond these all are in none. */
export const digit = 1
export const upper = 2
const lower = 4
/** The letters that hex digits have besides `digit`. */
const hexLetter = 8
const underscore = 16
const hyphen = 32
const dot = 64
const plus = 128
const slash = 256
const equals = 512
const colon = 1024
const percent = 2048
const tilde = 4096
/** Signs that end a value without quotes. */
const closer = 8192
/** Other visible signs of ASCII, and letters of Latin with marks. */
const other = 16_384
export const han = 32_768
const quote = 65_536
export const backslash = 131_072
const blank = 262_144
/** Letters of Latin with marks, and the marks alone: names of people and of their houses have them. */
export const accented = 524_288

export const letter = upper | lower
/** Letters and digits of ASCII. Anything else ends a word: also Chinese, which puts no spaces. */
export const alnum = digit | letter
export const word = alnum | underscore
export const hex = digit | hexLetter
/** What tokens are made of. */
export const token = word | hyphen
/** Both alphabets of base64, and its padding. */
export const base64 = token | plus | slash | equals
export const pathOfTokens = token | slash
/** RFC 6750's b64token. */
export const credential = base64 | dot | tilde
export const domainLabel = alnum | hyphen | accented
export const localPart = word | hyphen | dot | plus | percent | accented
/** What names of settings and fields are made of. */
export const settingName = token | dot
export const quoteOrBlank = quote | backslash | blank
export const bareValue = credential | colon | percent | other

const classes = new Uint32Array(65_536)
const signs: readonly (readonly [bits: number, from: string, to?: string])[] = [
  [other, '!', '~'],
  [other | accented, '\u00c0', '\u024f'],
  [accented, '\u0300', '\u036f'],
  [han, '\u4e00', '\u9fff'],
  [digit, '0', '9'],
  [upper, 'A', 'Z'],
  [lower, 'a', 'z'],
  [upper | hexLetter, 'A', 'F'],
  [lower | hexLetter, 'a', 'f'],
  [underscore, '_'],
  [hyphen, '-'],
  [dot, '.'],
  [plus, '+'],
  [slash, '/'],
  [equals, '='],
  [colon, ':'],
  [percent, '%'],
  [tilde, '~'],
  [blank, ' '],
  [closer | backslash, '\\'],
  ...[...'"\'`'].map((sign) => [closer | quote, sign] as const),
  ...[...',;&<>{}()[]|'].map((sign) => [closer, sign] as const),
]
for (const [bits, from, to = from] of signs) {
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += 1) classes[code] = bits
}

/** The classes that a character is in, as bits. */
export function classesOf(code: number): number {
  return classes[code]!
}

/** True when the character is in one of the classes. NaN, which is beyond the text, is in none. */
export function is(code: number, bits: number): boolean {
  return code <= 0xffff && (classes[code]! & bits) !== 0
}

/** One past the run of characters of these classes; at most `max` of them. */
export function runEnd(text: string, from: number, bits: number, max = text.length): number {
  const limit = Math.min(text.length, from + max)
  let end = from
  while (end < limit && (classes[text.charCodeAt(end)]! & bits) !== 0) end += 1
  return end
}

/** Where the run that ends before `at` starts; not before `floor`, and at most `max` back. */
export function runStart(
  text: string,
  at: number,
  bits: number,
  floor: number,
  max: number,
): number {
  const limit = Math.max(floor, at - max)
  let start = at
  while (start > limit && (classes[text.charCodeAt(start - 1)]! & bits) !== 0) start -= 1
  return start
}

/** True when no word runs into `at` from the left. The `n` of an escaped line break is no word. */
export function wordStarts(text: string, at: number, floor: number): boolean {
  if (at <= floor) return true
  return !is(text.charCodeAt(at - 1), word) || escapeEnds(text, at, floor)
}

/** As `wordStarts`, and no longer number or name runs on through '-', '.' or ','. */
export function numberStarts(text: string, at: number, floor: number): boolean {
  if (!wordStarts(text, at, floor)) return false
  if (at - 2 < floor) return true
  const before = text.charCodeAt(at - 1)
  if (before !== 0x2d && before !== 0x2e && before !== 0x2c) return true
  const further = text.charCodeAt(at - 2)
  return !is(further, before === 0x2c ? digit : alnum)
}

/** True when the number that ends before `at` does not run on as a word or a longer number. */
export function numberEnds(text: string, at: number): boolean {
  const next = text.charCodeAt(at)
  if (is(next, word)) return false
  return !is(next, hyphen | dot) || !is(text.charCodeAt(at + 1), digit)
}

/** JSON text may stand here as it is sent: '\n' and '\u003c' end before `at`, and are no letters. */
function escapeEnds(text: string, at: number, floor: number): boolean {
  if (at - 2 >= floor && text.charCodeAt(at - 2) === 0x5c && escapes.has(text[at - 1]!)) return true
  if (at - 6 < floor || text.charCodeAt(at - 6) !== 0x5c || text[at - 5] !== 'u') return false
  return runEnd(text, at - 4, hex, 4) === at
}

/** The start of a find, moved past an escape that it would cut in two. */
export function afterEscape(text: string, start: number, floor: number): number {
  if (start - 1 < floor || text.charCodeAt(start - 1) !== 0x5c) return start
  if (text[start] === 'u' && runEnd(text, start + 1, hex, 4) === start + 5) return start + 5
  return escapes.has(text[start]!) ? start + 1 : start
}

const escapes = new Set(['n', 'r', 't', 'b', 'f'])
