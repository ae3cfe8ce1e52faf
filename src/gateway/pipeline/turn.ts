import type { Departure } from '../../core/departure.ts'
import { providerRateLimited } from '../../core/errors.ts'
import type { ExchangeLimits } from '../upstream/upstream.ts'
import type { Parts } from './parts.ts'
import { turnMsMax } from './resting.ts'
import type { Trip } from './trip.ts'

interface Asked {
  readonly name: string
  readonly credentialed: string
  readonly limits: Pick<ExchangeLimits, 'firstContent' | 'total'>
}

/**
 * Waits until a key that was refused for its rate can take one call more. Whoever comes first goes first.
 * Where that would be too late for the caller, the provider is not asked, and another may be.
 * @throws provider_rate_limited with the wait; why the call need not go on
 */
export async function untilTurn(
  { arrivedUs }: Pick<Trip, 'arrivedUs'>,
  { name, credentialed, limits }: Asked,
  { health, clock }: Pick<Parts, 'health' | 'clock'>,
  departure: Departure,
): Promise<void> {
  const waitMs = health.turnMs(name, credentialed)
  if (waitMs > 0) {
    const goneMs = (clock.elapsedUs() - arrivedUs) / 1_000
    const leftMs = Math.min(limits.firstContent ?? limits.total, limits.total) - goneMs
    if (waitMs > Math.min(leftMs, turnMsMax)) {
      throw providerRateLimited(name.slice(0, name.indexOf('/'))).after(Math.ceil(waitMs))
    }
  }
  health.takesTurn(name, credentialed)
  if (waitMs === 0) return
  const { promise: left, reject } = Promise.withResolvers<never>()
  const hearing = departure.branch()
  hearing.listen(reject)
  await Promise.race([clock.sleep(waitMs), left])
  hearing.listen(null)
}
