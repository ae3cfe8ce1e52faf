import { GatewayError, modelUnavailable, providerFailed } from '../../core/errors.ts'
import type { Departure } from '../../core/departure.ts'
import { deltasOf, Fold } from '../../core/fold.ts'
import type { Intent } from '../../core/record.ts'
import { type Delta, isContent, type Reply } from '../../core/reply.ts'
import type { Secret } from '../../core/secret.ts'
import { ProviderFault } from '../../dialects/dialect.ts'
import { SseParser } from '../../dialects/sse.ts'
import type { Door } from '../../providers/provider.ts'
import type { Exchange } from '../upstream/upstream.ts'
import { admitAttempt, type PricedStop } from './admit.ts'
import { type Attempt, credentialName } from './attempt.ts'
import { closeAttempt } from './close.ts'
import { asOurs, endStateOf, refusal } from './faults.ts'
import { doorFor, headersFor, limitsFor, signed, urlOf } from './request.ts'
import type { Parts } from './parts.ts'
import { EventSource, type Piece, SourceFault } from './source.ts'
import type { Trip } from './trip.ts'

/** What a provider gave, up to the point from which it can no longer be taken back. */
export type Answer = WholeAnswer | StreamedAnswer | UnfoldedAnswer

interface Answered {
  readonly attempt: Attempt
  readonly door: Door
}

export interface WholeAnswer extends Answered {
  readonly kind: 'whole'
  readonly reply: Reply
  /** As the provider wrote it; null when it came as a stream. */
  readonly text: string | null
}

/** A stream of which everything up to its first content was read. */
export interface StreamedAnswer extends Answered {
  readonly kind: 'stream'
  readonly source: EventSource
  readonly begun: readonly Piece[]
  /** What went wrong behind the first content, in the same read. */
  readonly fault: Error | null
}

/** A whole answer to a caller who asked for a stream. */
export interface UnfoldedAnswer extends Answered {
  readonly kind: 'unfolded'
  readonly deltas: readonly Delta[]
}

/** A second try at the same model waits this long, jittered; it is one try and no more. */
const retryWaitMs = 100

/**
 * Walks the stops until somebody answers. What a provider did wrong says where asking again may help;
 * after the first content byte nobody else is asked.
 * @throws what the last provider said; caller_left; ledger_unavailable
 */
export async function ask(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  let last: GatewayError | null = null
  for (const stop of healthyFirst(stops, parts)) {
    for (let tries = 0; tries < 2; tries += 1) {
      const begun = trip.attempts
      const role = begun === 0 ? 'served' : tries > 0 ? 'retry' : 'fallback'
      const why = last === null ? stop.reason : `${stop.reason}, after ${last.code}`
      try {
        return await attemptAt({ ...stop, reason: why }, role, trip, parts, departure)
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        last = error
      }
      if (departure.reason !== null || last.code === 'ledger_unavailable') throw last
      // Whoever could not be asked at all leaves the others to be asked.
      if (trip.attempts === begun) break
      if (last.again === 'never') throw last
      if (last.again !== 'here' || tries > 0) break
      await parts.clock.sleep(retryWaitMs * (0.5 + parts.random.next()))
      departure.throwIfLeft()
    }
  }
  throw last ?? modelUnavailable(trip.call.model)
}

/** The ones that have to wait come last; when all have to, only the one that waits least is asked. */
function healthyFirst(stops: readonly PricedStop[], { health }: Parts): readonly PricedStop[] {
  if (stops.length === 1) return stops
  const waits = new Map(stops.map((stop) => [stop, waitMs(stop, health)]))
  const healthy = stops.filter((stop) => waits.get(stop) === 0)
  if (healthy.length > 0) return healthy
  const [soonest] = stops.toSorted((left, right) => waits.get(left)! - waits.get(right)!)
  return soonest ? [soonest] : []
}

function waitMs({ provider, model }: PricedStop, health: Parts['health']): number {
  const credentials = provider.keys.length > 0 ? provider.keys : [null]
  const waits = credentials.map((key) => health.waitMs(credentialName(provider.id, key)))
  return Math.max(health.waitMs(`${provider.id}/${model}`), Math.min(...waits))
}

