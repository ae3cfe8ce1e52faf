import type { Catalog } from '../../catalog/catalog.ts'
import { costAt, tierPrice } from '../../catalog/price.ts'
import type { Instant } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { noUsage } from '../../core/usage.ts'
import type { LedgerSums } from './breakeven-ledger.ts'
import type { BreakEvenQuestion } from './breakeven-question.ts'
import type { Workload } from './breakeven-traffic.ts'

/** USD of a call, exact. Data alone: another thread can be told. */
export interface CallPrice {
  readonly numerator: bigint
  readonly denominator: bigint
  readonly source: string
}

/** What a call of the workload costs at the model that the question names. @throws RangeError without a price */
export function priceOfCall(
  catalog: Pick<Catalog, 'find'>,
  api: string,
  { inputTokens, outputTokens }: Pick<Workload, 'inputTokens' | 'outputTokens'>,
  { cachedShare }: Pick<BreakEvenQuestion, 'cachedShare'>,
  at: Instant,
): CallPrice {
  const slash = api.indexOf('/')
  const found = slash < 0 ? null : catalog.find(api.slice(0, slash), api.slice(slash + 1), at)
  if (!found?.segment)
    throw new RangeError(
      `The catalog has no price of ${api}. To see the models that it knows: freehold models`,
    )
  // A million calls at once, so that no cost of one is rounded to a whole picodollar.
  const many = 1_000_000
  const usage = {
    ...noUsage,
    input: Math.round(inputTokens * (1 - cachedShare) * many),
    cacheRead: Math.round(inputTokens * cachedShare * many),
    output: Math.round(outputTokens * many),
  }
  // The tier is that of one call, and not of a million at once.
  const { tiers: _tiers, ...flat } = found.segment
  const segment = { ...flat, price: tierPrice(found.segment, inputTokens) }
  const cost = costAt(segment, usage, at)
  if (cost === null) throw new RangeError(`The catalog has no whole price of ${api}.`)
  const { numerator, denominator } = new Fraction(cost, 10n ** 12n * BigInt(many))
  return { numerator, denominator, source: `${api}, ${segment.id}` }
}

/**
 * What the task's calls cost on the ledger. Attempts whose cost is not known are taken to cost what the others do, not
 * nothing. Null where of none of them the cost is known.
 */
export function priceByLedger({
  calls,
  attempts,
  cost,
  costUnknown,
}: LedgerSums): CallPrice | null {
  const known = attempts - costUnknown
  if (calls === 0 || known <= 0) return null
  const { numerator, denominator } = new Fraction(
    cost * BigInt(attempts),
    10n ** 12n * BigInt(calls) * BigInt(known),
  )
  const share = ((100 * known) / attempts).toFixed(1)
  const by = costUnknown === 0 ? '' : `, by the ${share} % of its attempts whose cost is known`
  return { numerator, denominator, source: `what the task cost${by}` }
}
