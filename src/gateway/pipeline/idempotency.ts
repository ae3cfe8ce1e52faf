import type { Instant } from '../../core/clock.ts'
import {
  answerUnfit,
  contentFiltered,
  contextTooLong,
  GatewayError,
  idempotencyKeyBusy,
  idempotencyKeyReused,
  internalFault,
  invalidRequest,
  providerFailed,
  providerRefused,
  providerTimeout,
} from '../../core/errors.ts'
import { admitFree } from './admit.ts'
import { forCustomer } from './attribute.ts'
import { fingerprint, Print } from './fingerprint.ts'
import { giveAgain, keepingFor, wordsOf } from './give-again.ts'
import type { KeptError, Remembered } from './idempotent-calls.ts'
import type { Parts } from './parts.ts'
import { type Relayed, streamType } from './relayed.ts'
import type { Trip } from './trip.ts'

/**
 * A call that carries an `Idempotency-Key` is made once: whoever sends it again, because the answer got
 * lost on its way, gets the answer of the first time. See decision 0015.
 */

const kind = 'idempotency'
/** As long as Stripe keeps them. @see https://docs.stripe.com/api/idempotent_requests (read 2026-11-21) */
const keptUs = 24 * 3_600_000_000
const keyLengthMax = 255
const busyWaitMs = 1_000

/**
 * What a provider said or did to the request itself. Anything else, such as a rate limit or a host that
 * was not reached, means that nobody has worked on it: then a repeat is a call like the first.
 */
const standing = new Set(
  [
    providerRefused,
    providerFailed,
    providerTimeout,
    contextTooLong,
    contentFiltered,
    answerUnfit,
    internalFault,
  ].map(({ code }) => code),
)

/**
 * @param key  the header's value
 * @returns what the first call with this key got; null when this is the first, which is remembered from
 *   here on
 * @throws what the first call got; idempotency_key_reused, idempotency_key_busy; invalid_request
 */
export async function repeated(trip: Trip, key: string, parts: Parts): Promise<Relayed | null> {
  if (key.length > keyLengthMax) {
    throw invalidRequest(
      `Idempotency-Key has ${key.length} characters, and may have ${keyLengthMax}. A UUID is enough.`,
    )
  }
  const { idempotentCalls } = parts
  const id = new Print().add(trip.key.id, trip.dialect.id, key).digest()
  const asks = new Print().add(fingerprint(trip.call), streamType(trip)).digest()
  const claim = await idempotentCalls.claim(id, asks)
  if (claim === 'reused') throw idempotencyKeyReused()
  if (claim === 'busy') throw idempotencyKeyBusy().after(busyWaitMs)
  if (claim !== 'first') return replay(trip, claim, asks, parts)
  keepingFor(trip, parts).add({
    keep: (answer) => {
      remember(trip, id, { asks, answer, error: null }, parts)
      idempotentCalls.end(id)
    },
    fail: (error) => {
      if (error !== null && trip.attempts > 0 && standing.has(error.code)) {
        remember(trip, id, { asks, answer: null, error: keptError(error, trip) }, parts)
      }
      idempotentCalls.end(id)
    },
  })
  return null
}

async function replay(
  trip: Trip,
  { asks: askedBefore, answer, error }: Remembered,
  asks: string,
  parts: Parts,
): Promise<Relayed> {
  if (askedBefore !== asks) throw idempotencyKeyReused()
  trip.task = trip.snapshot.tasks.get(trip.call.model) ?? null
  if (answer === null) {
    admitFree(trip, parts)
    const { callId, message, param, ...facts } = error!
    throw new GatewayError(facts, message).at(param).telling(replayedHeaders(callId))
  }
  const headers = replayedHeaders(answer.callId)
  return giveAgain(trip, answer, { role: 'replay', saved: null, headers }, parts)
}

/** What the first call with a key got, where it was put by `remember`. */
export async function rememberedOf(
  id: string,
  { shelf }: Pick<Parts, 'shelf'>,
): Promise<Remembered | null> {
  const item = await shelf.get(kind, id)
  return item && (JSON.parse(item.value) as Remembered)
}

function remember(trip: Trip, id: string, what: Remembered, parts: Parts): void {
  const at = parts.clock.now()
  parts.shelf.put(
    {
      kind,
      id,
      owner: trip.key.id,
      ...forCustomer(trip.attribution),
      value: JSON.stringify(what),
      at,
      expiresAt: (at + keptUs) as Instant,
    },
    wordsOf(trip, what.answer),
  )
}

function keptError(error: GatewayError, { id }: Trip): KeptError {
  const { code, kind: kindOf, status, again, message, param } = error
  return { callId: id, code, kind: kindOf, status, again, message, param }
}

/** The names are Stripe's. */
function replayedHeaders(callId: string): Record<string, string> {
  return { 'idempotent-replayed': 'true', 'original-request': callId }
}
