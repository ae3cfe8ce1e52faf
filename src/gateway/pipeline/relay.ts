import { callerLeft, type GatewayError, internalFault, providerFailed } from '../../core/errors.ts'
import { Fold } from '../../core/fold.ts'
import { usdText } from '../../core/money.ts'
import type { EndState } from '../../core/record.ts'
import type { Reply } from '../../core/reply.ts'
import {
  type Framer,
  ProviderFault,
  type Stamp,
  type StreamWriter,
} from '../../dialects/dialect.ts'
import type { Door } from '../../providers/provider.ts'
import {
  type Answer,
  type StreamedAnswer,
  type UnfoldedAnswer,
  type WholeAnswer,
} from './answer.ts'
import { type Attempt, credentialName } from './attempt.ts'
import { closeAttempt, closeTrip } from './close.ts'
import { keepTurn } from './conversation.ts'
import { asOurs, endStateOf } from './faults.ts'
import type { Parts } from './parts.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { relayBytes } from './relay-bytes.ts'
import { type EventSource, type Piece, SourceFault } from './source.ts'
import { Spending } from './spending.ts'
import { type Relayed, streamType } from './relayed.ts'
import type { Trip } from './trip.ts'

/**
 * Passes the answer on as it comes, counting. Where caller and provider speak one dialect the
 * provider's bytes go on untouched and a copy is read; otherwise the deltas are written anew. However
 * it ends, the call is accounted and on the ledger before the caller sees its end.
 * @throws ledger_unavailable before anything was passed on
 */
export async function relay(trip: Trip, answer: Answer, parts: Parts): Promise<Relayed> {
  const { attempt } = answer
  const stamp: Stamp = {
    callId: trip.id,
    nowS: Math.floor(parts.clock.now() / 1_000_000),
    model: `${attempt.stop.provider.id}/${attempt.stop.model}`,
  }
  switch (answer.kind) {
    case 'whole':
      return relayWhole(trip, answer, stamp, parts)
    case 'unfolded':
      return relayUnfolded(trip, answer, stamp, parts)
    case 'bytes': {
      const type = headerText(answer.mediaType)
      return {
        headers: headersOf(trip, attempt, parts, type),
        body: relayBytes(trip, answer, parts),
      }
    }
    case 'stream': {
      const stream = new StreamRelay(trip, answer, stamp, parts)
      return { headers: headersOf(trip, attempt, parts, streamType(trip)), body: stream.readable() }
    }
  }
}

async function relayWhole(
  trip: Trip,
  answer: WholeAnswer,
  stamp: Stamp,
  parts: Parts,
): Promise<Relayed> {
  const { attempt, reply, text, door } = answer
  const { dialect, call } = trip
  const body =
    text !== null && door.dialect.id === dialect.id ? text : dialect.writeReply(reply, call, stamp)
  closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
  closeTrip(trip, dialect.keptAnswer?.(body) ?? body, parts)
  finish(trip, attempt, reply, null)
  keepTurn(trip, attempt, door, body, parts)
  await parts.ledger.flushed()
  if (call.stream && dialect.writeEvents) {
    const headers = headersOf(trip, attempt, parts, streamType(trip))
    return { headers, body: dialect.writeEvents(reply) }
  }
  const type = reply.operation === 'transcribe' ? reply.mediaType : 'application/json'
  const headers = headersOf(trip, attempt, parts, type)
  if (!trip.costUnknown) headers['x-freehold-cost-usd'] = usdText(trip.cost)
  return { headers, body }
}

