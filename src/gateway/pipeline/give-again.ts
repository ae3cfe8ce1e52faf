import { type Money, nothing, usdText } from '../../core/money.ts'
import type { AttemptRole } from '../../core/record.ts'
import type { ShelfWords } from '../../store/ports.ts'
import { admitFree } from './admit.ts'
import { closeGivenAgain } from './close.ts'
import { Keeping, type KeptAnswer } from './keeping.ts'
import type { Parts } from './parts.ts'
import { rateHeadersOf } from './rate-headers.ts'
import type { Relayed } from './relayed.ts'
import type { Trip } from './trip.ts'

export interface GivenAgain {
  readonly role: Extract<AttemptRole, 'cache_hit' | 'replay'>
  readonly saved: Money | null
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Gives an answer that was kept, as it was. No provider is asked: it counts against rates, costs
 * nothing, and has its row on the ledger before the caller gets it.
 * @throws rate_exceeded, ledger_unavailable
 */
export async function giveAgain(
  trip: Trip,
  answer: KeptAnswer,
  { role, saved, headers }: GivenAgain,
  parts: Parts,
): Promise<Relayed> {
  admitFree(trip, parts)
  const rates = trip.rates === null ? {} : rateHeadersOf(trip, trip.rates, parts)
  closeGivenAgain(trip, answer, role, saved, parts)
  await parts.ledger.flushed()
  return {
    headers: {
      ...answer.headers,
      ...(trip.call.stream ? {} : { 'x-freehold-cost-usd': usdText(nothing) }),
      'x-freehold-attempts': '0',
      'x-freehold-overhead-ms': (trip.overheadUs(parts.clock.elapsedUs()) / 1_000).toFixed(3),
      'x-freehold-cache': trip.cache,
      ...rates,
      ...headers,
    },
    body: answer.encoding === 'utf8' ? answer.body : Buffer.from(answer.body, 'base64'),
  }
}

/** Records the call's answer from here on. */
export function keepingFor(trip: Trip, { keepingRoom }: Pick<Parts, 'keepingRoom'>): Keeping {
  trip.keeping ??= new Keeping(keepingRoom, trip.id)
  return trip.keeping
}

/** What may be written of it. Nobody can see whether sound and pictures hold what is to be masked. */
export function wordsOf({ snapshot, dialect }: Trip, answer: KeptAnswer | null): ShelfWords {
  const mode = snapshot.payloads
  const opaque = answer?.encoding === 'base64' || dialect.keptAnswer !== undefined
  return mode === 'redacted' && opaque ? 'none' : mode
}
