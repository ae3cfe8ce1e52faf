import { Fold } from '../../core/fold.ts'
import { providerFailed } from '../../core/errors.ts'
import type { ChatReply, Delta } from '../../core/reply.ts'
import type { Answer, StreamedAnswer } from './answer.ts'
import { credentialName } from './attempt.ts'
import { closeAttempt } from './close.ts'
import { asOurs, brokenState } from './faults.ts'
import type { Parts } from './parts.ts'
import { placeName } from './place-name.ts'
import { type Piece, replyIn, SourceFault } from './source.ts'
import type { Trip } from './trip.ts'

/** An answer that is all there, and that nobody has seen. */
export interface Held {
  readonly answer: Answer
  /** Null for what is no conversation. */
  readonly reply: ChatReply | null
}

/** What is held of one answer; a longer one is not waited for. */
const heldBytesMax = 8_000_000

/**
 * Waits for the whole of an answer.
 * @throws GatewayError when it breaks off or is too long, with its row on the ledger
 */
export async function hold(trip: Trip, answer: Answer, parts: Parts): Promise<Held> {
  switch (answer.kind) {
    case 'whole':
      return { answer, reply: answer.reply.operation === 'chat' ? answer.reply : null }
    case 'unfolded':
      return { answer, reply: folded(answer.deltas) }
    case 'stream':
      return holdStream(trip, answer, parts)
    case 'bytes':
      return { answer, reply: null }
  }
}

async function holdStream(trip: Trip, answer: StreamedAnswer, parts: Parts): Promise<Held> {
  const { attempt, source } = answer
  const pieces: Piece[] = [...answer.begun]
  trip.waiting.begin(parts.clock.elapsedUs())
  try {
    if (answer.fault !== null) throw answer.fault
    while (!source.ended) {
      const more = await source.next()
      if (more === null) break
      pieces.push(...more)
      if (source.bytes > heldBytesMax)
        throw providerFailed(
          attempt.stop.provider.id,
          `its answer has more than the ${heldBytesMax / 1_000_000} MB that are held for judging`,
        )
    }
    const deltas = pieces.flatMap((piece) => piece.deltas ?? [])
    const fold = foldOf(deltas)
    if (!source.ended && !fold.finished)
      throw providerFailed(attempt.stop.provider.id, 'it broke off its answer')
    source.exchange.drain()
    const reply = fold.reply()
    // Without an end mark of its own the stream is written anew.
    if (!source.ended) return { answer: { ...answer, kind: 'unfolded', deltas }, reply }
    return { answer: { ...answer, begun: pieces }, reply }
  } catch (thrown) {
    source.exchange.cancel()
    if (thrown instanceof SourceFault) pieces.push(...thrown.before)
    const fault = thrown instanceof SourceFault ? thrown.fault : (thrown as Error)
    const error = asOurs(fault, attempt, parts.clock)
    const { provider } = attempt.stop
    const credential = credentialName(provider.id, attempt.credential)
    parts.health.brokeOff(placeName(attempt.stop), credential, error, provider.keys.length > 1)
    // What was said up to there is charged for, whether anybody saw it or not.
    const reply = replyIn(pieces)
    closeAttempt(trip, attempt, { endState: brokenState(fault, error), reply, error }, parts)
    throw error
  } finally {
    trip.waiting.end(parts.clock.elapsedUs())
  }
}

function foldOf(deltas: readonly Delta[]): Fold {
  const fold = new Fold()
  for (const delta of deltas) fold.take(delta)
  return fold
}

function folded(deltas: readonly Delta[]): ChatReply {
  return foldOf(deltas).reply()
}
