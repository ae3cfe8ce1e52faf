import type { Catalog } from '../../catalog/catalog.ts'
import { costAt, priceAt } from '../../catalog/price.ts'
import type { Instant } from '../../core/clock.ts'
import { correctedBy, type CorrectionKind } from '../../core/correction.ts'
import { madeAt } from '../../core/ids.ts'
import { type Money, subtract } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { Usage } from '../../core/usage.ts'

/** What is known of attempts that were rated anew before, and of counts that were wrong. */
export interface Known {
  /** What corrections have added so far, by `attemptName`. */
  readonly added: ReadonlyMap<string, bigint>
  /** What was really used, by `attemptName`; for `usage_error` only. */
  readonly usages: ReadonlyMap<string, Usage>
}

export type ReRated =
  /** It is not of the kind that is rated anew. */
  | 'other'
  /** It cost what it should. */
  | 'right'
  /** What it should have cost is still not known. */
  | 'unknown'
  | {
      readonly difference: Money
      readonly priceId: string
      /** Its cost was not known before. */
      readonly wasUnknown: boolean
    }

/** An attempt at the price that is believed now, beside what it was booked with. */
export function reRated(
  record: AttemptRecord,
  kind: CorrectionKind,
  catalog: Catalog,
  { added, usages }: Known,
): ReRated {
  const { provider, model, at, callId } = record
  const usage = kind === 'usage_error' ? usages.get(attemptName(record)) : record.usage
  const rated = kind === 'table_error' ? tableSources : allSources
  if (provider === null || model === null || !usage || !rated.has(record.costSource)) return 'other'
  const booked = subtract(
    (record.cost ?? 0n) as Money,
    -(added.get(attemptName(record)) ?? 0n) as Money,
  )
  const found = catalog.find(provider, model, at)
  const segment = found?.segment ?? null
  if (found === null || segment === null) return 'unknown'
  const due = costAt(segment, usage, at)
  if (due === null) return 'unknown'
  const isBooked = record.cost !== null
  if (isBooked && due === booked) return 'right'
  // The plan of a call may be a moment older than the attempt, so that instant may have chosen the price.
  const planned = priceAt(found.model.prices, madeAt(callId) as Instant)
  if (isBooked && planned !== null && costAt(planned, usage, at) === booked) return 'right'
  const difference = subtract(due, booked)
  if (difference === 0n) return 'right'
  return { difference, priceId: `${provider}/${model}@${segment.id}`, wasUnknown: !isBooked }
}

/** A price of a contract is not the list's to put right. */
const tableSources: ReadonlySet<string> = new Set(['table', 'unknown'])
const allSources: ReadonlySet<string> = new Set(['table', 'own', 'unknown'])

/** What corrections add to each attempt. */
export function addCorrections(
  added: Map<string, bigint>,
  records: readonly AttemptRecord[],
): void {
  for (const record of records) {
    const corrected = correctedBy(record)
    if (corrected === null || record.cost === null) continue
    const name = attemptName(corrected)
    added.set(name, (added.get(name) ?? 0n) + record.cost)
  }
}

export function attemptName({
  callId,
  attempt,
}: {
  readonly callId: string
  readonly attempt: number
}): string {
  return `${callId} ${attempt}`
}
