import type { Money } from '../core/money.ts'
import type { AttemptRecord } from '../core/record.ts'
import { type Kind, kinds, type Usage } from '../core/usage.ts'
import type { CostRow, Dimension } from './ports.ts'

/** What is added up over attempts, in every backend. */
export interface Sums {
  calls: number
  attempts: number
  errors: number
  readonly usage: Record<Kind, number>
  cost: bigint
  costUnknown: number
  estimated: number
  saved: bigint
}

export function noSums(): Sums {
  const usage = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>
  return {
    calls: 0,
    attempts: 0,
    errors: 0,
    usage,
    cost: 0n,
    costUnknown: 0,
    estimated: 0,
    saved: 0n,
  }
}

export function addRecord(sums: Sums, record: AttemptRecord): void {
  // A correction is no call: it adds to what one of before cost.
  if (record.role !== 'correction') {
    // A call has either a first attempt or none, so each is counted once.
    if (record.attempt <= 1) sums.calls += 1
    sums.attempts += 1
  }
  if (isError(record)) sums.errors += 1
  if (record.usage) for (const kind of kinds) sums.usage[kind] += record.usage[kind]
  if (record.cost === null) sums.costUnknown += 1
  else sums.cost += record.cost
  if (record.usageSource === 'estimate') sums.estimated += 1
  if (record.saved !== null) sums.saved += record.saved
}

export function addSums(sums: Sums, more: Sums): void {
  sums.calls += more.calls
  sums.attempts += more.attempts
  sums.errors += more.errors
  for (const kind of kinds) sums.usage[kind] += more.usage[kind]
  sums.cost += more.cost
  sums.costUnknown += more.costUnknown
  sums.estimated += more.estimated
  sums.saved += more.saved
}

export function costRow(group: CostRow['group'], sums: Sums): CostRow {
  const { calls, attempts, errors, costUnknown, estimated } = sums
  const usage: Usage = sums.usage
  const cost = sums.cost as Money
  const saved = sums.saved as Money
  return { group, calls, attempts, errors, usage, cost, costUnknown, estimated, saved }
}

/** An attempt that did not end as it should, whoever ended it. That another was faster is no error. */
export function isError({ endState }: AttemptRecord): boolean {
  return endState !== 'complete' && endState !== 'cancelled'
}

/** Rows of before there were reasons have none; an answer out of the cache is one by its role. */
function savedByOf({ savedBy, role }: AttemptRecord): string | null {
  return savedBy ?? (role === 'cache_hit' ? 'cache' : null)
}

/** What an attempt is filtered and grouped by. */
export function dimensionsOf(record: AttemptRecord): Readonly<Record<Dimension, string | null>> {
  const { provider, model } = record
  return {
    task: record.task,
    model: provider === null || model === null ? null : `${provider}/${model}`,
    provider,
    key: record.keyId,
    customer: record.customer,
    feature: record.feature,
    env: record.env,
    role: record.role,
    mode: record.mode,
    saved_by: savedByOf(record),
  }
}
