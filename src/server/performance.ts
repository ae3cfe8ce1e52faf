import type { PriceSegment } from '../catalog/model.ts'
import { type Instant, isoText } from '../core/clock.ts'
import type { Bin, Spread } from '../store/histogram.ts'
import {
  performanceDimensions,
  type PerformanceQuery,
  type PerformanceReport,
  type PerformanceRow,
} from '../store/performance.ts'
import type { Asked } from './asked.ts'
import type {
  BenchmarkJson,
  BenchmarkRowJson,
  BinJson,
  PerformanceJson,
  PerformanceRowJson,
  SpreadJson,
} from './contract/performance.ts'
import type { Control } from './control.ts'
import { cutsOf, inOrder, instantOf, momentOf } from './query.ts'

/** /api/performance and /api/benchmark: how fast and how reliable providers were, from the ledger's sums. */

/** @throws invalid_request */
export async function showPerformance({ control, query }: Asked): Promise<PerformanceJson> {
  const by = cutsOf(query, 'model', [...performanceDimensions, 'hour', 'day'])
  const asked = queryOf(control, query, by)
  const report = await control.store.performance(asked)
  return {
    by,
    ...spanOf(report),
    timezone: control.timezone,
    rows: report.rows.map((row) => rowJson(row, by)),
    total: rowJson(report.total, []),
  }
}

/** The table of one's own vendors: what each model costs beside what was measured. @throws invalid_request */
export async function showBenchmark({ control, query }: Asked): Promise<BenchmarkJson> {
  const asked = queryOf(control, query, ['model', 'provider'])
  const report = await control.store.performance(asked)
  return {
    ...spanOf(report),
    rows: report.rows.map((row) => benchmarkRow(control, row, report)),
  }
}

const month = '30d'

function queryOf(
  control: Control,
  query: URLSearchParams,
  by: PerformanceQuery['by'],
): PerformanceQuery {
  const filters = performanceDimensions.flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return inOrder(query, {
    by,
    filters: Object.fromEntries(filters),
    since: instantOf(query, 'since', control) ?? momentOf(month, 'since', control),
    until: instantOf(query, 'until', control) ?? control.clock.now(),
    ...(query.has('bins') ? { bins: true } : {}),
  })
}

function spanOf({ since, until, missingUntil }: PerformanceReport) {
  return {
    since: isoText(since),
    until: isoText(until),
    missing_until: missingUntil === null || missingUntil < since ? null : isoText(missingUntil),
  }
}

function rowJson(row: PerformanceRow, by: readonly string[]): PerformanceRowJson {
  const judged = row.answered + row.failed
  return {
    group: Object.fromEntries(by.map((name, index) => [name, row.group[index] ?? null])),
    attempts: row.attempts,
    answered: row.answered,
    failed: row.failed,
    throttled: row.throttled,
    error_rate: judged === 0 ? null : row.failed / judged,
    minutes: row.minutes,
    uptime: row.minutes === 0 ? null : row.minutesUp / row.minutes,
    ttft_us: whole(row.ttftUs),
    total_us: whole(row.totalUs),
    tokens_per_s: spreadJson(row.tokensPerS, tenth),
    mean_tokens_per_s: row.meanTokensPerS === null ? null : tenth(row.meanTokensPerS),
    bins: row.bins && {
      ttft_us: row.bins.ttftUs.map(binJson),
      total_us: row.bins.totalUs.map(binJson),
      tokens_per_s: row.bins.tokensPerS.map(binJson),
    },
  }
}

function binJson({ from, to, count }: Bin): BinJson {
  return [Number(from.toPrecision(4)), Number(to.toPrecision(4)), count]
}

function whole(spread: Spread): SpreadJson {
  return spreadJson(spread, Math.round)
}

function spreadJson({ n, p50, p95, p99 }: Spread, rounded: (value: number) => number): SpreadJson {
  const shown = (value: number | null): number | null => (value === null ? null : rounded(value))
  return { n, p50: shown(p50), p95: shown(p95), p99: shown(p99) }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}

function benchmarkRow(
  control: Control,
  row: PerformanceRow,
  { since, until }: PerformanceReport,
): BenchmarkRowJson {
  const [name, provider] = row.group as readonly [string, string]
  const { catalog } = control.snapshot()
  const found = catalog.find(provider, name.slice(provider.length + 1), control.clock.now())
  const segment = found?.segment ?? null
  return {
    ...rowJson(row, []),
    model: name,
    provider,
    author: found?.model.author ?? null,
    context: found?.model.context ?? null,
    price_input: segment?.price.input ?? null,
    price_output: segment?.price.output ?? null,
    currency: segment?.currency ?? null,
    by_the_clock: found?.model.prices.some(isByClock) ?? false,
    price_id: segment?.id ?? null,
    price_source: segment?.source ?? null,
    price_read_on: segment?.readOn ?? null,
    price_changes: changesOf(found?.model.prices ?? [], since, until),
    shutdown: found?.model.shutdown ?? null,
  }
}

function isByClock({ windows, days }: PriceSegment): boolean {
  return windows !== undefined || days !== undefined
}

/** When another card began. What changes by the hour or the weekday is one card. */
function changesOf(prices: readonly PriceSegment[], since: Instant, until: Instant): string[] {
  const begun = prices.flatMap(({ from }) =>
    from !== undefined && from > since && from < until ? [from] : [],
  )
  return [...new Set(begun)].toSorted((left, right) => left - right).map(isoText)
}
