import type { Catalog } from '../../catalog/catalog.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { standard } from '../../catalog/book.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import type { Decimal } from '../../core/money.ts'
import { newState } from '../../gateway/experiments/state.ts'
import type { AlarmRow, ShelfChange } from '../../store/ports.ts'
import type { PriceDraft } from '../../store/prices.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { customers, events, manners } from './company.ts'
import { hourUs } from './traffic.ts'

/** What happened at the company besides its calls. */

const dayUs = 24 * hourUs

/** The dearer card of a vendor, and the moment from which it was known. */
export function shockOf(
  catalog: Catalog,
  end: Instant,
): { readonly draft: PriceDraft; readonly at: Instant } {
  const { provider, model, factor, daysAgo } = events.shock
  const at = (Math.floor(end / dayUs) * dayUs - daysAgo * dayUs) as Instant
  const printed = catalog.find(provider, model, at)
  const before = printed?.segment ?? null
  if (printed === null || before === null)
    throw new Error(`The catalog has no price of ${provider}/${model} any more.`)
  const day = isoText(at).slice(0, 10)
  const dearer: PriceSegment = {
    ...before,
    id: day,
    from: at,
    price: Object.fromEntries(
      Object.entries(before.price).map(([kind, price]) => [kind, timesFactor(price, factor)]),
    ),
    source: 'simulated',
    readOn: day,
  }
  const draft: PriceDraft = {
    provider,
    model,
    region: standard,
    mode: standard,
    kind: 'price_change',
    body: JSON.stringify([...printed.model.prices, dearer]),
    source: 'simulated',
    readOn: day,
    confidence: 'vendor-page',
    doubts: [],
  }
  return { draft, at }
}

function timesFactor(price: string, factor: number): Decimal {
  return String(Math.round(Number(price) * factor * 1e6) / 1e6) as Decimal
}

/** What customers pay, a row for each month that the traffic is of, and one refund. */
export function revenueOf(since: Instant, now: Instant): readonly RevenueRow[] {
  const months = [...new Set([monthOf(since), monthOf(now)])]
  return months.flatMap((month) =>
    customers.flatMap(({ name, pays, plan }, index): RevenueRow[] => {
      const row: RevenueRow = {
        id: `simulated-${month}-${index}`,
        customer: name,
        from: `${month}-01`,
        to: lastDayOf(month),
        amountMicro: BigInt(pays) * 1_000_000n,
        currency: 'USD',
        plan,
        cohort: index < 5 ? '2025' : '2026',
        source: 'simulated',
        at: now,
      }
      const isRefunded = month === monthOf(now) && name === 'Café Rivière'
      return isRefunded
        ? [row, { ...row, id: `${row.id}-refund`, amountMicro: -9_000_000n }]
        : [row]
    }),
  )
}

function monthOf(at: Instant): string {
  return isoText(at).slice(0, 7)
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10)
}

/** Alarms of the time that was simulated; all are over. */
export function alarmsBefore(end: Instant): readonly AlarmRow[] {
  const { outage } = events
  const day = Math.floor(end / dayUs) * dayUs - outage.daysAgo * dayUs
  const firstAt = (day + outage.fromHour * hourUs + 40_000_000) as Instant
  const resolvedAt = (day + outage.toHour * hourUs + 95_000_000) as Instant
  return [
    {
      kind: 'provider_down',
      subject: outage.provider,
      severity: 'critical',
      text: `${outage.provider} is left alone: too many of its answers failed. Tasks that name another model are answered by it.`,
      firstAt,
      lastAt: (resolvedAt - 60_000_000) as Instant,
      count: 148,
      resolvedAt,
    },
  ]
}

export interface ExperimentsSoFar {
  readonly canaryCalls: number
  readonly canarySince: Instant
  readonly shadows: number
}

/** How far the experiments have come, as the gateway keeps it over a restart. */
export function experimentsOf(
  end: Instant,
  { canaryCalls, canarySince, shadows }: ExperimentsSoFar,
): readonly ShelfChange[] {
  const { canary } = events
  const begun = (end - canary.daysAgo * dayUs) as Instant
  const support = newState(null, begun)
  support.canary = {
    id: [manners[canary.name].model, ...canary.steps].join(' '),
    step: canary.step,
    since: canarySince,
    calls: canaryCalls,
    rolledBack: null,
    promoted: false,
  }
  const extract = newState(null, (end - events.shadow.daysAgo * dayUs) as Instant)
  extract.sums.shadows = shadows
  return Object.entries({ support, extract }).map(([id, state]) => ({
    item: {
      kind: 'route',
      id,
      owner: null,
      value: JSON.stringify(state),
      at: end,
      expiresAt: (end + 3_660 * dayUs) as Instant,
    },
    words: 'absent',
  }))
}
