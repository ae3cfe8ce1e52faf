import type { Departure } from '../../core/departure.ts'
import { GatewayError, internalFault, modelUnavailable } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { Money } from '../../core/money.ts'
import type { AttemptRole } from '../../core/record.ts'
import type { Quirks } from '../../dialects/dialect.ts'
import { type Emulation, emulationOf } from '../emulate/emulation.ts'
import type { Health } from '../health/health.ts'
import type { PricedStop } from './admit.ts'
import { afterPause, hasOtherKey, mayRetry, retryPauseMs } from './again.ts'
import type { Answer } from './answer.ts'
import { spareCanary } from './canary.ts'
import { closeAttempt } from './close.ts'
import { emulate } from './emulate.ts'
import { attemptAt } from './exchange.ts'
import { askBeside, type Beside, besideFor } from './hedge.ts'
import { inOrder } from './in-order.ts'
import type { Parts } from './parts.ts'
import { modelName } from './place-name.ts'
import { doorFor } from './request.ts'
import { isBusy, LeftAlone, restMs } from './resting.ts'
import type { Trip } from './trip.ts'

/**
 * Walks the stops until somebody answers. What a provider did wrong says where asking again may help;
 * after the first content byte nobody else is asked.
 * @param first  the role of whoever is asked first
 * @throws what the last provider said; caller_left; ledger_unavailable
 */
export function ask(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
  first: AttemptRole = 'served',
): Promise<Answer> {
  return new Walk(trip, stops, parts, departure, first).run()
}

class Walk {
  readonly #trip: Trip
  readonly #stops: readonly PricedStop[]
  readonly #parts: Parts
  readonly #departure: Departure
  readonly #first: AttemptRole
  /** How many were asked for the call before. */
  readonly #entered: number
  readonly #plan: readonly PricedStop[]
  /**
   * Of calls that begin at once each has its plan before the first of them asks: one finds out whether a
   * model is well again, and the others go by.
   */
  readonly #wasWell: readonly PricedStop[]
  /** Who is asked now. */
  #stop: PricedStop | null = null
  /** What the last one said. */
  #last: GatewayError | null = null
  #isOtherAsked = false

  constructor(
    trip: Trip,
    stops: readonly PricedStop[],
    parts: Parts,
    departure: Departure,
    first: AttemptRole,
  ) {
    this.#trip = trip
    this.#stops = stops
    this.#parts = parts
    this.#departure = departure
    this.#first = first
    this.#entered = trip.attempts
    this.#plan = inOrder(stops, trip.task, parts)
    this.#wasWell = parts.health.isClear ? this.#plan : wellOf(this.#plan, parts.health)
  }

  async run(): Promise<Answer> {
    const trip = this.#trip
    const parts = this.#parts
    const departure = this.#departure
    const beside = besideFor(trip, this.#plan, parts)
    let isLeft = false
    for (const stop of this.#plan) {
      if (this.#isOtherAsked && stop === beside?.stop) continue
      this.#stop = stop
      let isRetried = false
      let isRenewed = false
      for (let tries = 0; ; tries += 1) {
        const begun = trip.attempts
        try {
          return await this.#ask(stop, tries, beside)
        } catch (error) {
          isLeft = error instanceof LeftAlone
          if (isLeft) break
          if (!(error instanceof GatewayError)) throw error
          this.#last = error
        }
        const last = this.#last
        if (departure.reason !== null || last.code === 'ledger_unavailable') throw last
        // Whoever could not be asked at all leaves the others to be asked.
        if (trip.attempts === begun) {
          spareCanary(trip, { provider: stop.provider.id, model: stop.model }, last)
          break
        }
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
    if (this.#last === null && isLeft) return ask(trip, this.#stops, parts, departure, this.#first)
    return this.#askLast()
  }

  /** Whether the call may go by the stop that is asked now, when others find out what is wrong there. */
  mayLeave(): boolean {
    const { health } = this.#parts
    const stop = this.#stop
    if (stop === null || !this.#wasWell.includes(stop)) return false
    return (
      this.#last !== null ||
      this.#stops.some(
        (each) => each !== stop && (restMs(each, health) === 0 || isBusy(each, health)),
      )
    )
  }

  #ask(stop: PricedStop, tries: number, beside: Beside | null): Promise<Answer> {
    const begun = this.#trip.attempts
    const role = begun === this.#entered ? this.#first : tries > 0 ? 'retry' : 'fallback'
    const last = this.#last
    const asked = last === null ? stop : { ...stop, reason: `${stop.reason}, after ${last.code}` }
    if (beside !== null && begun === 0 && stop === this.#plan[0])
      return this.#askBeside(asked, role, beside)
    return answerAt(asked, role, this.#trip, this.#parts, this.#departure, this)
  }

  async #askBeside(asked: PricedStop, role: AttemptRole, beside: Beside): Promise<Answer> {
    const [trip, parts] = [this.#trip, this.#parts]
    const late = `${beside.stop.reason}, beside one that said nothing for ${Math.round(beside.afterMs)} ms`
    const other = { ...beside.stop, reason: late }
    const outcome = await askBeside(
      trip,
      beside,
      async (branch) => answerAt(asked, role, trip, parts, branch, this),
      async (branch) => answerAt(other, 'hedge', trip, parts, branch, null),
      parts,
      this.#departure,
    )
    if ('answer' in outcome) return outcome.answer
    this.#isOtherAsked = outcome.isOtherAsked
    throw outcome.error
  }

  /** All of them failed. */
  async #askLast(): Promise<Answer> {
    const [trip, parts, departure] = [this.#trip, this.#parts, this.#departure]
    const last = this.#last
    if (last === null) throw modelUnavailable(trip.call.model)
    const stop = await afterPause(this.#stops, last, trip, parts)
    if (stop === null) throw last
    departure.throwIfLeft()
    const reason = `${stop.reason}, after ${last.code} and a pause`
    return answerAt({ ...stop, reason }, 'retry', trip, parts, departure, null)
  }
}

function wellOf(plan: readonly PricedStop[], health: Health): readonly PricedStop[] {
  return plan.filter((stop) => restMs(stop, health) === 0)
}

/** What of a call its provider cannot do, the gateway does: then it is asked otherwise, and answered whole. */
function answerAt(
  stop: PricedStop,
  role: AttemptRole,
  trip: Trip,
  parts: Parts,
  departure: Departure,
  leaving: Walk | null,
): Promise<Answer> {
  const { provider, model } = stop
  const { dialect, quirks = noQuirks } = doorFor(provider, trip.call, model)
  const emulation = emulationOf(trip.call, dialect, quirks, model)
  if (emulation === null) return attemptAt(stop, role, trip, null, parts, departure, leaving)
  return answerBy(emulation, stop, role, trip, parts, departure)
}

const noQuirks: Quirks = {}

async function answerBy(
  emulation: Emulation,
  stop: PricedStop,
  role: AttemptRole,
  trip: Trip,
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const { words, asksMax } = emulation
  const most = stop.ceiling === null ? null : ((stop.ceiling / BigInt(asksMax)) as Money)
  const share = { ...stop, ceiling: most }
  const name = modelName(stop.provider, stop.model)
  const answer = await emulate(emulation, role, name, async (call, why) => {
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
