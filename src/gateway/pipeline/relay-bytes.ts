import { callerLeft, type GatewayError, internalFault } from '../../core/errors.ts'
import type { EndState } from '../../core/record.ts'
import type { BytesAnswer } from './answer.ts'
import { credentialName } from './attempt.ts'
import { closeAttempt, closeTrip } from './close.ts'
import { asOurs, endStateOf } from './faults.ts'
import { type Filler, Outflow } from './outflow.ts'
import type { Parts } from './parts.ts'
import { placeName } from './place-name.ts'
import type { Trip } from './trip.ts'

/**
 * Passes sound on as it comes. Nothing can be said between its bytes, so that an answer which breaks
 * off ends with the connection and not with an end: no player takes it for whole. However it ends, the
 * call is on the ledger before the caller sees its end.
 */
export function relayBytes(
  trip: Trip,
  answer: BytesAnswer,
  parts: Parts,
): ReadableStream<Uint8Array> {
  const { attempt, exchange, mediaType } = answer
  let begun: Uint8Array | null = answer.begun
  let size = 0
  /** Until the next bytes are here. */
  let paused = false

  const close = (endState: EndState, error: GatewayError | null): void => {
    if (attempt.closed) return
    const reply = { operation: 'speech', model: null, mediaType, size, measured: null } as const
    closeAttempt(trip, attempt, { endState, reply, error }, parts)
    const kept = (): string => JSON.stringify({ media_type: mediaType, bytes: size })
    closeTrip(trip, { attempt: attempt.number, text: kept }, parts)
    if (endState !== 'complete') return
    const { provider, model } = attempt.stop
    trip.keeping?.finish({ reply, provider: provider.id, model, said: null })
  }

  const filler: Filler = {
    async fill(outflow) {
      try {
        for (;;) {
          const bytes = begun ?? (await exchange.read())
          begun = null
          if (paused) trip.pauses.end(parts.clock.elapsedUs())
          paused = bytes !== null
          if (bytes === null) break
          size += bytes.length
          outflow.put(bytes)
          trip.pauses.begin(parts.clock.elapsedUs())
          if (outflow.full) await outflow.asked()
        }
        close('complete', null)
        await parts.ledger.flushed()
        outflow.end()
      } catch (thrown) {
        await fail(thrown)
        outflow.cut(internalFault().because(thrown))
      }
    },
    left() {
      exchange.cancel()
      close('caller_left', callerLeft())
    },
  }
  return new Outflow(filler).readable()

  async function fail(thrown: unknown): Promise<void> {
    if (attempt.closed) return // the caller left, and reading was broken off for it
    const { provider } = attempt.stop
    const error = asOurs(thrown, attempt, parts.clock)
    exchange.cancel()
    parts.health.brokeOff(
      placeName(attempt.stop),
      credentialName(provider.id, attempt.credential),
      error,
      provider.keys.length > 1,
    )
    const endState = endStateOf(error)
    close(endState === 'provider_error' ? 'provider_cut' : endState, error)
    await parts.ledger.flushed().catch(() => undefined) // there is nobody to tell
  }
}