async function attemptAt(
  stop: PricedStop,
  role: Attempt['role'],
  trip: Trip,
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const { provider, model, found } = stop
  const { call } = trip
  const door = doorFor(provider, call)
  const written = door.dialect.writeCall(call, {
    model,
    quirks: door.quirks ?? {},
    outputMax: found?.model.outputMax ?? null,
  })
  const { hold, rates } = admitAttempt(trip, stop, parts)
  const credential = credentialFor(provider.id, provider.keys, trip, parts)
  const startedUs = parts.clock.elapsedUs()
  trip.attempts += 1
  const attempt: Attempt = {
    number: trip.attempts,
    role,
    stop,
    at: parts.clock.now(),
    startedUs,
    queueUs: startedUs - trip.arrivedUs,
    credential,
    reason: stop.reason,
    adapted: written.adapted.length > 0 ? written.adapted.join(', ') : null,
    stay: found?.model.machine ? parts.gpus.enter(`${provider.id}/${model}`) : null,
    hold,
    rates,
    status: null,
    connectUs: null,
    firstByteUs: null,
    firstContentUs: null,
    closed: false,
  }
  let waitingSinceUs: number | null = null
  try {
    parts.ledger.intend(intentOf(trip, attempt))
    await parts.ledger.flushed()
    const url = await urlOf(provider, door, model, call.stream, parts)
    const headers = headersFor(trip, provider, door, written)
    const body = written.encoded?.bytes ?? written.text
    waitingSinceUs = parts.clock.elapsedUs()
    const exchange = await parts.upstream.open({
      provider: provider.id,
      url,
      headers: signed(
        { url, headers, body, at: attempt.at },
        door.sign ?? provider.facts.sign,
        credential,
      ),
      body,
      limits: limitsFor(call.stream, provider, trip.task),
      departure,
    })
    attempt.status = exchange.status
    attempt.connectUs = exchange.connectUs
    attempt.firstByteUs = parts.clock.elapsedUs() - startedUs
    const answer = await receive(exchange, attempt, door, trip, parts)
    parts.health.succeeded(`${provider.id}/${model}`, credentialName(provider.id, credential))
    return answer
  } catch (thrown) {
    const error = departure.reason ?? asOurs(thrown, attempt, parts.clock)
    parts.health.failed(`${provider.id}/${model}`, credentialName(provider.id, credential), error)
    closeAttempt(trip, attempt, { endState: endStateOf(error), reply: null, error }, parts)
    throw error
  } finally {
    if (waitingSinceUs !== null) trip.waitedUs += parts.clock.elapsedUs() - waitingSinceUs
  }
}

/** The next credential that need not rest; the one that rests the shortest when all do. */
function credentialFor(
  provider: string,
  keys: readonly Secret[],
  { id }: Trip,
  { health }: Parts,
): Secret | null {
  if (keys.length <= 1) return keys[0] ?? null
  // Ids end in random digits: calls spread over the keys without anything to remember.
  const from = Number.parseInt(id.slice(-4), 16) % keys.length
  const turned = [...keys.slice(from), ...keys.slice(0, from)]
  const rest = (key: Secret): number => health.waitMs(credentialName(provider, key))
  return (
    turned.find((key) => rest(key) === 0) ??
    turned.toSorted((left, right) => rest(left) - rest(right))[0]!
  )
}

function intentOf(trip: Trip, attempt: Attempt): Intent {
  const { key, attribution, call, task, snapshot } = trip
  return {
    callId: trip.id,
    attempt: attempt.number,
    at: attempt.at,
    keyId: key.id,
    env: key.env,
    customer: attribution.customer,
    feature: attribution.feature,
    session: attribution.session,
    operation: call.operation,
    dialect: call.dialect,
    modelAsked: call.model,
    task: task?.name ?? null,
    provider: attempt.stop.provider.id,
    model: attempt.stop.model,
    role: attempt.role,
    stream: call.stream,
    configHash: snapshot.hash,
    ceiling: attempt.stop.ceiling,
  }
}

