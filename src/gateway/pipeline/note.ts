import { costAt } from '../../catalog/price.ts'
import type { Money } from '../../core/money.ts'
import type { ChatReply } from '../../core/reply.ts'
import type { Usage } from '../../core/usage.ts'
import type { CallOutcome } from '../../routing/canary.ts'
import { flawOf } from '../../routing/flaw.ts'
import { type Candidate, nameOf } from '../../routing/policy.ts'
import type { Charge } from './account.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { Course } from './course.ts'
import type { Trip } from './trip.ts'

/** What an exchange tells of the models that a task is routed among. */
export function noteAttempt(
  trip: Trip,
  course: Course,
  attempt: Attempt,
  outcome: Outcome,
  charge: Charge,
): void {
  const { provider, model } = attempt.stop
  const name = `${provider.id}/${model}`
  const served = outcome.reply !== null && 'model' in outcome.reply ? outcome.reply.model : null
  if (served !== null && course.kind !== 'other') course.live.noteVersion(name, served)
  // Whether a canary is worse is told by whoever was asked first; the caller's leaving tells nothing.
  if (attempt.number === 1 && course.side !== null && isTelling(outcome))
    course.first = isPassedOver(course, name)
      ? { failed: true, schemaValid: null, refused: null, latencyUs: null, cost: null }
      : outcomeOf(attempt, outcome, charge, course)
  if (outcome.endState !== 'complete' || attempt.role === 'cascade_step') return
  const usage = charge.measured?.usage ?? null
  const { drill } = course
  const insteadCost = drill && costAs(drill.instead, trip, name, usage, charge, attempt)
  course.answered = {
    model: name,
    strongCost: costAs(trip.task?.candidates.at(-1), trip, name, usage, charge, attempt),
    ...(insteadCost === undefined ? {} : { insteadCost }),
  }
}

/** The answer that a cascade accepted when its rows were closed already: its model was asked in steps. */
export function noteAccepted(
  trip: Trip,
  course: Course,
  attempt: Attempt,
  { measured }: ChatReply,
): void {
  const { provider, model } = attempt.stop
  const name = `${provider.id}/${model}`
  const strong = trip.task?.candidates.at(-1)
  const usage = measured?.usage ?? null
  course.answered = {
    model: name,
    strongCost: costAs(strong, trip, name, usage, { cost: null }, attempt),
  }
}

/** A canary that rests because it failed so often has failed this call too. */
function isPassedOver({ side, live }: Course, asked: string): boolean {
  const model = live.canary?.settings.model
  return side === 'canary' && model !== undefined && nameOf(model) !== asked
}

function isTelling({ endState }: Outcome): boolean {
  return endState !== 'caller_left' && endState !== 'shutdown' && endState !== 'cancelled'
}

function outcomeOf(
  { firstContentUs }: Attempt,
  { endState, reply }: Outcome,
  { cost }: Charge,
  { chat }: Course,
): CallOutcome {
  const failed = endState !== 'complete'
  const common = {
    failed,
    latencyUs: failed ? null : firstContentUs,
    cost: cost === null ? null : Number(cost),
  }
  if (failed || chat === null || reply?.operation !== 'chat')
    return { ...common, schemaValid: null, refused: null }
  const signal = flawOf(reply, chat)?.signal ?? null
  const isChecked = (chat.format !== null && chat.format.kind !== 'text') || chat.tools.length > 0
  return {
    ...common,
    schemaValid: isChecked ? signal !== 'schema' && signal !== 'tools' : null,
    refused: signal === 'refusal',
  }
}

/** What another model would have cost for the same tokens; its own cost where it answered. */
function costAs(
  model: Candidate | undefined,
  { snapshot }: Trip,
  by: string,
  usage: Usage | null,
  { cost }: Pick<Charge, 'cost'>,
  { at }: Attempt,
): Money | null {
  if (model === undefined || usage === null) return null
  if (nameOf(model) === by) return cost
  const found = snapshot.catalog.find(model.provider, model.model, at)
  return found?.segment ? costAt(found.segment, usage, at) : null
}

/** Books a call that has ended, once. */
export function noteTrip(trip: Trip, course: Course, nowUs: number): void {
  const { cost, costUnknown, task, cache } = trip
  if (cache === 'hit') return
  const { live, side, first, answered, kind } = course
  if (side !== null && first !== null) live.canary?.observe(side, first)
  if (course.drill !== undefined)
    live.drilled({
      ...course.drill,
      first,
      cost: costUnknown ? null : cost,
      instead: answered?.insteadCost ?? null,
    })
  if (kind === 'other' || answered === null) return
  const strong = task?.candidates.at(-1)
  const isStrong = strong !== undefined && answered.model === nameOf(strong)
  live.called({
    cost: costUnknown ? null : cost,
    strongCost: answered.strongCost,
    outcome: kind === 'fallback' ? 'fallback' : isStrong ? 'strong' : 'cheap',
    arm: course.arm ?? null,
    waitedUs: trip.waiting.us(nowUs),
  })
}
