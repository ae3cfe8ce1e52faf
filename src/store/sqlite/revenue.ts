import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { keptLabel } from '../kept.ts'
import { conflictOf, type RevenueAdded, type RevenueRow, type RevenueSpan } from '../revenue.ts'
import { inTransaction } from './database.ts'

/** Rows of ids that are new; one that is known under its id is left as it is, and told. */
export function addRevenue(db: Database, rows: readonly RevenueRow[]): RevenueAdded {
  const conflicts: string[] = []
  let [added, known] = [0, 0]
  inTransaction(db, () => {
    for (const given of rows) {
      const row = kept(given)
      const found = db.query<StoredRevenue, [string]>(select).get(row.id)
      if (found === null) {
        db.query(insert).run(
          row.id,
          row.customer,
          row.from,
          row.to,
          row.amountMicro,
          row.currency,
          row.plan,
          row.cohort,
          row.source,
          row.at,
        )
        added += 1
      } else if (conflictOf(rowOf(found), row) === null) known += 1
      else conflicts.push(row.id)
    }
  })
  return { added, known, conflicts }
}

/** Rows that touch a span of days, the earliest first. */
export function revenue(db: Database, { from, to }: RevenueSpan): RevenueRow[] {
  return db
    .query<StoredRevenue, [string, string]>(
      'SELECT * FROM revenue WHERE from_day <= ?2 AND to_day >= ?1 ORDER BY from_day, id',
    )
    .all(from, to)
    .map(rowOf)
}

function kept(row: RevenueRow): RevenueRow {
  return {
    ...row,
    id: keptLabel(row.id),
    customer: keptLabel(row.customer),
    plan: row.plan && keptLabel(row.plan),
    cohort: row.cohort && keptLabel(row.cohort),
    source: keptLabel(row.source),
  }
}

interface StoredRevenue {
  readonly id: string
  readonly customer: string
  readonly from_day: string
  readonly to_day: string
  readonly amount_micro: bigint
  readonly currency: string
  readonly plan: string | null
  readonly cohort: string | null
  readonly source: string
  readonly at: bigint
}

function rowOf(row: StoredRevenue): RevenueRow {
  const { id, customer, currency, plan, cohort, source } = row
  return {
    id,
    customer,
    from: row.from_day,
    to: row.to_day,
    amountMicro: row.amount_micro,
    currency,
    plan,
    cohort,
    source,
    at: Number(row.at) as Instant,
  }
}

const select = 'SELECT * FROM revenue WHERE id = ?'

const insert = `
  INSERT INTO revenue
    (id, customer, from_day, to_day, amount_micro, currency, plan, cohort, source, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
