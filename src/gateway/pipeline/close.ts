import type { GatewayError } from '../../core/errors.ts'
import { add, type Money, nothing, subtract } from '../../core/money.ts'
import { type AttemptRecord, type AttemptRole, isAside, noExchange } from '../../core/record.ts'
import type { ChatReply } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens } from '../../core/usage.ts'
import { account, type Charge, errorText } from './account.ts'
import { type Attempt, credentialName, type Outcome } from './attempt.ts'
import { callFacts } from './call-facts.ts'
import type { KeptAnswer } from './keeping.ts'
import { chargeLaterBudgets } from './later-budgets.ts'
import { noteAttempt, noteTrip } from './note.ts'
import type { Parts } from './parts.ts'
import { rememberTurn } from './past-turns.ts'
import { modelName, modeName, placeName } from './place-name.ts'
import { savingOf } from './saving.ts'
import type { Trip } from './trip.ts'

/**
 * Until the call is on the ledger and what it leaves for calls to come is found by them: only then may
 * the caller see the end of its answer.
 * @throws ledger_unavailable
 */
export async function settled({ ledger, shelf }: Pick<Parts, 'ledger' | 'shelf'>): Promise<void> {
  await ledger.flushed()
  const settling = shelf.settled()
  if (settling !== null) await settling
}

/**
 * Ends an attempt on whichever way out: its row goes on the ledger, what it held is given back.
 * @returns what it used; null when that is not known, or it was ended before
 */
export function closeAttempt(
  trip: Trip,
  attempt: Attempt,
  outcome: Outcome,
  parts: Parts,
): Measured | null {
  if (attempt.closed) return null
  attempt.closed = true
  trip.underWay = subtract(trip.underWay, attempt.stop.ceiling ?? nothing)
  const charge = account(trip, attempt, outcome, parts.gpus)
  const nowUs = parts.clock.elapsedUs()
  const record = recordOf(trip, attempt, outcome, charge, nowUs)
  parts.ledger.append(record)
  parts.observe(record)
  const tokens = tokensOf(charge)
  if (attempt.hold) parts.budgets.settle(attempt.hold, charge.cost, parts.clock.now())
  chargeLaterBudgets(trip, attempt, charge.cost, parts)
  if (attempt.rates) parts.rates.giveBack(attempt.rates, tokens ?? unused(attempt, outcome), nowUs)
  if (trip.course !== null) noteAttempt(trip, trip.course, attempt, outcome, charge)
  const name = modelName(attempt.stop.provider, attempt.stop.model)
  const isForCaller = !isAside(attempt.role)
  // What goes on from another's answer was asked more than the call, and said half of what was said.
  const isOfTheCall = attempt.role !== 'resume'
  if (outcome.endState === 'complete' && charge.measured?.source === 'provider' && isOfTheCall) {
    const { provider, model } = attempt.stop
    if (trip.conversation !== null && isForCaller) {
      const credential = attempt.credential?.fingerprint() ?? null
      parts.affinity.note(trip.conversation, { model: name, credential })
    }
    parts.tokenRatios.observe(provider.id, model, trip.call, charge.measured.usage)
  }
  if (outcome.endState === 'complete' && attempt.isBatched !== true && !parts.health.isClear) {
    const { provider } = attempt.stop
    const credential = credentialName(provider.id, attempt.credential)
    parts.health.completed(placeName(attempt.stop), credential)
  }
  if (outcome.endState === 'complete' && outcome.reply !== null && isForCaller && isOfTheCall) {
    rememberTurn(trip, attempt.stop, outcome.reply, parts)
  }
  if (outcome.endState === 'complete' && record.totalUs !== null)
    parts.latencies.observeAnswer(modeName(name, charge.mode), record.totalUs)
  if (charge.costSource === 'unknown') alarmUnknownPrice(attempt, parts)
  trip.tokens += tokens ?? 0
  if (charge.cost === null) trip.costUnknown = true
  else trip.cost = add(trip.cost, charge.cost)
  return charge.measured
}

/** What a call was answered, as far as it is to be kept. */
interface Said {
  /** The attempt that said it. */
  readonly attempt: number
  /** A function's is written when somebody keeps it. */
  readonly text: string | (() => string)
}

/** Ends a call: holds are traded for what it came to, and what was said is kept. */
export function closeTrip(trip: Trip, said: Said | null, parts: Parts): void {
  if (trip.closed) return
  trip.closed = true
  trip.ended()
  if (trip.course !== null) noteTrip(trip, trip.course, parts.clock.elapsedUs())
  if (trip.hold) parts.budgets.settle(trip.hold, trip.cost, parts.clock.now())
  if (trip.rates) parts.rates.giveBack(trip.rates, trip.tokens, parts.clock.elapsedUs())
  const mode = trip.snapshot.payloads
  if (mode === 'none' || trip.attempts === 0) return
  parts.payloads.keep({
    callId: trip.id,
    attempt: said?.attempt ?? trip.attempts,
    at: trip.at,
    dialect: trip.dialect.id,
    request: trip.call.body.text,
    answer: said === null ? null : textOf(said),
    mode,
  })
}

