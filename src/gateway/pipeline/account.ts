import { type Found, isOwnPrice } from '../../catalog/catalog.ts'
import { batchMode, inMode, modeNamed } from '../../catalog/mode.ts'
import type { Price, PriceSegment } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import type { Call } from '../../core/call.ts'
import { type Money, nothing } from '../../core/money.ts'
import type { CostSource } from '../../core/record.ts'
import type { Reply } from '../../core/reply.ts'
import {
  completionTokens,
  estimateTokens,
  type Measured,
  noUsage,
  promptTokens,
} from '../../core/usage.ts'
import { redact } from '../../privacy/redact.ts'
import { promptText } from '../../routing/demand.ts'
import type { Attempt, Outcome } from './attempt.ts'
import { type GpuMeter, machineCost } from './gpu-meter.ts'
import { estimateMedia, isMedia } from './media.ts'
import type { Trip } from './trip.ts'

/** What an attempt used and what that costs. */
export interface Charge {
  readonly measured: Measured | null
  /** How it was served, in the provider's word; null: as everybody is. */
  readonly mode: string | null
  /** Picodollars; null when it is not known. */
  readonly cost: Money | null
  readonly costSource: CostSource
  readonly priceId: string | null
}

/**
 * What an attempt cost. The provider's own count rules; where it gave none, or one that cannot be,
 * what was seen is estimated and marked so. An attempt that the provider turned down costs nothing.
 */
export function account(trip: Trip, attempt: Attempt, outcome: Outcome, gpus: GpuMeter): Charge {
  const { provider, model } = attempt.stop
  const measured = measure(trip.call, attempt, outcome, attempt.stop.found?.segment?.price ?? null)
  const mode = modeServed(attempt, measured)
  const found = foundIn(mode, attempt, trip)
  const priceId = found?.segment ? priceIdOf(provider.id, model, found.segment) : null
  if (attempt.stay !== null && found?.model.machine) {
    const busyUs = gpus.leave(attempt.stay)
    const cost = machineCost(found.model.machine, busyUs)
    return { measured, mode, cost, costSource: 'gpu', priceId: `${provider.id}/${model}@gpu` }
  }
  if (measured === null) return { measured, mode, cost: nothing, costSource: 'none', priceId: null }
  if (!found?.segment) return { measured, mode, cost: null, costSource: 'unknown', priceId: null }
  const cost = costAt(found.segment, measured.usage, attempt.at)
  if (cost === null) return { measured, mode, cost, costSource: 'unknown', priceId }
  const costSource = isOwnPrice(found.segment) ? 'own' : 'table'
  return { measured, mode, cost, costSource, priceId }
}

/** A price and the last name under which it was charged, which is nearly always the next. */
const priceIds = new WeakMap<PriceSegment, PriceId>()

interface PriceId {
  readonly provider: string
  readonly model: string
  readonly text: string
}

function priceIdOf(provider: string, model: string, segment: PriceSegment): string {
  const known = priceIds.get(segment)
  if (known?.provider === provider && known.model === model) return known.text
  const text = `${provider}/${model}@${segment.id}`
  priceIds.set(segment, { provider, model, text })
  return text
}

/** As the answer says, and where it says nothing as it was asked for. */
function modeServed({ stop }: Attempt, measured: Measured | null): string | null {
  // Of a batch its answers say that they were served as any other.
  if (stop.mode === batchMode) return batchMode
  const said = measured?.mode
  return said === undefined || said === null ? (stop.mode ?? null) : modeNamed(said)
}

/** The price of the mode in which it was served, which may be another than it was asked for in. */
function foundIn(mode: string | null, { stop, at }: Attempt, { snapshot }: Trip): Found | null {
  if (mode === (stop.mode ?? null)) return stop.found
  const found = snapshot.catalog.find(stop.provider.id, stop.model, at)
  return found && inMode(found, mode, at, snapshot.catalog)
}

/** Null when the provider did nothing that it could charge for. */
function measure(
  call: Call,
  attempt: Attempt,
  { reply, endState }: Outcome,
  price: Price | null,
): Measured | null {
  if (call.operation === 'count') return null // nobody charges for counting
  const counted = reply?.measured ?? null
  const isNothing = counted !== null && call.operation === 'chat' && isAllZero(counted)
  if (counted !== null && !counted.clamped && !isNothing && endState === 'complete') return counted
  const text = reply === null ? '' : textOf(reply)
  const said = estimateTokens(text)
  // Who said something has used something, whatever it counts.
  if (counted !== null && !counted.clamped && !(isNothing && said > 0)) {
    if (counted.early !== true && completionTokens(counted.usage) * 2 >= said) return counted
    // It broke off: the prompt was counted when it began, what was said since was not.
    const output = Math.max(said, counted.usage.output)
    return { ...counted, usage: { ...counted.usage, output }, source: 'estimate' }
  }
  if (reply === null && (attempt.unsent || !mayHaveWorked(attempt, endState))) return null
  return {
    usage: isMedia(call)
      ? estimateMedia(call, text, price)
      : { ...noUsage, input: estimateTokens(promptText(call)), output: said },
    source: 'estimate',
    raw: counted?.raw ?? null,
    reportedUsd: counted?.reportedUsd ?? null,
    clamped: counted !== null,
  }
}

function isAllZero({ usage }: Measured): boolean {
  return promptTokens(usage) + completionTokens(usage) === 0
}

/** The provider took the request and went silent, or the caller left while it worked. */
function mayHaveWorked({ status }: Attempt, endState: Outcome['endState']): boolean {
  if (status !== null && (status < 200 || status >= 300)) return false
  return (
    endState === 'timeout' ||
    endState === 'caller_left' ||
    endState === 'cancelled' ||
    endState === 'provider_cut' ||
    endState === 'shutdown'
  )
}

function textOf(reply: Reply): string {
  if (reply.operation === 'transcribe') return reply.text
  if (reply.operation !== 'chat') return ''
  let text = ''
  for (const { parts } of reply.choices) {
    for (const part of parts) {
      if (part.type === 'toolCall') text += part.name + part.arguments
      else if (part.type !== 'foreign') text += part.text
    }
  }
  return text
}

const errorLengthMax = 500

/** What an error said, fit to be kept. */
export function errorText(outcome: Outcome): string | null {
  if (outcome.error === null) return null
  const { message, cause } = outcome.error
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  return redact(`${message}${why}`.slice(0, 4 * errorLengthMax)).text.slice(0, errorLengthMax)
}
