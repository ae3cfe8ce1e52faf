import type { Found } from '../../catalog/catalog.ts'
import type { Price, PriceSegment, PriceTier } from '../../catalog/model.ts'
import { cost, costAt, rateAt, withTier } from '../../catalog/price.ts'
import { type Call, chatOf } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { type Decimal, dearest, type Money, nothing } from '../../core/money.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import { isMedia, mostOf } from './media.ts'

/** When neither caller nor catalog says where an answer ends. */
const outputTokensUnknown = 8_192

/** All tokens that may go in. */
export function inputMax({ operation, inputTokensMax }: Call, found: Found | null): number {
  const context = operation === 'chat' ? (found?.model.context ?? null) : null
  return context === null ? inputTokensMax : Math.min(inputTokensMax, context)
}

/** All tokens that the answers may have together. */
export function outputMax(call: Call, found: Found | null): number {
  if (call.operation !== 'chat') return 0
  const limit = found?.model.outputMax ?? null
  const asked = call.maxTokens ?? limit ?? outputTokensUnknown
  return (limit === null ? asked : Math.min(asked, limit)) * (call.nMade ?? call.n)
}

/**
 * What a call may cost at most with this model: every token it may use, at the dearest kind and tier.
 * @returns picodollars; null when the model has no price
 */
export function ceiling(call: Call, found: Found | null, at: Instant): Money | null {
  if (call.operation === 'count') return nothing
  if (found === null) return null
  // A machine of one's own is paid by the hour, whether this call runs or not.
  if (found.model.machine !== null) return nothing
  const { segment } = found
  if (segment === null) return null
  if (isMedia(call)) return mediaCeiling(call, segment, at)
  const input = inputMax(call, found)
  const output = outputMax(call, found)
  const rate = rateAt(segment.currency, at)
  let most = worstOn(segment.price, call, input, output, rate)
  for (const tier of segment.tiers ?? noTiers) {
    const worst = worstOn(withTier(segment.price, tier), call, input, output, rate)
    most = most === null || worst === null ? null : dearest(most, worst)
  }
  return most
}

function mediaCeiling(call: MediaCall, segment: PriceSegment, at: Instant): Money | null {
  const ways = mostOf(call, segment.price).map((usage) => costAt(segment, usage, at))
  // A way in which the card names no price is none in which the model is sold.
  const known = ways.filter((each) => each !== null)
  return known.length === 0 ? null : known.reduce(dearest)
}

type MediaCall = Parameters<typeof mostOf>[0]

const noTiers: readonly PriceTier[] = []

/** On one card, at the dearest kinds that its prompt and its answer may be. */
function worstOn(
  price: Price,
  call: Call,
  input: number,
  output: number,
  rate: Decimal | undefined,
): Money | null {
  if (call.operation === 'rerank' && price.search !== undefined)
    return cost({ ...noUsage, search: searchUnitsMax(call) }, price, rate)
  const outputs = outputsOf(price, call)
  let most = nothing
  for (const side of inputsOf(price, call)) {
    for (const said of outputs) {
      const worst = cost({ ...noUsage, [side]: input, [said]: output }, price, rate)
      if (worst === null) return null
      most = dearest(most, worst)
    }
  }
  return most
}

type Side = keyof Price & keyof Usage

/** What the prompt may be charged as: who has no price for writing the cache charges it as input. */
function inputsOf(
  { cacheWrite5m, cacheWrite1h, audioIn, imageIn }: Price,
  { hasMedia }: Call,
): readonly Side[] {
  const isMediaPriced = audioIn !== undefined || imageIn !== undefined
  if (isMediaPriced && hasMedia !== false) return inputOfAnyKind
  return cacheWrite5m === undefined && cacheWrite1h === undefined ? inputAlone : inputOrWritten
}

/** What the answer may be charged as. A model that thinks or makes pictures does so unasked. */
function outputsOf({ reasoning, audioOut, imageOut }: Price, call: Call): readonly Side[] {
  const isSpoken = audioOut !== undefined && maySpeak(call)
  if (isSpoken || imageOut !== undefined) return isSpoken ? outputOfAnyKind : outputUnspoken
  return reasoning === undefined ? outputAlone : outputOrThought
}

const inputAlone = ['input'] as const
const inputOrWritten = ['input', 'cacheWrite5m', 'cacheWrite1h'] as const
const inputOfAnyKind = [...inputOrWritten, 'audioIn', 'imageIn'] as const
const outputAlone = ['output'] as const
const outputOrThought = ['output', 'reasoning'] as const
const outputUnspoken = [...outputOrThought, 'imageOut'] as const
const outputOfAnyKind = [...outputUnspoken, 'audioOut'] as const

/** Who names no kinds of answer gets none but text of any vendor, or pictures. */
function maySpeak(call: Call): boolean {
  const chat = chatOf(call)
  return chat === null || chat.native.some((name) => /modalities$/i.test(name))
}

/**
 * Cohere sells the ordering of 100 documents as one search unit; a document of more than 500 tokens,
 * with the query, counts once for each piece of that length.
 * @see https://cohere.com/pricing (read 2026-11-22)
 */
function searchUnitsMax({ body, inputTokensMax }: Call): number {
  const { documents } = body.value
  const pieces = (Array.isArray(documents) ? documents.length : 1) + inputTokensMax / 500
  return Math.ceil(pieces / 100)
}