/** A whole answer written as a stream, because the caller asked for one. */
async function relayUnfolded(
  trip: Trip,
  { attempt, door, deltas }: UnfoldedAnswer,
  stamp: Stamp,
  parts: Parts,
): Promise<Relayed> {
  const { dialect, call } = trip
  const writer = dialect.startWriting!(call, stamp)
  const body = joined([writer.write(deltas), writer.end()])
  const fold = new Fold()
  for (const delta of deltas) fold.take(delta)
  const reply = fold.reply()
  closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
  const kept = dialect.writeReply(reply, call, stamp)
  closeTrip(trip, kept, parts)
  finish(trip, attempt, reply, kept)
  keepTurn(trip, attempt, door, kept, parts)
  await parts.ledger.flushed()
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
  const headers: Record<string, string> = {
    'content-type': contentType,
    'cache-control': 'no-cache',
    'x-freehold-model': headerText(`${provider.id}/${model}`),
    'x-freehold-attempts': String(trip.attempts),
    'x-freehold-overhead-ms': (trip.overheadUs(parts.clock.elapsedUs()) / 1_000).toFixed(3),
    'x-freehold-cache': trip.cache,
  }
  if (attempt.adapted !== null) headers['x-freehold-adapted'] = headerText(attempt.adapted)
  if (trip.rates !== null) Object.assign(headers, rateHeadersOf(trip, trip.rates, parts))
  return headers
}

/** Model names come from callers: a header is made of what may stand in one. */
export function headerText(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?').slice(0, 1_000)
}

class StreamRelay {
  readonly #trip: Trip
  readonly #attempt: Attempt
  readonly #door: Door
  readonly #source: EventSource
  readonly #parts: Parts
  readonly #stamp: Stamp
  readonly #fold = new Fold()
  /** Null where no budget has to hold. */
  readonly #spending: Spending | null
  /** Null: the provider's bytes go on as they are. */
  readonly #writer: StreamWriter | null
  /** Null: they go on in the frame in which they came, too. */
  readonly #framer: Framer | null
  /** The provider's own end mark, which may say more than that. */
  #mark: Uint8Array | null = null
  /** What was read before the first content, until it is passed on. */
  #begun: StreamedAnswer | null

  constructor(trip: Trip, answer: StreamedAnswer, stamp: Stamp, parts: Parts) {
    this.#trip = trip
    this.#attempt = answer.attempt
    this.#door = answer.door
    this.#source = answer.source
    this.#parts = parts
    this.#stamp = stamp
    this.#begun = answer
    this.#spending = Spending.of(trip, answer.attempt, parts)
    const same = answer.door.dialect.id === trip.dialect.id
    this.#writer = same ? null : trip.dialect.startWriting!(trip.call, stamp)
    this.#framer = same ? (trip.dialect.startFraming?.() ?? null) : null
  }

