import type { Instant } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { type Filters, type LedgerReader, pageCallsMax } from '../../store/ports.ts'

export interface RowsQuery {
  readonly filters: Filters
  readonly since: Instant
  readonly until: Instant
}

/** Every row of a time, a page of calls after the other: a month is never in memory. */
export async function* rowsOf(
  store: Pick<LedgerReader, 'calls'>,
  { filters, since, until }: RowsQuery,
): AsyncGenerator<readonly AttemptRecord[]> {
  let before: CallId | null = null
  do {
    const page: Awaited<ReturnType<LedgerReader['calls']>> = await store.calls({
      filters,
      since,
      until,
      limit: pageCallsMax,
      ...(before === null ? {} : { before }),
    })
    // A call comes with all its attempts, of which some may be of another time or of others.
    yield page.attempts.filter(
      (record) =>
        record.at >= since &&
        record.at < until &&
        (filters.provider === undefined || record.provider === filters.provider) &&
        (filters.role === undefined || record.role === filters.role),
    )
    before = page.next
  } while (before !== null)
}