function textOf({ text }: Said): string {
  return typeof text === 'string' ? text : text()
}

/** The row of a call that was turned away before any provider was asked. */
export function closeRefused(trip: Trip, error: GatewayError, parts: Parts): void {
  if (trip.closed) return
  const outcome: Outcome = { endState: 'refused', reply: null, error }
  closeUnasked(
    trip,
    {
      ...unasked(trip, parts.clock.elapsedUs()),
      role: 'refused',
      status: error.status,
      endState: error.code === 'internal_error' ? 'gateway_error' : 'refused',
      errorCode: error.code,
      errorText: errorText(outcome),
    },
    parts,
  )
}

/** The row of a call that is given what another was answered: its provider was not asked again. */
export function closeGivenAgain(
  trip: Trip,
  { callId, provider, model }: KeptAnswer,
  role: AttemptRole,
  saved: Money | null,
  parts: Parts,
): void {
  closeUnasked(
    trip,
    {
      ...unasked(trip, parts.clock.elapsedUs()),
      role,
      provider,
      model,
      reason: `the answer of call ${callId}`,
      status: 200,
      endState: 'complete',
      saved,
      savedBy: role === 'cache_hit' ? 'cache' : null,
    },
    parts,
  )
}

function closeUnasked(trip: Trip, record: AttemptRecord, parts: Parts): void {
  parts.ledger.append(record)
  parts.observe(record)
  closeTrip(trip, null, parts)
}

function unasked(trip: Trip, nowUs: number) {
  return {
    ...noExchange,
    ...callFacts(trip),
    policy: trip.task?.policy ?? null,
    attempt: 0,
    at: trip.at,
    provider: null,
    model: null,
    cost: nothing,
    costSource: 'none',
    totalUs: nowUs - trip.arrivedUs,
    overheadUs: trip.overheadUs(nowUs),
  } as const
}

function tokensOf({ measured }: Charge): number | null {
  return measured === null ? null : promptTokens(measured.usage) + completionTokens(measured.usage)
}

/** None where nothing was counted; null, which is unknown, where an answer was begun and nobody could read it. */
function unused({ status }: Attempt, { endState }: Outcome): 0 | null {
  const isBegun = status !== null && status >= 200 && status < 300
  return isBegun && endState !== 'complete' ? null : 0
}

function alarmUnknownPrice({ stop }: Attempt, { alarms }: Parts): void {
  const name = modelName(stop.provider, stop.model)
  alarms.raise(
    'unknown_price',
    name,
    `${name} is being called and its price is not known, so its cost is not counted. Name it under prices: in freehold.yaml.`,
  )
}

function recordOf(
  trip: Trip,
  attempt: Attempt,
  outcome: Outcome,
  charge: Charge,
  nowUs: number,
): AttemptRecord {
  const { stop, isBatched = false } = attempt
  const { reply, error, endState } = outcome
  const { measured } = charge
  const chat = reply !== null && reply.operation === 'chat' ? reply : null
  const ending = chat?.choices[0]?.ending ?? null
  const { saved, savedBy } = savingOf(trip, attempt, outcome, charge)
  return {
    ...callFacts(trip),
    policy: trip.task?.policy ?? null,
    attempt: attempt.number,
    at: attempt.at,
    provider: stop.provider.id,
    model: stop.model,
    modelServed: reply?.model ?? null,
    credential: attempt.credential?.fingerprint() ?? null,
    role: attempt.role,
    reason: attempt.reason,
    adapted: attempt.adapted,
    usage: measured?.usage ?? null,
    usageSource: measured?.source ?? 'none',
    usageRaw: measured === null || measured.raw === null ? null : JSON.stringify(measured.raw),
    cost: charge.cost,
    costSource: charge.costSource,
    priceId: charge.priceId,
    mode: charge.mode,
    region: stop.provider.region ?? null,
    saved,
    savedBy,
    reportedUsd: measured?.reportedUsd ?? null,
    status: attempt.status,
    endState,
    errorCode: error?.code ?? null,
    errorText: errorText(outcome),
    finish: ending?.word ?? ending?.finish ?? null,
    toolCalls: chat === null ? null : toolCallsIn(chat),
    answerId: chat?.id ?? null,
    queueUs: isBatched ? null : attempt.queueUs,
    connectUs: attempt.connectUs,
    firstByteUs: attempt.firstByteUs,
    firstContentUs: attempt.firstContentUs,
    totalUs: isBatched ? null : nowUs - attempt.startedUs,
    overheadUs: isBatched ? null : trip.overheadUs(nowUs),
  }
}

function toolCallsIn({ choices }: ChatReply): number {
  let count = 0
  for (const { parts } of choices) for (const { type } of parts) if (type === 'toolCall') count += 1
  return count
}
