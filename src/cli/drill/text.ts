import type { SubstituteDrill } from '../../control/drill/leave.ts'
import { usdText } from '../../core/money.ts'
import type { DeprecationsJson } from '../../server/contract/drill.ts'
import { dollars, grouped, type Printer, table } from '../print.ts'
import type { Leaving } from './leaving.ts'

type TaskRow = Leaving['tasks'][number]

/** Money of moving: days of work at a day's pay, and what more the calls cost in 30 days. */
export interface Terms {
  readonly dayRate: number
  /** Days that the calls are of. */
  readonly days: number
}

/** The one that would answer: the first that is tested, else the first. */
function nextOf({ substitutes }: TaskRow): SubstituteDrill | null {
  return substitutes.find(({ testedAt }) => testedAt !== null) ?? substitutes[0] ?? null
}

/** Null where a price is not known. */
function monthlyChange(row: TaskRow, { days }: Terms): number | null {
  const next = nextOf(row)
  if (next === null || next.cost === null || row.costUnknown > 0) return null
  return ((Number(next.cost) - Number(row.cost)) / 1e12 / days) * 30
}

export function leavingJson(report: Leaving, terms: Terms): unknown {
  return {
    leave: report.provider,
    cut: report.cut,
    day_rate_usd: terms.dayRate,
    tasks: report.tasks.map((row) => ({
      task: row.task,
      stops: row.substitutes.length === 0,
      readiness: row.readiness,
      calls: row.calls,
      cost_usd: usdText(row.cost),
      cost_unknown: row.costUnknown,
      customers: row.customers,
      features: row.features,
      days: row.days,
      one_off_usd: row.days * terms.dayRate,
      monthly_change_usd: monthlyChange(row, terms),
      substitutes: row.substitutes.map((each, index) => {
        const breaks = row.breaks[index]!
        return {
          model: each.model,
          tested_at: each.testedAt,
          cost_usd: each.cost === null ? null : usdText(each.cost),
          cost_unknown: each.unknown,
          too_long: each.tooLong,
          looked: breaks.looked,
          break_rate: breaks.looked === 0 ? null : breaks.hard / breaks.looked,
          degraded_rate: breaks.looked === 0 ? null : breaks.soft / breaks.looked,
          reasons: breaks.reasons,
        }
      }),
    })),
  }
}

export function leavingText(report: Leaving, terms: Terms, print: Printer): string {
  const { provider, tasks } = report
  if (tasks.length === 0)
    return `Nothing depends on ${provider}: no task names it, and it answered no chat in this span.`
  const body = table(
    tasks,
    [
      { title: 'TASK', value: ({ task }) => task ?? '(called by model)', shrinks: true },
      { title: 'CALLS', value: ({ calls }) => grouped(calls), right: true },
      { title: 'COST', value: (row) => dollars(usdText(row.cost)), right: true },
      { title: 'CUSTOMERS', value: ({ customers }) => grouped(customers.length), right: true },
      { title: 'FEATURES', value: ({ features }) => features.join(', ') || '-', shrinks: true },
      { title: 'THEN', value: (row) => nextOf(row)?.model ?? 'stops', shrinks: true },
      { title: 'READY', value: ({ readiness }) => (readiness === 'none' ? 'no' : readiness) },
      {
        title: 'COST THERE',
        value: (row) => {
          const next = nextOf(row)
          return next === null ? '-' : dollars(next.cost === null ? null : usdText(next.cost))
        },
        right: true,
      },
      { title: 'BREAKS', value: (row) => breakText(row), right: true },
      { title: 'A MONTH', value: (row) => signed(monthlyChange(row, terms)), right: true },
      { title: 'DAYS', value: ({ days }) => String(days), right: true },
    ],
    print,
  )
  const days = tasks.reduce((sum, row) => sum + row.days, 0)
  const stops = tasks.filter(({ substitutes }) => substitutes.length === 0).length
  const reasons = tasks.flatMap(({ task, breaks }) =>
    breaks.flatMap(({ model, reasons: found }) =>
      Object.entries(found).map(
        ([reason, count]) => `${task ?? '-'} on ${model}: ${grouped(count)} calls, ${reason}.`,
      ),
    ),
  )
  const long = tasks.flatMap(({ task, substitutes }) =>
    substitutes.flatMap(({ model, tooLong }) =>
      tooLong === 0
        ? []
        : [`${task ?? '-'} on ${model}: ${grouped(tooLong)} calls are longer than its context.`],
    ),
  )
  return [
    `Without ${provider}: ${grouped(tasks.length)} tasks are touched, ${grouped(stops)} of them stop, ${grouped(report.customers)} customers are concerned.`,
    '',
    body,
    '',
    `To move: ${grouped(days)} days of work, some ${dollars((days * terms.dayRate).toFixed(2))} at ${dollars(String(terms.dayRate))} a day. Days by readiness are assumptions: --days TESTED,UNTESTED,NONE.`,
    'READY is tested where a swap of the task to that model was proven within 90 days: freehold swap TASK MODEL --prove FILE. COST THERE takes the logged tokens; freehold replay measures them.',
    'CALLS and COST are of chats that were answered; embeddings, pictures and sound are not priced here.',
    'BREAKS is of the calls whose words are kept, and that the model is known not to take.',
    ...(report.cut
      ? ['There are more customers than one answer holds: some are not counted.']
      : []),
    ...long,
    ...reasons,
  ].join('\n')
}

