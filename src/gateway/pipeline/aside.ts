import { Departure } from '../../core/departure.ts'
import { nothing } from '../../core/money.ts'
import type { ChatReply } from '../../core/reply.ts'
import { gradeByAgreement } from '../../routing/audit.ts'
import { embeddingsOf } from '../../routing/calibrated/rule.ts'
import { judge } from '../../routing/cascade.ts'
import { type Candidate, nameOf } from '../../routing/policy.ts'
import { decide } from '../../routing/learned.ts'
import { priced, type PricedStop } from './admit.ts'
import { closeAttempt } from './close.ts'
import type { Course } from './course.ts'
import { attemptAt } from './exchange.ts'
import { keepingFor } from './give-again.ts'
import { hold } from './held.ts'
import type { Parts } from './parts.ts'
import { Trip } from './trip.ts'

/**
 * What is asked besides what a caller asked: a shadow, and the other half of an audit. It begins when the
 * caller's answer has come to its end, costs the caller nothing, and runs no tools.
 */

/** Attempts of a call that are no caller's count from here, so that those for the caller go on counting. */
const firstNumber = 1_000

/** Sees to it that what was drawn for this call is asked when its answer has come to its end. */
export function askedAside(trip: Trip, parts: Parts): void {
  const { course } = trip
  if (course === null || (course.audit === null && course.shadow === null)) return
  askWhenAnswered(trip, course, parts)
}

function askWhenAnswered(trip: Trip, course: Course, parts: Parts): void {
  if (runsTools(course) || trip.pinnedTo !== null || trip.call.heldBy !== undefined) {
    course.live.skip()
    return
  }
  keepingFor(trip, parts).add({
    keep: (_, { reply, provider, model }) => {
      if (reply?.operation !== 'chat') return
      if (course.audit !== null) audit(trip, course, reply, `${provider}/${model}`, parts)
      if (course.shadow !== null) shadow(trip, course, reply, parts)
    },
    fail: () => {},
  })
}

/** Tools that a provider runs itself would be run twice. */
function runsTools({ chat }: Course): boolean {
  return chat === null || chat.tools.some(({ foreign }) => foreign !== null)
}

function shadow(
  trip: Trip,
  { live, shadow: probability }: Course,
  reply: ChatReply,
  parts: Parts,
): void {
  const { model } = live.task.shadow!
  const reason = `shadow, drawn with probability ${probability}`
  ask(trip, live, { role: 'shadow', model, reason, place: 0 }, parts, (other) => {
    live.shadowed(gradeByAgreement(other, reply)?.routed ?? null)
  })
}

/**
 * Grades the answer that the policy gave against the strong model's. While the policy is void the strong
 * model has answered, and the cheap one is asked for what it would have said.
 */
function audit(trip: Trip, course: Course, reply: ChatReply, by: string, parts: Parts): void {
  const { live, audit: probability, kind } = course
  const [cheap, strong] = [trip.task!.candidates[0]!, trip.task!.candidates.at(-1)!]
  const reason = `audit, drawn with probability ${probability?.toPrecision(3)}`
  const isStrong = by === nameOf(strong)
  const book = (routed: string, answer: ChatReply, reference: ChatReply): void => {
    const scores = gradeByAgreement(answer, reference)
    const models = { routed, strong: nameOf(strong) }
    live.audited({
      call: trip.id,
      ...models,
      propensity: probability ?? 0,
      grader: 'agreement',
      scores,
    })
  }
  if (kind === 'fallback') {
    // What a policy that goes by neighbours would have done, only an embedding would tell.
    if (!isStrong || !live.alarmed || goesByNeighbours(course)) return
    if (wouldEscalate(course, null)) return book(by, reply, reply)
    ask(trip, live, { role: 'audit', model: cheap, reason, place: 1 }, parts, (other) => {
      if (wouldEscalate(course, other)) book(by, reply, reply)
      else book(nameOf(cheap), other, reply)
    })
    return
  }
  if (isStrong) {
    // It costs nothing. Counted while answers of the cheap model cannot be, it would hide that those are wrong.
    const [stop] = stopsOf(strong, reason, trip)
    const isAsked = parts.experiments.hasRoomAside && live.affordsAudit(stop?.ceiling ?? null)
    return isAsked ? book(by, reply, reply) : live.skip()
  }
  ask(trip, live, { role: 'audit', model: strong, reason, place: 1 }, parts, (other) => {
    book(by, reply, other)
  })
}

