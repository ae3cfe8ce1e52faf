import { type Instant, systemClock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { momentOf } from '../server/query.ts'
import { type Context, UsageError } from './command.ts'

/**
 * The time of --since and --until to the moment, for what looks at single calls: sums of the ledger are of whole hours.
 * @param usual  where --since was not given
 * @throws UsageError
 */
export function timeOf(
  context: Context,
  usual: string,
  timezone: string,
): { readonly since: Instant; readonly until: Instant } {
  const now = systemClock.now()
  const here = { clock: { ...systemClock, now: () => now }, timezone }
  const at = (name: string, text: string): Instant => {
    try {
      return momentOf(text, name, here)
    } catch (error) {
      throw error instanceof GatewayError ? new UsageError(error.message) : error
    }
  }
  const since = at('since', context.option('since') ?? usual)
  const until = at('until', context.option('until') ?? '0s')
  if (since > until) throw new UsageError('--since is after --until, or ahead.')
  return { since, until }
}
