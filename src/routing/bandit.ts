import { normalCdf } from '../stats/special.ts'

/** What one way of answering has come to, in parts of what the strong model alone costs for the same tokens. */
export interface ArmState {
  /** Calls that were seen. */
  readonly calls: number
  /** Calls that it is known from, the prior's among them; those of long ago count less. */
  readonly weight: number
  readonly mean: number
  /** Sum of squares around the mean. */
  readonly squares: number
}

/** Two ways that both keep what is promised: the policy that is proven, and the strong model alone. */
export interface BanditState {
  readonly policy: ArmState
  readonly strong: ArmState
}

/** Of the calls, on either side: what is never tried is never known, and a propensity of 0 weighs nothing. */
export const propensityLeast = 0.02
/** Calls that a calibration counts as. */
const priorCalls = 20
/** Of one call's cost in parts of the strong model's, before any was seen: from nothing to twice as much. */
const priorVariance = 0.25
/** Calls that are remembered: prices are known at once, and the traffic of last month is another one. */
const memory = 2_000
/** One call that hung for minutes says little of the others. */
const valueMost = 20

/**
 * What the calibration says, before anybody was asked.
 * @param saving  of the policy on its rows; null: not known
 */
export function newBandit(saving: number | null): BanditState {
  return { policy: priorOf(1 - (saving ?? 0)), strong: priorOf(1) }
}

function priorOf(mean: number): ArmState {
  return { calls: 0, weight: priorCalls, mean, squares: priorCalls * priorVariance }
}

/**
 * The probability with which the policy answers the next call. Thompson sampling draws a mean from what is known of
 * each arm and takes the least; of two normal means that is this probability, which is known and not only drawn.
 * @see Thompson, 'On the likelihood that one unknown probability exceeds another' (1933)
 */
export function propensityOf({ policy, strong }: BanditState): number {
  const spread = Math.sqrt(varianceOf(policy) + varianceOf(strong))
  const gap = strong.mean - policy.mean
  const share = spread === 0 ? (gap >= 0 ? 1 : 0) : normalCdf(gap / spread)
  return Math.min(1 - propensityLeast, Math.max(propensityLeast, share))
}

/** Of the mean. */
function varianceOf({ weight, squares }: ArmState): number {
  return squares / weight ** 2
}

/** @param value  cost and priced time of a call, in parts of what the strong model alone would have cost */
export function observed(arm: ArmState, value: number): ArmState {
  const seen = Math.min(valueMost, Math.max(0, value))
  const weight = arm.weight * (1 - 1 / memory) + 1
  const mean = arm.mean + (seen - arm.mean) / weight
  const squares = arm.squares * (1 - 1 / memory) + (seen - arm.mean) * (seen - mean)
  return { calls: arm.calls + 1, weight, mean, squares }
}
