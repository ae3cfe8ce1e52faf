/**
 * What is counted, by kind. Kinds never overlap: a cached token is not also in `input`, a reasoning
 * token not also in `output`, so that each is priced once. All are tokens but for the last of
 * `unitKinds`; a picture that was counted in tokens is not counted as a picture as well. New kinds go
 * to the end: the order is the journal's format.
 * @see docs/decisions/0003-money.md
 */
export const kinds = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioIn',
  'audioOut',
  'search',
  'imageIn',
  'imageOut',
  'images',
  'characters',
  'seconds',
] as const

export type Kind = (typeof kinds)[number]

/**
 * Kinds that are no tokens: calls of a paid search tool, pictures that were made, characters that were
 * spoken, begun seconds of sound that were heard.
 */
export const unitKinds = [
  'search',
  'images',
  'characters',
  'seconds',
] as const satisfies readonly Kind[]

export type UnitKind = (typeof unitKinds)[number]

export function isUnit(kind: Kind): kind is UnitKind {
  return (unitKinds as readonly Kind[]).includes(kind)
}

/** Whole numbers, at least 0. A kind that was not used is 0; a usage that is not known is null. */
export type Usage = Readonly<Record<Kind, number>>

export const noUsage: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioIn: 0,
  audioOut: 0,
  search: 0,
  imageIn: 0,
  imageOut: 0,
  images: 0,
  characters: 0,
  seconds: 0,
}

/** Who counted: the provider, our estimate from text, or nobody. */
export type UsageSource = 'provider' | 'estimate' | 'none'

/** What was counted, by whom, and the provider's own words for it. */
export interface Measured {
  readonly usage: Usage
  readonly source: UsageSource
  /** The usage object as it came, kept as evidence for a later re-count; null when there was none. */
  readonly raw: unknown
  /** What the provider says the attempt cost, in USD as it was written; evidence, never the bill. */
  readonly reportedUsd: string | null
  /** True when a count was negative, fractional, too large or no number, and was bounded. */
  readonly clamped: boolean
  /** How the provider says that it served the call, in its own word; null or absent: it says nothing. */
  readonly mode?: string | null
  /** The count was made before the last words of the answer, as Anthropic's is when it begins. */
  readonly early?: true
}

/** All tokens that went in: what a context tier of a price is chosen by. */
export function promptTokens(usage: Usage): number {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioIn, imageIn } = usage
  return input + cacheRead + cacheWrite5m + cacheWrite1h + audioIn + imageIn
}

/** All tokens that came out. */
export function completionTokens(usage: Usage): number {
  return usage.output + usage.reasoning + usage.audioOut + usage.imageOut
}

/** The most tokens one call can have used; above it a count is a fault of whoever counted. */
export const tokensMax = 100_000_000

/**
 * Tokens of a text, when nobody counted them. Four bytes of Latin text a token, one and a half
 * characters of Chinese, Japanese or Korean: within a third of the big tokenisers on prose.
 * Always marked as an estimate on the ledger.
 */
export function estimateTokens(text: string): number {
  // Nearly all of what is said to models is ASCII, in which nothing is wide.
  if (Buffer.byteLength(text) === text.length) return Math.ceil(text.length / 4)
  let wide = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) >= 0x2e80) wide += 1
  }
  return Math.ceil((text.length - wide) / 4 + wide / 1.5)
}
