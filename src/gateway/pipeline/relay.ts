import { Fold } from '../../core/fold.ts'
import { usdText } from '../../core/money.ts'
import type { Reply } from '../../core/reply.ts'
import type { Dialect, Stamp } from '../../dialects/dialect.ts'
import type { Answer, UnfoldedAnswer, WholeAnswer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import { closeAttempt, closeTrip, settled } from './close.ts'
import { keepTurn } from './conversation.ts'
import type { Parts } from './parts.ts'
import { modelName } from './place-name.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { relayBytes } from './relay-bytes.ts'
import { StreamRelay } from './relay-stream.ts'
import { joined, type Relayed, streamType } from './relayed.ts'
import type { GoOn } from './resume.ts'
import type { Trip } from './trip.ts'

/**
 * Passes the answer on as it comes, counting. Where caller and provider speak one dialect the
 * provider's bytes go on untouched and a copy is read; otherwise the deltas are written anew. However
 * it ends, the call is accounted and on the ledger before the caller sees its end.
 * @param goOn  asks somebody to go on from an answer that broke off
 * @throws ledger_unavailable before anything was passed on
 */
export function relay(
  trip: Trip,
  answer: Answer,
  parts: Parts,
  goOn: GoOn,
): Relayed | Promise<Relayed> {
  const { attempt } = answer
  switch (answer.kind) {
    case 'whole':
      return relayWhole(trip, answer, parts)
    case 'unfolded':
      return relayUnfolded(trip, answer, parts)
    case 'bytes': {
      const type = headerText(answer.mediaType)
      return {
        headers: headersOf(trip, attempt, parts, type),
        body: relayBytes(trip, answer, parts),
      }
    }
    case 'stream': {
      const stream = new StreamRelay(trip, answer, stampOf(trip, attempt, parts), parts, goOn)
      return { headers: headersOf(trip, attempt, parts, streamType(trip)), body: stream.readable() }
    }
  }
}

function stampOf(trip: Trip, { stop }: Attempt, { clock }: Parts): Stamp {
  return {
    callId: trip.id,
    nowS: Math.floor(clock.now() / 1_000_000),
    model: modelName(stop.provider, stop.model),
  }
}

async function relayWhole(trip: Trip, answer: WholeAnswer, parts: Parts): Promise<Relayed> {
  const { attempt, reply, text, door } = answer
  const { dialect, call } = trip
  const body =
    text !== null && door.dialect.id === dialect.id
      ? text
      : dialect.writeReply(reply, call, stampOf(trip, attempt, parts))
  closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
  closeTrip(trip, { attempt: attempt.number, text: keptOf(dialect, body) }, parts)
  finish(trip, attempt, reply, null)
  if (trip.thread !== null) keepTurn(trip, attempt, door, body, parts)
  await parts.ledger.flushed()
  const settling = parts.shelf.settled()
  if (settling !== null) await settling
  if (call.stream && dialect.writeEvents) {
    const headers = headersOf(trip, attempt, parts, streamType(trip))
    return { headers, body: dialect.writeEvents(reply) }
  }
  const type = reply.operation === 'transcribe' ? reply.mediaType : 'application/json'
  const headers = headersOf(trip, attempt, parts, type)
  if (!trip.costUnknown) headers['x-freehold-cost-usd'] = usdText(trip.cost)
  return { headers, body }
}

/** What is kept of an answer: reckoned when somebody keeps it, where it is another text. */
function keptOf(dialect: Dialect, body: string): string | (() => string) {
  return dialect.keptAnswer === undefined ? body : () => dialect.keptAnswer?.(body) ?? body
}

/** A whole answer written as a stream, because the caller asked for one. */
async function relayUnfolded(
  trip: Trip,
  { attempt, door, deltas }: UnfoldedAnswer,
  parts: Parts,
): Promise<Relayed> {
  const { dialect, call } = trip
  const stamp = stampOf(trip, attempt, parts)
  const writer = dialect.startWriting!(call, stamp)
  const body = joined([writer.write(deltas), writer.end()])
  const fold = new Fold()
  for (const delta of deltas) fold.take(delta)
  const reply = fold.reply()
  closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
  let text: string | null = null
  const kept = (): string => (text ??= dialect.writeReply(reply, call, stamp))
  closeTrip(trip, { attempt: attempt.number, text: kept }, parts)
  if (trip.keeping !== null) finish(trip, attempt, reply, kept())
  if (trip.thread !== null) keepTurn(trip, attempt, door, kept(), parts)
  await settled(parts)
  return { headers: headersOf(trip, attempt, parts, streamType(trip)), body }
}

/** @param said  all of a stream's words in one piece */
function finish({ keeping }: Trip, { stop }: Attempt, reply: Reply, said: string | null): void {
  keeping?.finish({ reply, provider: stop.provider.id, model: stop.model, said })
}

function headersOf(
  trip: Trip,
  attempt: Attempt,
  parts: Parts,
  contentType: string,
): Record<string, string> {
  const { provider, model } = attempt.stop
  const headers = trip.rates === null ? {} : rateHeadersOf(trip, trip.rates, parts)
  headers['content-type'] = contentType
  headers['cache-control'] = 'no-cache'
  headers['x-freehold-model'] = headerText(modelName(provider, model))
  headers['x-freehold-attempts'] = String(trip.attempts)
  headers['x-freehold-overhead-ms'] = (trip.overheadUs(parts.clock.elapsedUs()) / 1_000).toFixed(3)
  headers['x-freehold-cache'] = trip.cache
  if (attempt.adapted !== null) headers['x-freehold-adapted'] = headerText(attempt.adapted)
  return headers
}

/** Model names come from callers: a header is made of what may stand in one. */
export function headerText(text: string): string {
  return plain.test(text) ? text : text.replaceAll(/[^ -~]/g, '?').slice(0, headerLengthMax)
}

const headerLengthMax = 1_000
const plain = /^[ -~]{0,1000}$/
