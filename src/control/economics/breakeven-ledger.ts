import type { Instant } from '../../core/clock.ts'
import { add, type Money, nothing } from '../../core/money.ts'
import { completionTokens, promptTokens } from '../../core/usage.ts'
import type { CostRow, LedgerReader } from '../../store/ports.ts'
import { type EnvironmentChoice, isChosen, isShared } from '../analytics/environments.ts'
import { lengthsOf } from './breakeven-lengths.ts'
import { type Workload, workloadOf } from './breakeven-traffic.ts'

/** A task's calls on the ledger, as a break-even wants them. */

export interface HoursAsked {
  readonly task: string
  readonly env: EnvironmentChoice
  readonly since: Instant
  readonly until: Instant
  /** Busiest hour per mean hour by hand; null: as the calls say. */
  readonly peak: number | null
}

export interface LedgerSums {
  readonly calls: number
  readonly attempts: number
  readonly cost: Money
  readonly costUnknown: number
}

/** Null where there are no such calls. */
export async function ledgerHours(
  ledger: Pick<LedgerReader, 'costs' | 'scan'>,
  { task, env, since, until, peak }: HoursAsked,
): Promise<{ readonly workload: Workload; readonly sums: LedgerSums } | null> {
  const rows: CostRow[] = []
  let hasOthers = false
  for (let from = since; from < until;) {
    const report = await ledger.costs({
      by: ['hour', 'env', 'role'],
      filters: { task },
      since: from,
      until: Math.min(from + pieceUs, until) as Instant,
    })
    if (report.cut)
      throw new RangeError(
        'The task has calls of more environments than one answer holds: ask for a shorter time.',
      )
    rows.push(...report.rows.filter(({ group }) => isOwnWork(group, env)))
    hasOthers ||= report.rows.some(({ group }) => !isChosen(group[1] ?? null, env))
    // The ledger widens each piece to whole hours: the next begins where this one truly ended.
    from = report.until
  }
  const sums = sumsOf(rows)
  // Calls of keys that name no environment are left out of the sample only where others have to be.
  const only = hasOthers ? env : null
  const lengths = await lengthsOf(ledger, { task, env: only, since, until })
  const workload = workloadOf(
    {
      task,
      hours: rows.map(({ group, calls }) => ({ at: Date.parse(group[0] ?? ''), calls })),
      ...sums,
      inputTokens: rows.reduce((sum, { usage }) => sum + promptTokens(usage), 0),
      outputTokens: rows.reduce((sum, { usage }) => sum + completionTokens(usage), 0),
      lengths,
    },
    peak,
  )
  return workload === null ? null : { workload, sums }
}

/** Short enough that one answer holds its hours with every environment and role. */
const pieceUs = 20 * 86_400_000_000

/** Answers out of a cache and refusals need no machine, and what is asked beside a call is not the task's. */
const elsewhere: ReadonlySet<string | null> = new Set(['cache_hit', 'replay', 'refused'])

/** @param group  hour, env, role */
export function isOwnWork([, env, role]: CostRow['group'], chosen: EnvironmentChoice): boolean {
  return isChosen(env ?? null, chosen) && !isShared(role ?? null) && !elsewhere.has(role ?? null)
}

function sumsOf(rows: readonly CostRow[]): LedgerSums {
  return rows.reduce(
    (sum, row) => ({
      calls: sum.calls + row.calls,
      attempts: sum.attempts + row.attempts,
      cost: add(sum.cost, row.cost),
      costUnknown: sum.costUnknown + row.costUnknown,
    }),
    { calls: 0, attempts: 0, cost: nothing, costUnknown: 0 },
  )
}
