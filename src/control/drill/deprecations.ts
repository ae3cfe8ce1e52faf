import { add, type Money, nothing, usdText } from '../../core/money.ts'

/**
 * The public feed that the catalog's ends of models were made from: its last reading. A few days of DeepSeek, Google and
 * Anthropic up to August 2026 come from single sources besides.
 * @see https://github.com/leblancfg/deprecations-rss (read at its commit of 2025-11-23)
 */
export const feed = { ends: '2025-11', readOn: '2025-11-23', newest: '2025-11-18' } as const

/** A model that was called, and when its seller ends it. */
export interface EndingModel {
  /** 'provider/model' */
  readonly model: string
  /** '2026-12-01' */
  readonly shutdown: string
  readonly replacement: string | null
  /** Who says so: the catalog, or whoever asks. */
  readonly source: 'catalog' | 'asked'
}

export interface Spending {
  readonly model: string
  readonly customer: string | null
  readonly task: string | null
  readonly calls: number
  readonly attempts: number
  readonly cost: Money
  readonly costUnknown: number
}

export interface Exposure extends EndingModel {
  /** Negative when the day has passed. */
  readonly days_left: number
  readonly calls: number
  readonly attempts: number
  readonly cost_usd: string
  readonly cost_unknown: number
  readonly tasks: readonly string[]
  readonly customers: readonly string[]
}

/** What hangs on models whose end is as near as that. */
export interface ExposureSpan {
  readonly within: SpanName
  readonly models: number
  readonly cost_usd: string
  readonly cost_unknown: number
  readonly customers: number
}

const spanNames = ['overdue', '30d', '90d', '180d', 'later'] as const
export type SpanName = (typeof spanNames)[number]

export interface Deprecations {
  readonly today: string
  readonly feed_ends: string
  readonly since: string
  readonly until: string
  readonly models_checked: number
  /** Some model has more customers and tasks than one answer holds: they are not all named. */
  readonly cut: boolean
  readonly models: readonly Exposure[]
  readonly by_days_left: readonly ExposureSpan[]
  readonly notes: readonly string[]
}

const dayMs = 86_400_000

/** What hangs on models that end, the nearest day first; what is overdue is no less exposed. */
export function exposures(
  ending: readonly EndingModel[],
  spending: readonly Spending[],
  today: string,
): readonly Exposure[] {
  const byModel = Map.groupBy(spending, ({ model }) => model)
  return ending
    .map((model) => {
      const own = byModel.get(model.model) ?? []
      return {
        ...model,
        days_left: Math.round((Date.parse(model.shutdown) - Date.parse(today)) / dayMs),
        calls: own.reduce((sum, { calls }) => sum + calls, 0),
        attempts: own.reduce((sum, { attempts }) => sum + attempts, 0),
        cost_usd: usdText(own.reduce((sum, { cost }) => add(sum, cost), nothing)),
        cost_unknown: own.reduce((sum, { costUnknown }) => sum + costUnknown, 0),
        tasks: namesOf(own.map(({ task }) => task)),
        customers: namesOf(own.map(({ customer }) => customer)),
      }
    })
    .toSorted(
      (left, right) =>
        left.days_left - right.days_left || Number(right.cost_usd) - Number(left.cost_usd),
    )
}

/** The same by how near the end is. A customer of several models counts once in each span. */
export function byDaysLeft(
  ending: readonly EndingModel[],
  spending: readonly Spending[],
  today: string,
): readonly ExposureSpan[] {
  const spans = new Map(
    ending.map(({ model, shutdown }) => [
      model,
      spanOf(Math.round((Date.parse(shutdown) - Date.parse(today)) / dayMs)),
    ]),
  )
  return spanNames.map((within) => {
    const own = spending.filter(({ model }) => spans.get(model) === within)
    return {
      within,
      models: [...spans.values()].filter((name) => name === within).length,
      cost_usd: usdText(own.reduce((sum, { cost }) => add(sum, cost), nothing)),
      cost_unknown: own.reduce((sum, { costUnknown }) => sum + costUnknown, 0),
      customers: namesOf(own.map(({ customer }) => customer)).length,
    }
  })
}

function spanOf(days: number): SpanName {
  if (days < 0) return 'overdue'
  if (days <= 30) return '30d'
  if (days <= 90) return '90d'
  return days <= 180 ? '180d' : 'later'
}

function namesOf(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names.flatMap((name) => (name === null ? [] : [name])))].toSorted()
}