function goesByNeighbours({ live }: Course): boolean {
  const rule = live.task.routing?.fitted?.rule
  return rule !== undefined && embeddingsOf(rule) !== null
}

/** Whether the policy would have asked the strong model. @param reply  null: before the cheap answer is there */
function wouldEscalate({ live, chat, prompt }: Course, reply: ChatReply | null): boolean {
  const rule = live.task.routing?.fitted?.rule
  if (rule === undefined || rule.method === 'static' || chat === null) return false
  if (reply === null) return decide(rule, prompt).asks === 'strong'
  return rule.method !== 'prompt-route' && !judge(rule, chat, prompt, reply, []).accepted
}

interface Aside {
  readonly role: 'shadow' | 'audit'
  readonly model: Candidate
  readonly reason: string
  /** Two of one call have different numbers. */
  readonly place: number
}

function ask(
  trip: Trip,
  live: Course['live'],
  { role, model, reason, place }: Aside,
  parts: Parts,
  answered: (reply: ChatReply) => void,
): void {
  const [stop] = stopsOf(model, reason, trip)
  if (stop === undefined || !live.reserve(role, stop.ceiling)) return
  const reserved = stop.ceiling ?? nothing
  const isTaken = parts.experiments.aside(async (departure) => {
    const own = asideTrip(trip, place, parts)
    try {
      const reply = await exchange(own, stop, role, parts, departure)
      if (reply !== null) answered(reply)
    } finally {
      // One that failed may have cost something, too.
      live.settle(role, reserved, own.costUnknown ? null : own.cost)
    }
  })
  if (!isTaken) {
    live.settle(role, reserved, nothing)
    live.skip()
  }
}

/** With what the call costs there at most; none where the provider is not live. */
function stopsOf({ provider: id, model }: Candidate, reason: string, trip: Trip): PricedStop[] {
  const provider = trip.snapshot.providers.get(id)
  return provider === undefined ? [] : [...priced([{ provider, model, reason }], trip)]
}

/** A call of nobody's: without holds and rates of its caller, and without a conversation to be kept. */
function asideTrip(trip: Trip, place: number, parts: Parts): Trip {
  const own = new Trip(
    {
      id: trip.id,
      dialect: trip.dialect,
      credential: null,
      header: trip.header,
      readCall: () => Promise.resolve(trip.call),
      departure: new Departure(),
      arrivedUs: parts.clock.elapsedUs(),
      ended: () => {},
    },
    trip.key,
    trip.call,
    trip.attribution,
    trip.snapshot,
    parts.clock,
  )
  own.task = trip.task
  own.attempts = firstNumber + place
  return own
}

/** Null when nothing came that could be compared. @throws what the provider says */
async function exchange(
  own: Trip,
  stop: PricedStop,
  role: Aside['role'],
  parts: Parts,
  departure: Departure,
): Promise<ChatReply | null> {
  const answer = await attemptAt(stop, role, own, null, parts, departure)
  const { reply } = await hold(own, answer, parts)
  closeAttempt(own, answer.attempt, { endState: 'complete', reply, error: null }, parts)
  if (reply !== null) keep(own, answer.attempt.number, reply, stop, parts)
  return reply
}

/** The pair of an answer, kept as the answer is. */
function keep(
  { id, at, dialect, call, snapshot }: Trip,
  attempt: number,
  reply: ChatReply,
  { provider, model }: PricedStop,
  { payloads, clock }: Parts,
): void {
  if (snapshot.payloads === 'none') return
  const nowS = Math.floor(clock.now() / 1_000_000)
  const answer = dialect.writeReply(reply, call, {
    callId: id,
    nowS,
    model: `${provider.id}/${model}`,
  })
  payloads.keep({
    callId: id,
    attempt,
    at,
    dialect: dialect.id,
    request: null,
    answer,
    mode: snapshot.payloads,
  })
}
