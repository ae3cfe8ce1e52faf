import type { Instant } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import type { Calendar } from '../../store/calendar.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { alertsOf } from './bill-alerts.ts'
import { paymentsIn } from './payments.ts'
import type { Reroute } from './reroute.ts'
import type { PartSpan } from './revenue.ts'
import type { PricedCell } from './what-if.ts'
import { round, text } from './what-if-outcome.ts'
import type { WhatIfReport } from './what-if-types.ts'

export function daysOf(
  cells: readonly PricedCell[],
  reroutes: Reroute,
  calendar: Calendar,
  over: {
    readonly since: Instant
    readonly until: Instant
    readonly payments: readonly RevenueRow[]
  },
): WhatIfReport['days'] {
  const bills = new Map<
    string,
    { before: bigint; after: bigint; rerouted: bigint; cards: Set<string> }
  >()
  for (const priced of cells) {
    const known = bills.get(priced.day) ?? { before: 0n, after: 0n, rerouted: 0n, cards: new Set() }
    known.before += priced.before ?? 0n
    known.after += priced.after ?? 0n
    known.rerouted += reroutes.costOf(priced) ?? 0n
    bills.set(priced.day, known)
  }
  const days: PartSpan[] = []
  for (let at = over.since; at < over.until; at = calendar.dayEnd(at))
    days.push(partSpan(calendar, at, Math.min(calendar.dayEnd(at), over.until) as Instant))
  const none = { before: 0n, after: 0n, rerouted: 0n }
  const rows = days.map((span) => {
    const day = span.from
    const bill = bills.get(day) ?? none
    const paid = paymentsIn(over.payments, span)
    const revenue = [...paid.byCustomer.values()].reduce((sum, each) => sum + each.revenue, 0n)
    const margin = (cost: bigint): number | null =>
      revenue <= 0n ? null : round(new Fraction(revenue - cost, revenue).toNumber(), 6)
    return {
      day,
      ...bill,
      revenue,
      marginBefore: margin(bill.before),
      marginAfter: margin(bill.after),
    }
  })
  const alerts = alertsOf(rows)
  return rows.map((row, at) => ({
    day: row.day,
    before_usd: text(row.before),
    after_usd: text(row.after),
    rerouted_usd: text(row.rerouted),
    revenue_usd: text(row.revenue),
    margin_before: row.marginBefore,
    margin_after: row.marginAfter,
    alerts: alerts[at]!,
  }))
}

/** The days of a time, of which it may begin in one and end in one. */
export function partSpan(calendar: Calendar, since: Instant, end: Instant): PartSpan {
  const last = (end - 1) as Instant
  const shareOf = (part: number, day: Instant): number =>
    part / (calendar.dayEnd(day) - calendar.dayStart(day))
  return {
    from: calendar.dayLabel(since),
    to: calendar.dayLabel(last),
    before: shareOf(since - calendar.dayStart(since), since),
    behind: shareOf(calendar.dayEnd(last) - end, last),
  }
}
