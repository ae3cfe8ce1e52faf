import type { Departure } from '../../core/departure.ts'
import { GatewayError } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'
import { judge, readsLogprobs, type Verdict } from '../../routing/cascade.ts'
import type { PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { ask } from './ask.ts'
import { closeAttempt } from './close.ts'
import { checkInput } from './checks.ts'
import type { Course } from './course.ts'
import { type Held, hold } from './held.ts'
import { asksLogprobs, withLogprobs, withoutLogprobs } from './logprobs.ts'
import { noteAccepted } from './note.ts'
import type { Parts } from './parts.ts'
import { restMs } from './resting.ts'
import type { Trip } from './trip.ts'

/**
 * Asks as the task's policy says. Under a cascade models are asked from cheap to strong, and each answer
 * but the last is held until it is judged; under all others the first that answers has answered.
 * @throws what `ask` does
 */
export function askByCourse(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const { course } = trip
  if (course?.kind !== 'cascade' || course.chat === null) return ask(trip, stops, parts, departure)
  return askInSteps(trip, course, stops, parts, departure)
}

function askInSteps(
  trip: Trip,
  course: Course,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const isStep = ({ provider, model }: PricedStop): boolean =>
    course.steps.includes(`${provider.id}/${model}`)
  const steps = stops.filter(isStep)
  if (steps.length < 2) return ask(trip, stops, parts, departure)
  const others = stops.filter((stop) => !isStep(stop))
  return new Cascade(trip, course, parts, departure).run(steps, others)
}

class Cascade {
  readonly #trip: Trip
  readonly #course: Course
  readonly #parts: Parts
  readonly #departure: Departure
  /** The best answer that was not good enough, should nobody give a better one. */
  #rejected: Held | null = null
  /** Why the next model is asked, in words for the ledger. */
  #why = ''

  constructor(trip: Trip, course: Course, parts: Parts, departure: Departure) {
    this.#trip = trip
    this.#course = course
    this.#parts = parts
    this.#departure = departure
  }

  /** @param others  who can take the call in part only, and so stands in for the strong model alone */
  async run(stops: readonly PricedStop[], others: readonly PricedStop[]): Promise<Answer> {
    const { rule } = this.#course
    // A fitted rule asks its cheap models at once and then the strong one; without one each is a step.
    const cheap = rule === null ? stops.slice(0, -1).map((stop) => [stop]) : [stops.slice(0, -1)]
    for (const [place, tier] of cheap.entries()) {
      const samples = rule === null && place === 0 ? this.#course.samples - 1 : 0
      const accepted = await this.#step(tier, samples)
      if (accepted !== null) return accepted
    }
    return this.#last(stops.at(-1)!, others)
  }

  /** Asks models at once and judges the first of them. @returns null when a better model is to be asked */
  async #step(tier: readonly PricedStop[], samples: number): Promise<Answer | null> {
    const [first] = tier
    if (first === undefined) return null
    if (restMs(first, this.#parts.health) > 0) {
      this.#why = `${first.provider.id}/${first.model} rests`
      return null
    }
    const asked = [...tier, ...Array.from({ length: samples }, () => first)]
    const reads = this.#course.rule !== null && readsLogprobs(this.#course.rule)
    const settled = await Promise.allSettled(
      asked.map((stop, place) => this.#ask(stop, reads && place === 0)),
    )
    const held = settled.map((each) => (each.status === 'fulfilled' ? each.value : null))
    const ended = settled.find((each) => each.status === 'rejected')
    if (ended !== undefined) {
      for (const each of held) if (each !== null) this.#reject(each, 'the call ended beside it')
      throw ended.reason
    }
    const [own, ...others] = held
    if (!own || own.reply === null) {
      for (const other of others) if (other !== null) this.#reject(other, 'nothing to compare with')
      if (own) return own.answer
      return null
    }
    const { rule, chat, prompt, vector = null } = this.#course
    const compared = others.flatMap((other): ChatReply[] => (other?.reply ? [other.reply] : []))
    const judged = judge(rule, chat!, prompt, own.reply, compared, vector)
    for (const other of others) if (other !== null) this.#reject(other, 'asked for its agreement')
    const verdict = judged.accepted ? await this.#checked(judged, own.reply) : judged
    if (verdict.accepted) return this.#accept(own, verdict)
    this.#reject(own, `rejected by ${verdict.says}`)
    this.#rejected = own
    const { provider, model } = own.answer.attempt.stop
    this.#why = `escalated from ${provider.id}/${model} by ${verdict.says}`
    return null
  }

  /** What the policy accepts a function of the user's own may still reject, never the other way round. */
  async #checked(judged: Verdict, reply: ChatReply): Promise<Verdict> {
    const { checks, chat } = this.#course
    if (checks === undefined || chat === null) return judged
    const { passed, says } = await this.#parts.checks.check(checks, checkInput(chat, reply))
    return passed
      ? { ...judged, says: `${judged.says}; check: ${says}` }
      : { ...judged, accepted: false, signal: 'check', says: `check: ${says}` }
  }

  /** Null when it gave no answer; then its rows are on the ledger. */
  async #ask(stop: PricedStop, withConfidence: boolean): Promise<Held | null> {
    const why = this.#why === '' ? stop.reason : this.#why
    const trip = this.#trip
    const asks = withConfidence && asksLogprobs(trip, stop, this.#parts)
    // Each of several at once hears of it when the caller leaves.
    const departure = this.#departure.branch()
    try {
      const answer = asks
        ? await withLogprobs(trip, stop, this.#parts, (plain) =>
            ask(plain, [{ ...stop, reason: why }], this.#parts, departure, 'cascade_step'),
          )
        : await ask(trip, [{ ...stop, reason: why }], this.#parts, departure, 'cascade_step')
      return await hold(trip, answer, this.#parts)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (this.#departure.reason !== null || error.code === 'ledger_unavailable') throw error
      this.#why = `escalated from ${stop.provider.id}/${stop.model}, after ${error.code}`
      return null
    }
  }

  #accept(held: Held, { says }: Verdict): Answer {
    const { answer, reply } = withoutLogprobs(held, this.#trip)
    const { attempt } = answer
    if (attempt.closed && reply !== null) noteAccepted(this.#trip, this.#course, attempt, reply)
    const reason = `${attempt.reason}; accepted by ${says}`
    return { ...answer, attempt: { ...attempt, role: 'served', reason } }
  }

  /** Paid for all the same. */
  #reject({ answer, reply }: Held, why: string): void {
    const { attempt } = answer
    const reason = `${attempt.reason}; ${why}`
    const closed = { ...attempt, reason }
    closeAttempt(this.#trip, closed, { endState: 'complete', reply, error: null }, this.#parts)
    attempt.closed = true
    this.#course.answered = null // a retry may have looked like the answer
  }

  /** The strong model's answer is the answer. Where it gives none, a rejected one is better than an error. */
  async #last(stop: PricedStop, others: readonly PricedStop[]): Promise<Answer> {
    const reason = this.#why === '' ? stop.reason : this.#why
    const role = this.#rejected === null ? 'fallback' : 'served'
    try {
      const stops = [{ ...stop, reason }, ...others]
      return await ask(this.#trip, stops, this.#parts, this.#departure, role)
    } catch (error) {
      const rejected = this.#rejected
      if (!(error instanceof GatewayError) || rejected === null || rejected.reply === null)
        throw error
      if (this.#departure.reason !== null || error.code === 'ledger_unavailable') throw error
      const { answer } = withoutLogprobs(rejected, this.#trip)
      if (!this.#trip.call.stream) return answer
      const { attempt, door } = answer
      const deltas = answer.kind === 'unfolded' ? answer.deltas : deltasOf(rejected.reply)
      return { kind: 'unfolded', attempt, door, deltas }
    }
  }
}