  readable(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        try {
          await this.#pull(controller)
        } catch (error) {
          // Whatever happened, the stream must not look as if it had come to its end.
          this.#close('gateway_error', internalFault().because(error))
          quietly(() => controller.error(error))
        }
      },
      cancel: () => {
        this.#source.exchange.cancel()
        this.#close('caller_left', callerLeft())
      },
    })
  }

  /** Passes on the next bytes there are, or the end. */
  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      let pieces: readonly Piece[] | null
      let fault: Error | null = null
      if (this.#begun) {
        pieces = this.#begun.begun
        fault = this.#begun.fault
        this.#begun = null
      } else {
        try {
          pieces = await this.#source.next()
        } catch (error) {
          pieces = error instanceof SourceFault ? error.before : []
          fault = error instanceof SourceFault ? error.fault : (error as Error)
        }
      }
      const bytes = this.#pass(pieces ?? [])
      const over = this.#spending?.over() ?? null
      // One that has come to its end is charged in full, whether it is passed on or not.
      if (over !== null && pieces !== null && !this.#source.ended)
        return this.#fail(controller, over)
      if (fault !== null) {
        enqueue(controller, bytes)
        return this.#fail(controller, fault)
      }
      if (pieces === null || this.#source.ended) return this.#finish(controller, bytes)
      if (bytes.length > 0) {
        controller.enqueue(bytes)
        return
      }
    }
  }

  /** What the caller gets for these pieces. The end mark waits until the call is on the ledger. */
  #pass(pieces: readonly Piece[]): Uint8Array {
    const { usageAsked } = this.#trip.call
    const passed: Uint8Array[] = []
    const written: (string | Uint8Array)[] = []
    for (const { raw, deltas, last } of pieces) {
      if (deltas === null) continue // a broken event helps nobody
      for (const delta of deltas) {
        this.#fold.take(delta)
        this.#spending?.take(delta)
      }
      if (this.#writer !== null) {
        written.push(this.#writer.write(deltas))
        continue
      }
      const hidden = !usageAsked && deltas.some((delta) => delta.type === 'usage' && delta.alone)
      if (last) this.#mark = raw
      if (hidden || last) continue
      if (this.#framer === null) append(passed, raw)
      else written.push(this.#framer.frame(raw))
    }
    if (this.#writer !== null || this.#framer !== null) return joined(written)
    return passed.length === 1 ? passed[0]! : Buffer.concat(passed)
  }

  async #finish(
    controller: ReadableStreamDefaultController<Uint8Array>,
    bytes: Uint8Array,
  ): Promise<void> {
    const { exchange } = this.#source
    if (!this.#source.ended && !this.#fold.finished) {
      enqueue(controller, bytes)
      const { id } = this.#attempt.stop.provider
      return this.#fail(controller, providerFailed(id, 'it broke off its answer'))
    }
    exchange.drain() // what may come behind the end mark belongs to no answer
    this.#close('complete', null)
    enqueue(controller, bytes)
    await this.#parts.ledger.flushed()
    const end =
      this.#writer === null ? (this.#mark ?? this.#trip.dialect.streamEnd) : this.#writer.end()
    controller.enqueue(joined([end]))
    controller.close()
  }

  /** An honest end: an error event, and no end mark. */
  async #fail(
    controller: ReadableStreamDefaultController<Uint8Array>,
    fault: Error,
  ): Promise<void> {
    if (this.#attempt.closed) return // the caller left, and reading was broken off for it
    const { dialect, id } = this.#trip
    const { provider, model } = this.#attempt.stop
    const error = asOurs(fault, this.#attempt, this.#parts.clock)
    this.#source.exchange.cancel()
    const credential = credentialName(provider.id, this.#attempt.credential)
    const isOneOfSeveral = provider.keys.length > 1
    this.#parts.health.failed(`${provider.id}/${model}`, credential, error, isOneOfSeveral)
    this.#close(fault instanceof ProviderFault ? 'provider_error' : cutOr(endStateOf(error)), error)
    await this.#parts.ledger.flushed()
    const told =
      this.#writer === null ? this.#source.failure(error, id) : this.#writer.fail?.(error, id)
    quietly(() => {
      controller.enqueue(joined([told ?? dialect.writeStreamError(error, id)]))
      controller.close()
    })
  }

  #close(endState: EndState, error: GatewayError | null): void {
    if (this.#attempt.closed) return
    const { dialect, call } = this.#trip
    const reply = this.#fold.reply()
    closeAttempt(this.#trip, this.#attempt, { endState, reply, error }, this.#parts)
    const kept = dialect.writeReply(reply, call, this.#stamp)
    closeTrip(this.#trip, kept, this.#parts)
    if (endState !== 'complete') return
    finish(this.#trip, this.#attempt, reply, kept)
    keepTurn(this.#trip, this.#attempt, this.#door, kept, this.#parts)
  }
}

/** A provider that says nothing of an error and stops has cut the stream. */
function cutOr(endState: EndState): EndState {
  return endState === 'provider_error' ? 'provider_cut' : endState
}

/** Text and frames as bytes, one behind another. */
function joined(parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  if (parts.every((part) => typeof part === 'string')) return Buffer.from(parts.join(''))
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** Bytes that follow each other in one buffer go out as one view, without a copy. */
function append(passed: Uint8Array[], raw: Uint8Array): void {
  const last = passed.at(-1)
  if (last && last.buffer === raw.buffer && last.byteOffset + last.length === raw.byteOffset) {
    passed[passed.length - 1] = new Uint8Array(
      last.buffer,
      last.byteOffset,
      last.length + raw.length,
    )
  } else passed.push(raw)
}

function enqueue(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
  if (bytes.length > 0) quietly(() => controller.enqueue(bytes))
}

/** The caller may have left in the meantime, and then there is nobody to tell. */
function quietly(tell: () => void): void {
  try {
    tell()
  } catch {
    // Its `cancel` has closed the call.
  }
}
