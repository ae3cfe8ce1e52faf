import { batchMode } from '../../catalog/mode.ts'
import { costAt } from '../../catalog/price.ts'
import { type Money, subtract } from '../../core/money.ts'
import type { AttemptRecord, AttemptRole } from '../../core/record.ts'
import type { Charge } from './account.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { Trip } from './trip.ts'

type Saving = Pick<AttemptRecord, 'saved' | 'savedBy'>

const nothingDone: Saving = { saved: null, savedBy: null }

/** Attempts in a call's own way: what is asked beside it would have been asked in any case. */
const inTheWay: ReadonlySet<AttemptRole> = new Set(['served', 'retry', 'fallback', 'resume'])

/**
 * What an attempt cost less than the baseline would have at that moment, for the tokens that were used. What
 * another model would have counted and said is not known: between sellers of the same weights it is the same,
 * between different models it is a reckoning. What was spent in vain on a cheaper one is taken off; a caller who
 * leaves would have left the other one too, with as much said.
 */
export function savingOf(
  trip: Pick<Trip, 'baseline' | 'snapshot'>,
  attempt: Pick<Attempt, 'stop' | 'role' | 'at'>,
  { endState }: Pick<Outcome, 'endState'>,
  charge: Charge,
): Saving {
  const { baseline, snapshot } = trip
  if (baseline === null || !inTheWay.has(attempt.role)) return nothingDone
  const { provider, model, mode = null } = attempt.stop
  const isSame = provider.id === baseline.provider && model === baseline.model
  // Whoever was to be asked rested, or was full: nobody else was asked to spend less.
  if (baseline.by === null && !isSame && mode === null) return nothingDone
  if (endState !== 'complete' && endState !== 'caller_left') {
    // Had it been asked first it would have failed as well: from here nobody knows what was saved.
    if (isSame && mode === null) trip.baseline = null
    const { cost } = charge
    if (baseline.by === null || cost === null || cost === 0n) return nothingDone
    return isSame && mode === null ? nothingDone : { saved: -cost as Money, savedBy: baseline.by }
  }
  const asked = baseline.at ?? attempt.at
  const usual = snapshot.catalog.find(baseline.provider, baseline.model, asked)
  const now =
    baseline.at === null
      ? usual
      : snapshot.catalog.find(baseline.provider, baseline.model, attempt.at)
  const reasons = [
    ...(usual?.segment?.id === now?.segment?.id ? [] : ['wait']),
    ...(isSame ? [] : [baseline.by ?? 'seller']),
    ...(mode === null ? [] : [mode === batchMode ? mode : (baseline.by ?? 'deadline')]),
  ]
  if (reasons.length === 0) return nothingDone
  const savedBy = [...new Set(reasons)].join('+')
  const usage = charge.measured?.usage
  const price = usage && usual?.segment ? costAt(usual.segment, usage, asked) : null
  const saved = price === null || charge.cost === null ? null : subtract(price, charge.cost)
  return { saved, savedBy }
}
