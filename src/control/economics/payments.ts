import type { Money } from '../../core/money.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { amountText, type PartSpan, revenueIn } from './revenue.ts'

/** What one customer paid for a span. */
export interface CustomerPayments {
  readonly revenue: bigint
  /** The same without what was paid back. */
  readonly received: bigint
  readonly unknown: number
  /** Those that are for a time that begins in the span. */
  readonly payments: number
  /** The last that was said of it. */
  readonly plan: string | null
  readonly cohort: string | null
}

export interface Payments {
  readonly byCustomer: ReadonlyMap<string, CustomerPayments>
  readonly rows: number
  readonly refunds: { readonly rows: number; readonly usd: bigint }
  /** Currencies without a known rate: they are in no sum. */
  readonly unconverted: readonly {
    readonly currency: string
    readonly amount: string
    readonly rows: number
    readonly customers: number
  }[]
  readonly converted: readonly string[]
  readonly sources: readonly string[]
  /** When the newest of the rows was taken in, µs; null without any. */
  readonly newest: number | null
}

export function paymentsIn(rows: readonly RevenueRow[], span: PartSpan): Payments {
  const byCustomer = new Map<string, CustomerPayments>()
  const unconverted = new Map<string, { micro: bigint; rows: number; customers: Set<string> }>()
  let refunds = { rows: 0, usd: 0n }
  for (const row of rows) {
    const known = byCustomer.get(row.customer)
    const part: Money | null = revenueIn(row, span)
    if (part === null) {
      const other = unconverted.get(row.currency) ?? { micro: 0n, rows: 0, customers: new Set() }
      other.micro += row.amountMicro
      other.rows += 1
      other.customers.add(row.customer)
      unconverted.set(row.currency, other)
    } else if (row.amountMicro < 0n) refunds = { rows: refunds.rows + 1, usd: refunds.usd + part }
    byCustomer.set(row.customer, {
      revenue: (known?.revenue ?? 0n) + (part ?? 0n),
      received: (known?.received ?? 0n) + (part !== null && part > 0n ? part : 0n),
      unknown: (known?.unknown ?? 0) + (part === null ? 1 : 0),
      // One that is for several months was made once, when the first of them began.
      payments: (known?.payments ?? 0) + (row.amountMicro > 0n && row.from >= span.from ? 1 : 0),
      plan: row.plan ?? known?.plan ?? null,
      cohort: row.cohort ?? known?.cohort ?? null,
    })
  }
  const currencies = [...new Set(rows.map(({ currency }) => currency))].toSorted()
  return {
    byCustomer,
    rows: rows.length,
    refunds,
    unconverted: [...unconverted].map(([currency, { micro, rows: count, customers }]) => ({
      currency,
      amount: amountText(micro),
      rows: count,
      customers: customers.size,
    })),
    converted: currencies.filter((name) => name !== 'USD' && !unconverted.has(name)),
    sources: [...new Set(rows.map(({ source }) => source))].toSorted().slice(0, 20),
    newest: rows.reduce<number | null>((most, { at }) => Math.max(most ?? at, at), null),
  }
}
