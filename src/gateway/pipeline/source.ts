import { type GatewayError, providerFailed } from '../../core/errors.ts'
import { Fold } from '../../core/fold.ts'
import type { ChatReply, Delta } from '../../core/reply.ts'
import { ProviderFault, type StreamReader } from '../../dialects/dialect.ts'
import type { EventParser } from '../../dialects/sse.ts'
import type { Exchange } from '../upstream/upstream.ts'

/** An event of the provider's stream: its bytes, and what they mean. */
export interface Piece {
  readonly raw: Uint8Array
  /** Empty for comments; null for an event that cannot be read. */
  readonly deltas: readonly Delta[] | null
  /** The dialect's own end mark. */
  readonly last: boolean
}

/** A provider's event stream, piece by piece. */
export class EventSource {
  readonly exchange: Exchange
  readonly #provider: string
  readonly #reader: StreamReader
  readonly #parser: EventParser
  #unread: Uint8Array | null
  /** Bytes that came so far. */
  bytes = 0

  /** @param begun  bytes that were read already, to see what kind of answer it is */
  constructor(
    provider: string,
    exchange: Exchange,
    reader: StreamReader,
    parser: EventParser,
    begun: Uint8Array | null,
  ) {
    this.#provider = provider
    this.exchange = exchange
    this.#reader = reader
    this.#parser = parser
    this.#unread = begun
  }

  /** True once the dialect's end mark was read; what comes later belongs to no answer. */
  get ended(): boolean {
    return this.#reader.ended
  }

  /** What ends this stream when it is passed on as it came and broke off; null: every stream ends alike. */
  failure(error: GatewayError, requestId: string): string | null {
    return this.#reader.fail?.(error, requestId) ?? null
  }

  /**
   * The pieces of the next read; null at the end of the stream.
   * @throws ProviderFault for an error that the provider tells of in its stream, and what
   *   `Exchange.read` throws. Pieces that came before it in the same read are in `before`.
   */
  async next(): Promise<readonly Piece[] | null> {
    const chunk = this.#unread ?? (await this.exchange.read())
    this.#unread = null
    return this.take(chunk)
  }

  /** The pieces that one read of the exchange makes, for those who read it themselves. @throws as `next` does */
  take(chunk: Uint8Array | null): readonly Piece[] | null {
    if (chunk === null) return null
    this.bytes += chunk.length
    const pieces: Piece[] = []
    try {
      for (const { raw, event } of this.#parser.feed(chunk)) {
        if (this.#reader.ended) break
        const deltas = event === null ? [] : this.#reader.read(event)
        pieces.push({ raw, deltas, last: this.#reader.ended })
      }
    } catch (error) {
      if (error instanceof RangeError)
        throw new SourceFault(pieces, providerFailed(this.#provider, error.message))
      if (error instanceof ProviderFault) throw new SourceFault(pieces, error)
      throw error
    }
    return pieces
  }
}

/** A fault in the middle of a read, with the good pieces that came before it. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault'
  readonly before: readonly Piece[]
  readonly fault: Error

  constructor(before: readonly Piece[], fault: Error) {
    super(fault.message)
    this.before = before
    this.fault = fault
  }
}

/** What was said up to there. */
export function replyIn(pieces: readonly Piece[]): ChatReply {
  const fold = new Fold()
  for (const { deltas } of pieces) for (const delta of deltas ?? []) fold.take(delta)
  return fold.reply()
}
