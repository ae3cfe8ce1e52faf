import {
  asGatewayError,
  callerLeft,
  GatewayError,
  internalFault,
  providerFailed,
} from '../../core/errors.ts'
import { Fold } from '../../core/fold.ts'
import type { EndState } from '../../core/record.ts'
import type { Delta } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import type { Framer, Stamp, StreamWriter } from '../../dialects/dialect.ts'
import type { Door } from '../../providers/provider.ts'
import type { StreamedAnswer } from './answer.ts'
import { type Attempt, credentialName } from './attempt.ts'
import { closeAttempt, closeTrip, settled } from './close.ts'
import { keepTurn } from './conversation.ts'
import { asOurs, brokenState } from './faults.ts'
import { type Filler, Outflow } from './outflow.ts'
import type { Parts } from './parts.ts'
import { placeName } from './place-name.ts'
import { append, joined } from './relayed.ts'
import { type GoOn, mayResume, type Resumed } from './resume.ts'
import { type EventSource, type Piece, SourceFault } from './source.ts'
import { Spending } from './spending.ts'
import { Seam } from './seam.ts'
import type { Trip } from './trip.ts'

/** What came with one read. Null: the stream is over. */
interface Read {
  readonly pieces: readonly Piece[] | null
  readonly fault: Error | null
}

const over: Read = { pieces: null, fault: null }
const nothing = new Uint8Array()

/**
 * Passes a stream on as it comes, counting. However it ends, its call is accounted and on the ledger
 * before the caller sees its end.
 */
export class StreamRelay implements Filler {
  readonly #trip: Trip
  readonly #parts: Parts
  readonly #stamp: Stamp
  readonly #goOn: GoOn
  /** All that the caller was shown. */
  readonly #shown = new Fold()
  /** Null: the provider's bytes go on as they are. */
  readonly #writer: StreamWriter | null
  /** Null: they go on in the frame in which they came, too. */
  readonly #framer: Framer | null

  // Of the attempt that is read now.
  #attempt: Attempt
  #door: Door
  /** Null when all of it was there at once. */
  #source: EventSource | null
  #said = this.#shown
  /** Null where no budget has to hold. */
  #spending: Spending | null
  /** The provider's own end mark, which may say more than that. */
  #mark: Uint8Array | null = null
  /** What was read before it was passed on. */
  #begun: Read | null

  /** Set once another model goes on from what was said. */
  #seam: Seam | null = null
  #isWaiting = false
  #isPaused = false
  #left = false

  constructor(trip: Trip, answer: StreamedAnswer, stamp: Stamp, parts: Parts, goOn: GoOn) {
    this.#trip = trip
    this.#parts = parts
    this.#stamp = stamp
    this.#goOn = goOn
    this.#attempt = answer.attempt
    this.#door = answer.door
    this.#source = answer.source
    this.#begun = { pieces: answer.begun, fault: answer.fault }
    this.#spending = Spending.of(trip, answer.attempt, parts)
    // Two answers of which one goes on where the other broke off are one only when one hand writes both.
    const isPassedOn = answer.door.dialect.id === trip.dialect.id && !mayResume(trip)
    this.#writer = isPassedOn ? null : trip.dialect.startWriting!(trip.call, stamp)
    this.#framer = isPassedOn ? (trip.dialect.startFraming?.() ?? null) : null
  }

  readable(): ReadableStream<Uint8Array> {
    return new Outflow(this).readable()
  }

