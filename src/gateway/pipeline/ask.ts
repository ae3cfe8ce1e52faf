import type { Departure } from '../../core/departure.ts'
import { GatewayError, internalFault, modelUnavailable } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { Money } from '../../core/money.ts'
import type { AttemptRole } from '../../core/record.ts'
import { emulationOf } from '../emulate/emulation.ts'
import type { PricedStop } from './admit.ts'
import { afterPause, hasOtherKey, mayRetry, retryPauseMs } from './again.ts'
import type { Answer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import { closeAttempt } from './close.ts'
import { emulate } from './emulate.ts'
import { attemptAt } from './exchange.ts'
import { askBeside, besideFor } from './hedge.ts'
import { inOrder } from './in-order.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import { isBusy, LeftAlone, restMs } from './resting.ts'
import type { Trip } from './trip.ts'

/**
 * Walks the stops until somebody answers. What a provider did wrong says where asking again may help;
 * after the first content byte nobody else is asked.
 * @param first  the role of whoever is asked first
 * @throws what the last provider said; caller_left; ledger_unavailable
 */
export async function ask(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
  first: AttemptRole = 'served',
): Promise<Answer> {
  const entered = trip.attempts
  let last: GatewayError | null = null
  const plan = inOrder(stops, trip.task, parts)
  const beside = besideFor(trip, plan, parts)
  let isOtherAsked = false
  let isLeft = false
  // Of calls that begin at once each has its plan before the first of them asks: one finds out whether a
  // model is well again, and the others go by.
  const wasWell = parts.health.isClear
    ? plan
    : plan.filter((stop) => restMs(stop, parts.health) === 0)
  for (const stop of plan) {
    if (isOtherAsked && stop === beside?.stop) continue
    const mayLeave = (): boolean =>
      wasWell.includes(stop) &&
      (last !== null ||
        stops.some(
          (each) =>
            each !== stop && (restMs(each, parts.health) === 0 || isBusy(each, parts.health)),
        ))
    let isRetried = false
    let isRenewed = false
    for (let tries = 0; ; tries += 1) {
      const begun = trip.attempts
      const role = begun === entered ? first : tries > 0 ? 'retry' : 'fallback'
      const why = last === null ? stop.reason : `${stop.reason}, after ${last.code}`
      const asked = { ...stop, reason: why }
      try {
        if (beside === null || begun > 0 || stop !== plan[0]) {
          return await answerAt(asked, role, trip, parts, departure, mayLeave)
        }
        const late = `${beside.stop.reason}, beside one that said nothing for ${Math.round(beside.afterMs)} ms`
        const other = { ...beside.stop, reason: late }
        const outcome = await askBeside(
          trip,
          beside,
          (branch) => answerAt(asked, role, trip, parts, branch, mayLeave),
          (branch) => answerAt(other, 'hedge', trip, parts, branch),
          parts,
          departure,
        )
        if ('answer' in outcome) return outcome.answer
        isOtherAsked = outcome.isOtherAsked
        throw outcome.error
      } catch (error) {
        isLeft = error instanceof LeftAlone
        if (isLeft) break
        if (!(error instanceof GatewayError)) throw error
        last = error
      }
      if (departure.reason !== null || last.code === 'ledger_unavailable') throw last
      // Whoever could not be asked at all leaves the others to be asked.
      if (trip.attempts === begun) break
      if (last.again === 'never') throw last
      if (trip.pinnedTo === null && hasOtherKey(stop, last, tries, parts)) continue
      // A kept connection that the other side closes is no failure of anybody: over a new one it is asked at once.
      if (last.code === 'provider_hung_up' && !isRenewed) {
        isRenewed = true
        continue
      }
      if (isRetried || !mayRetry(stop, last, parts)) break
      isRetried = true
      await parts.clock.sleep(retryPauseMs(parts.random))
      departure.throwIfLeft()
    }
  }
  // Nobody was asked, and now it is known better whom to ask.
  if (last === null && isLeft) return ask(trip, stops, parts, departure, first)
  if (last === null) throw modelUnavailable(trip.call.model)
  const stop = await afterPause(stops, last, trip, parts)
  if (stop === null) throw last
  departure.throwIfLeft()
  const reason = `${stop.reason}, after ${last.code} and a pause`
  return answerAt({ ...stop, reason }, 'retry', trip, parts, departure)
}

/** What of a call its provider cannot do, the gateway does: then it is asked otherwise, and answered whole. */
async function answerAt(
  stop: PricedStop,
  role: Attempt['role'],
  trip: Trip,
  parts: Parts,
  departure: Departure,
  mayLeave?: () => boolean,
): Promise<Answer> {
  const { provider, model } = stop
  const { dialect, quirks = {} } = doorFor(provider, trip.call, model)
  const emulation = emulationOf(trip.call, dialect, quirks, model)
  if (emulation === null) {
    return attemptAt(stop, role, trip, { call: trip.call, words: [] }, parts, departure, mayLeave)
  }
  const { words, asksMax } = emulation
  const most = stop.ceiling === null ? null : ((stop.ceiling / BigInt(asksMax)) as Money)
  const share = { ...stop, ceiling: most }
  const answer = await emulate(emulation, role, `${provider.id}/${model}`, async (call, why) => {
    // Several are asked at once, and each has to hear of it when the caller leaves.
    const branch = departure.branch()
    const answered = await attemptAt(share, why, trip, { call, words }, parts, branch)
    if (answered.kind !== 'whole') throw internalFault() // only streams come otherwise
    const { attempt, reply } = answered
    closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
    return answered
  })
  if (!trip.call.stream) return { ...answer, text: null }
  const { attempt, door, reply } = answer
  return { kind: 'unfolded', attempt, door, deltas: deltasOf(reply) }
}