/** Reads a whole answer, or a stream up to its first content. */
async function receive(
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  trip: Trip,
  parts: Parts,
): Promise<Answer> {
  if (exchange.status < 200 || exchange.status >= 300) {
    const text = await exchange.text()
    throw refusal(attempt, door.dialect.readError(text), exchange, parts.clock)
  }
  const { clock } = parts
  if (trip.call.stream && door.dialect.startReading) {
    const first = await firstBytes(exchange)
    if (first !== null && looksLikeEvents(Buffer.from(first.subarray(0, 64)).toString('latin1'))) {
      return prime(sourceOf(exchange, attempt, door, first), attempt, door, parts)
    }
    return takeWhole(await exchange.text(first), exchange, attempt, door, trip, clock)
  }
  if (door.dialect.readBytes) {
    const bytes = await exchange.bytes()
    attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
    const mediaType = exchange.headers.get('content-type') ?? ''
    return {
      kind: 'whole',
      attempt,
      door,
      reply: door.dialect.readBytes(bytes, mediaType),
      text: null,
    }
  }
  return takeWhole(await exchange.text(), exchange, attempt, door, trip, clock)
}

/** JSON and pages begin with a bracket, events with a word or a colon. */
function looksLikeEvents(text: string): boolean {
  return !/^\s*[[{<]/.test(text)
}

function sourceOf(
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  first: Uint8Array,
): EventSource {
  const { dialect, quirks = {} } = door
  const reader = dialect.startReading!(quirks)
  const parser = dialect.startParsing?.() ?? new SseParser()
  return new EventSource(attempt.stop.provider.id, exchange, reader, parser, first)
}

/** A whole answer, in whichever of the two ways it came. @throws ProviderFault */
async function takeWhole(
  text: string,
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  trip: Trip,
  clock: Parts['clock'],
): Promise<Answer> {
  attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
  if (text.trim() === '') throw new ProviderFault('it sent an empty answer')
  if (door.dialect.startReading && looksLikeEvents(text)) {
    const source = sourceOf(exchange, attempt, door, Buffer.from(text))
    const reply = await foldAll(source, attempt.stop.provider.id)
    return { kind: 'whole', attempt, door, reply, text: null }
  }
  const reply = door.dialect.readReply(text, door.quirks ?? {})
  if (!trip.call.stream || reply.operation !== 'chat')
    return { kind: 'whole', attempt, door, reply, text }
  return { kind: 'unfolded', attempt, door, deltas: deltasOf(reply) }
}

/** The first read that is not blank: some vendors send empty lines while a request waits. */
async function firstBytes(exchange: Exchange): Promise<Uint8Array | null> {
  for (;;) {
    const chunk = await exchange.read()
    if (chunk === null || chunk.some((byte) => byte > 0x20)) return chunk
  }
}

/** Nothing goes to the caller before the first content: until then another provider may be asked. */
async function prime(
  source: EventSource,
  attempt: Attempt,
  door: Door,
  { clock }: Parts,
): Promise<StreamedAnswer> {
  const begun: Piece[] = []
  for (;;) {
    let fault: Error | null = null
    let pieces: readonly Piece[] | null
    try {
      pieces = await source.next()
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error
      pieces = error.before
      fault = error.fault
    }
    if (pieces === null)
      throw providerFailed(attempt.stop.provider.id, 'it ended the stream before it said anything')
    begun.push(...pieces)
    if (
      begun.some(({ deltas }) =>
        deltas?.some((delta) => isContent(delta) || delta.type === 'finish'),
      )
    ) {
      source.exchange.clocks.stop('first_content')
      attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
      return { kind: 'stream', attempt, door, source, begun, fault }
    }
    if (fault !== null) throw fault
    if (source.ended)
      throw providerFailed(attempt.stop.provider.id, 'it ended the stream before it said anything')
  }
}

/** A stream that nobody asked for, as the whole answer it amounts to. */
async function foldAll(source: EventSource, provider: string): Promise<Reply> {
  const fold = new Fold()
  try {
    for (let pieces = await source.next(); pieces !== null; pieces = await source.next()) {
      for (const { deltas } of pieces) for (const delta of deltas ?? []) fold.take(delta)
      if (source.ended) break
    }
  } catch (error) {
    throw error instanceof SourceFault ? error.fault : error
  } finally {
    source.exchange.cancel()
  }
  if (!fold.finished) throw providerFailed(provider, 'it broke off its answer')
  return fold.reply()
}