  left(): void {
    this.#left = true
    // Whom the call waits for hears of it from the call itself.
    if (this.#isWaiting) return
    this.#source?.exchange.cancel()
    this.#close('caller_left', callerLeft())
  }

  /** Passes on what comes, as fast as it is taken, up to the end. */
  async fill(outflow: Outflow): Promise<void> {
    try {
      for (;;) {
        let read = this.#there()
        if (read === null) {
          this.#pause()
          try {
            read = { pieces: this.#source!.take(await this.#source!.exchange.read()), fault: null }
          } catch (error) {
            read = brokenRead(error)
          }
          this.#awake()
        }
        const bytes = this.#pass(read.pieces ?? [])
        const { pieces, fault } = this.#isWhole(read.fault) ? over : read
        const spent = this.#spending?.over() ?? null
        // One that has come to its end is charged in full, whether it is passed on or not.
        if (spent !== null && pieces !== null && !this.#ended)
          return await this.#fail(outflow, spent)
        const broken = fault ?? (pieces === null ? this.#brokenOff() : null)
        if (broken !== null) {
          outflow.put(bytes)
          if (await this.#resumes(broken)) continue
          return await this.#fail(outflow, broken)
        }
        if (pieces === null || this.#ended) return await this.#finish(outflow, bytes)
        if (bytes.length === 0) continue
        outflow.put(bytes)
        this.#pause()
        if (outflow.full) await outflow.asked()
      }
    } catch (error) {
      // Whatever happened, the stream must not look as if it had come to its end.
      try {
        this.#close('gateway_error', internalFault().because(error))
      } finally {
        outflow.cut(error)
      }
    }
  }

  /** What can be passed on without waiting; null: nothing yet. */
  #there(): Read | null {
    const begun = this.#begun
    this.#begun = null
    return begun ?? (this.#source === null ? over : null)
  }

  /** Until the next piece is here: its caller does not ask for it yet, or its provider has not sent it. */
  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#trip.pauses.begin(this.#parts.clock.elapsedUs())
  }

  #awake(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#trip.pauses.end(this.#parts.clock.elapsedUs())
  }

  get #ended(): boolean {
    return this.#source === null ? this.#begun === null : this.#source.ended
  }

  /**
   * A connection that breaks behind the last word takes nothing of the answer away: its caller has been
   * told why it ended, and cannot be told of an error any more.
   */
  #isWhole(fault: Error | null): boolean {
    if (!(fault instanceof GatewayError) || !fault.code.startsWith('provider_')) return false
    return this.#said.finished && this.#said.reply().choices.length >= this.#trip.call.n
  }

  /** What the end of the bytes means where no end was said. */
  #brokenOff(): GatewayError | null {
    if (this.#ended || this.#said.finished) return null
    return providerFailed(this.#attempt.stop.provider.id, 'it broke off its answer')
  }

  /** What the caller gets for these pieces. The end mark waits until the call is on the ledger. */
  #pass(pieces: readonly Piece[]): Uint8Array {
    if (this.#writer !== null) return this.#rewritten(pieces, this.#writer)
    if (this.#framer !== null) return this.#reframed(pieces, this.#framer)
    const [only] = pieces
    if (only !== undefined && pieces.length === 1) return this.#isShown(only) ? only.raw : nothing
    const passed: Uint8Array[] = []
    for (const piece of pieces) if (this.#isShown(piece)) append(passed, piece.raw)
    return passed.length === 1 ? passed[0]! : Buffer.concat(passed)
  }

  #rewritten(pieces: readonly Piece[], writer: StreamWriter): Uint8Array {
    const written: (string | Uint8Array)[] = []
    for (const { deltas } of pieces) {
      if (deltas === null) continue // a broken event helps nobody
      const text = writer.write(this.#take(deltas))
      written.push(this.#seam === null ? text : this.#seam.mark(text))
    }
    return joined(written)
  }

  #reframed(pieces: readonly Piece[], framer: Framer): Uint8Array {
    const written: (string | Uint8Array)[] = []
    for (const piece of pieces) if (this.#isShown(piece)) written.push(framer.frame(piece.raw))
    return joined(written)
  }

  /** Counts a piece of which the provider's bytes go on. @returns whether the caller gets them now */
  #isShown({ raw, deltas, last }: Piece): boolean {
    if (deltas === null) return false // a broken event helps nobody
    this.#take(deltas)
    if (last) this.#mark = raw
    return !last && (this.#trip.call.usageAsked || !isCountAlone(deltas))
  }

  /** Counts them. @returns what of them the caller is shown */
  #take(deltas: readonly Delta[]): readonly Delta[] {
    for (const delta of deltas) {
      this.#said.take(delta)
      this.#spending?.take(delta)
    }
    if (this.#seam === null) return deltas
    const shown = this.#seam.behind(deltas)
    for (const delta of shown) this.#shown.take(delta)
    return shown
  }

  async #finish(outflow: Outflow, bytes: Uint8Array): Promise<void> {
    this.#source?.exchange.drain() // what may come behind the end mark belongs to no answer
    this.#close('complete', null)
    outflow.put(bytes)
    try {
      await settled(this.#parts)
    } catch (error) {
      // An answer whose row cannot be kept is not said to be whole, and is given to nobody again.
      this.#trip.keeping?.fail(null)
      return this.#tell(outflow, asGatewayError(error))
    }
    const end =
      this.#writer === null ? (this.#mark ?? this.#trip.dialect.streamEnd) : this.#writer.end()
    outflow.put(joined([end]))
    outflow.end()
  }

  /** Whether another model goes on from here. Then what broke off is on the ledger. */
  async #resumes(fault: Error): Promise<boolean> {
    const [trip, parts, attempt] = [this.#trip, this.#parts, this.#attempt]
    if (attempt.closed || this.#seam !== null || !mayResume(trip)) return false
    const error = this.#break(fault)
    const reply = this.#said.reply()
    const measured = closeAttempt(
      trip,
      attempt,
      { endState: brokenState(fault, error), reply, error },
      parts,
    )
    this.#isWaiting = true
    const resumed = await this.#goOn({ attempt, reply, error })
    this.#isWaiting = false
    if (resumed === null) return false
    this.#goFrom(resumed, attempt, measured, error)
    if (!this.#left) return true
    this.#source?.exchange.cancel()
    this.#close('caller_left', callerLeft())
    return false
  }

  #goFrom(
    { answer, space }: Resumed,
    before: Attempt,
    measured: Measured | null,
    error: GatewayError,
  ): void {
    this.#attempt = answer.attempt
    this.#door = answer.door
    this.#said = new Fold()
    this.#spending = Spending.of(this.#trip, answer.attempt, this.#parts)
    this.#seam = new Seam(this.#trip, { before, after: answer.attempt, measured, space, error })
    if (answer.kind === 'stream') {
      this.#source = answer.source
      this.#begun = { pieces: answer.begun, fault: answer.fault }
    } else {
      this.#source = null
      const whole = { raw: new Uint8Array(), deltas: answer.deltas, last: true }
      this.#begun = { pieces: [whole], fault: null }
    }
  }

  /** An honest end: an error event, and no end mark. */
  async #fail(outflow: Outflow, fault: Error): Promise<void> {
    if (this.#trip.closed) return // the caller left, and reading was broken off for it
    const error = this.#attempt.closed
      ? asOurs(fault, this.#attempt, this.#parts.clock)
      : this.#break(fault)
    this.#close(brokenState(fault, error), error)
    // The caller hears of the failure also where its row has to wait: its intent is on the disk.
    await this.#parts.ledger.flushed().catch(() => {})
    this.#tell(outflow, error)
  }

  #tell(outflow: Outflow, error: GatewayError): void {
    const { dialect, id } = this.#trip
    const told =
      this.#writer === null ? this.#source?.failure(error, id) : this.#writer.fail?.(error, id)
    outflow.put(joined([told ?? dialect.writeStreamError(error, id)]))
    outflow.end()
  }

  /** Ends the exchange for what went wrong, and has health count it. */
  #break(fault: Error): GatewayError {
    const { stop } = this.#attempt
    const { provider } = stop
    const error = asOurs(fault, this.#attempt, this.#parts.clock)
    this.#source?.exchange.cancel()
    const credential = credentialName(provider.id, this.#attempt.credential)
    const isOneOfSeveral = provider.keys.length > 1
    this.#parts.health.brokeOff(placeName(stop), credential, error, isOneOfSeveral)
    return error
  }

  #close(endState: EndState, error: GatewayError | null): void {
    const [trip, attempt, parts] = [this.#trip, this.#attempt, this.#parts]
    if (!attempt.closed) {
      closeAttempt(trip, attempt, { endState, reply: this.#said.reply(), error }, parts)
    }
    if (trip.closed) return
    const { dialect, call, keeping, thread } = trip
    const reply = this.#shown.reply()
    let text: string | null = null
    const kept = (): string => (text ??= dialect.writeReply(reply, call, this.#stamp))
    closeTrip(trip, { attempt: attempt.number, text: kept }, parts)
    if (endState !== 'complete') return
    const { provider, model } = attempt.stop
    const isOne = this.#seam === null
    // What two models said is the answer of neither: it is repeated to its caller, and to nobody else.
    keeping?.finish({
      reply: isOne ? reply : null,
      provider: provider.id,
      model,
      said: kept(),
    })
    const door = isOne ? this.#door : forgetful(this.#door)
    if (thread !== null) keepTurn(trip, attempt, door, kept(), parts)
  }
}

/** What came before the fault, and the fault. */
function brokenRead(error: unknown): Read {
  return error instanceof SourceFault
    ? { pieces: error.before, fault: error.fault }
    : { pieces: [], fault: error as Error }
}

/** A count in an event of its own, which only callers who asked for it know what to do with. */
function isCountAlone(deltas: readonly Delta[]): boolean {
  for (const delta of deltas) if (delta.type === 'usage' && delta.alone) return true
  return false
}

/** A provider that said half of an answer does not know the whole of it. */
function forgetful({ keepsConversations: _kept, ...door }: Door): Door {
  return door
}
