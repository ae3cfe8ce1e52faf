import { type Catalog, type Found, isOwnPrice } from '../../catalog/catalog.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { cardsIn, inMode } from '../../catalog/mode.ts'
import { costAt, priceAt } from '../../catalog/price.ts'
import { correctedBy, type CorrectionKind } from '../../core/correction.ts'
import { madeAt } from '../../core/ids.ts'
import { type Money, subtract } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { Usage } from '../../core/usage.ts'

/** What is known of attempts that were rated anew before, and of counts that were wrong. */
export interface Known {
  /** What corrections have added so far, by `attemptName`. */
  readonly added: ReadonlyMap<string, Added>
  /** What was really used, by `attemptName`; for `usage_error` only. */
  readonly usages: ReadonlyMap<string, Usage>
}

export interface Added {
  readonly amount: bigint
  /** Of the strongest kind among them. */
  readonly rank: number
}

/**
 * Who knows better: a count that was put right is not undone by a list, nor is a contract. A stronger kind rates
 * over what a weaker one added.
 */
const ranks = {
  table_error: 1,
  contract: 2,
  usage_error: 3,
} as const satisfies Record<CorrectionKind, number>

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
  const before = added.get(attemptName(record))
  if (before !== undefined && before.rank > ranks[kind]) return 'other'
  const booked = ((record.cost ?? 0n) + (before?.amount ?? 0n)) as Money
  const usual = catalog.find(provider, model, at)
  const found = usual && inMode(usual, record.mode, at, catalog)
  const named = kind === 'usage_error' ? namedBy(record, found) : null
  const segment = named ?? found?.segment ?? null
  if (found === null || segment === null) return 'unknown'
  // Where the file has a price of its own, the list is not what is paid.
  if (kind === 'table_error' && isOwnPrice(segment)) return 'other'
  const due = costAt(segment, usage, at)
  if (due === null) return 'unknown'
  const isBooked = record.cost !== null
  if (isBooked && due === booked) return 'right'
  // The plan of a call may be a moment older than the attempt, so that instant may have chosen the price.
  const { prices } = cardsIn(found.model, record.mode)
  const planned = named === null ? priceAt(prices, madeAt(callId)) : null
  if (isBooked && planned !== null && costAt(planned, usage, at) === booked) return 'right'
  const difference = subtract(due, booked)
  if (difference === 0n) return 'right'
  return { difference, priceId: `${provider}/${model}@${segment.id}`, wasUnknown: !isBooked }
}

/** A price of a contract is not the list's to put right. */
const tableSources: ReadonlySet<string> = new Set(['table', 'unknown'])
const allSources: ReadonlySet<string> = new Set(['table', 'own', 'unknown'])

/** The price that the row was booked with: another count does not make it another price. */
function namedBy({ priceId, mode }: AttemptRecord, found: Found | null): PriceSegment | null {
  if (priceId === null || found === null) return null
  const id = priceId.slice(priceId.lastIndexOf('@') + 1)
  const { prices, before } = cardsIn(found.model, mode)
  return [...before, ...prices].findLast((segment) => segment.id === id) ?? null
}

/** What corrections add to each attempt. */
export function addCorrections(added: Map<string, Added>, records: readonly AttemptRecord[]): void {
  for (const record of records) {
    const corrected = correctedBy(record)
    if (corrected === null || record.cost === null) continue
    const name = attemptName(corrected)
    const { amount, rank } = added.get(name) ?? { amount: 0n, rank: 0 }
    added.set(name, {
      amount: amount + record.cost,
      rank: Math.max(rank, ranks[corrected.kind]),
    })
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