function breakText(row: TaskRow): string {
  const next = nextOf(row)
  const breaks = row.breaks.find(({ model }) => model === next?.model)
  if (breaks === undefined) return '-'
  if (breaks.looked === 0) return '?'
  return `${((100 * breaks.hard) / breaks.looked).toFixed(1)} % of ${grouped(breaks.looked)}`
}

function signed(usd: number | null): string {
  if (usd === null) return '?'
  return `${usd < 0 ? '-' : '+'}${dollars(Math.abs(usd).toFixed(6))}`
}

export function exposuresText(report: DeprecationsJson, print: Printer): string {
  const { models, models_checked: checked, by_days_left: spans, notes, cut } = report
  if (models.length === 0)
    return `None of the ${grouped(checked)} models that were called has a known end.\n\n${notes.join(' ')}`
  const body = table(
    models,
    [
      { title: 'MODEL', value: ({ model }) => model, shrinks: true },
      { title: 'ENDS', value: ({ shutdown }) => shutdown },
      { title: 'DAYS LEFT', value: ({ days_left: left }) => leftText(left), right: true },
      { title: 'ATTEMPTS', value: ({ attempts }) => grouped(attempts), right: true },
      { title: 'EXPOSED', value: ({ cost_usd: usd }) => dollars(usd), right: true },
      { title: 'CUSTOMERS', value: ({ customers }) => grouped(customers.length), right: true },
      { title: 'TASKS', value: ({ tasks }) => tasks.join(', ') || '-', shrinks: true },
      { title: 'INSTEAD', value: ({ replacement }) => replacement ?? '-', shrinks: true },
    ],
    print,
  )
  const sums = table(
    spans.filter((span) => span.models > 0),
    [
      { title: 'ENDS', value: ({ within }) => spanTexts[within] },
      { title: 'MODELS', value: (span) => grouped(span.models), right: true },
      { title: 'EXPOSED', value: ({ cost_usd: usd }) => dollars(usd), right: true },
      { title: 'CUSTOMERS', value: ({ customers }) => grouped(customers), right: true },
    ],
    print,
  )
  const unknown = models.reduce((sum, { cost_unknown: count }) => sum + count, 0)
  return [
    body,
    '',
    sums,
    '',
    'EXPOSED is what these calls cost in the span.',
    ...(unknown > 0
      ? [`The cost of ${grouped(unknown)} attempts is not known and in no sum.`]
      : []),
    ...(cut ? ['There are more customers than one answer holds: some are not counted.'] : []),
    ...notes,
  ].join('\n')
}

const spanTexts = {
  overdue: 'the day has passed',
  '30d': 'within 30 days',
  '90d': 'within 90 days',
  '180d': 'within 180 days',
  later: 'later',
} as const satisfies Record<DeprecationsJson['by_days_left'][number]['within'], string>

function leftText(days: number): string {
  return days < 0 ? `${-days} ago` : String(days)
}
