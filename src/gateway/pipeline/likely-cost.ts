import { inMode } from '../../catalog/mode.ts'
import { costAt } from '../../catalog/price.ts'
import type { Call } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { type Money, nothing } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { Demand } from '../../routing/demand.ts'
import type { Candidate } from '../../routing/policy.ts'
import type { Parts } from './parts.ts'
import type { Snapshot } from './snapshot.ts'

/** What an answer is taken to have where the caller set no limit: only the order of prices depends on it. */
const outputUsual = 400
/** Vendors keep no shorter prompts (OpenAI and Anthropic 1,024 tokens). */
const cachedLeast = 1_024

interface Service {
  /** The model has read this conversation before, and has it in its cache. */
  readonly isHeld?: boolean
  /** Null: as everybody is served. */
  readonly mode?: string | null
}

/**
 * What a call is likely to cost with a model, to compare models by. Every answer is taken to be as long
 * as any other.
 * @returns picodollars; null when the model has no price
 */
export function likelyCost(
  call: Call,
  { provider, model }: Candidate,
  { catalog }: Snapshot,
  at: Instant,
  ratios: Parts['tokenRatios'],
  { isHeld = false, mode = null }: Service = {},
): Money | null {
  const usual = catalog.find(provider, model, at)
  if (usual === null) return null
  const found = inMode(usual, mode, at, catalog)
  // A machine of one's own is paid by the hour, whether this call runs or not.
  if (found.model.machine !== null) return nothing
  if (found.segment === null) return null
  const prompt = Math.ceil(demandOf(call).tokens * (ratios.of(provider, model) ?? 1))
  const output =
    call.operation === 'chat' ? Math.min(call.maxTokens ?? outputUsual, outputUsual) * call.n : 0
  const cacheRead = isHeld && prompt >= cachedLeast ? prompt : 0
  const input = prompt - cacheRead
  return costAt(found.segment, { ...noUsage, input, cacheRead, output }, at)
}

/** Models are compared by one prompt: its tokens are estimated once. */
const demands = new WeakMap<Call, Demand>()

function demandOf(call: Call): Demand {
  let demand = demands.get(call)
  if (demand === undefined) demands.set(call, (demand = new Demand(call)))
  return demand
}
