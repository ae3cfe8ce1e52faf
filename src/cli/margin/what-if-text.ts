import type { WhatIfJson } from '../../server/contract/economics.ts'
import { grouped, type Printer, table } from '../print.ts'
import { cents, percent, sparkline } from './text.ts'

type Outcome = WhatIfJson['before']

/** @param daily  every day, not only those with an alert */
export function whatIfText(report: WhatIfJson, print: Printer, daily: boolean): string {
  const { since, until, env, what, event, before, after, rerouted, coverage } = report
  const outcomes: (readonly [string, Outcome])[] = [
    ['before', before],
    ['after', after],
    ...(rerouted === null ? [] : [['after, next models where cheaper', rerouted] as const]),
  ]
  const body = table(
    outcomes,
    [
      { title: '', value: ([name]) => name },
      { title: 'MODELS', value: ([, { bill_usd: bill }]) => cents(bill), right: true },
      { title: 'LEAVES', value: ([, { contribution_usd: usd }]) => cents(usd), right: true },
      { title: 'MARGIN', value: ([, { margin }]) => percent(margin), right: true },
      {
        title: 'RUNWAY',
        value: ([, { runway_months: months }]) => runwayText(months),
        right: true,
      },
      { title: 'LOSERS', value: ([, { losers }]) => grouped(losers), right: true },
    ],
    print,
  )
  return [
    `What if ${what.join(', ')}: ${since.slice(0, 10)} to ${until.slice(0, 16).replace('T', ' ')} UTC, ${env === 'all' ? 'all environments' : env}.`,
    ...(event === null
      ? []
      : [
          `${event.kind}, ${event.effective ? 'in force from' : 'seen in a table on'} ${event.at.slice(0, 16).replace('T', ' ')} UTC${event.moved_to === null ? '' : `, here as if from ${event.moved_to.slice(0, 16).replace('T', ' ')}`}. ${event.source}`,
        ]),
    '',
    body,
    '',
    ...factsOf(report),
    ...(daily ? dailyText(report, print) : dayText(report, print)),
    `Source: ${report.source}; ${report.confidence}. Priced: ${percent(coverage.share)} of ${grouped(coverage.attempts)} attempts.`,
    ...report.notes,
  ].join('\n')
}

function runwayText(months: Outcome['runway_months']): string {
  if (months === null) return '?'
  return months === 'beyond' ? '> 60 months' : `${months.toFixed(1)} months`
}

function factsOf(report: WhatIfJson): readonly string[] {
  const { struck_usd: struck, struck_share: share, largest_rise: rise, rerouted } = report
  const turned = report.turn_negative
  return [
    `Struck: ${cents(struck)}, ${percent(share)} of the bill.`,
    report.margin_loss === null
      ? null
      : `The margin falls by ${(100 * report.margin_loss).toFixed(2)} points${report.margin_loss_rerouted === null ? '' : `, by ${(100 * report.margin_loss_rerouted).toFixed(2)} with the next models`}.`,
    rise === null
      ? null
      : rise < 0
        ? `A margin of ${percent(report.target_margin)} is missed already.`
        : `The largest rise that leaves ${percent(report.target_margin)}: +${percent(rise)} of what is struck.`,
    report.turn_negative_count === 0
      ? 'No customer turns negative.'
      : `Turn negative (${grouped(report.turn_negative_count)}): ${turned
          .slice(0, 10)
          .map(({ customer, after_usd: usd }) => `${customer ?? '-'} ${cents(usd)}`)
          .join(', ')}`,
    ...(rerouted?.routes ?? []).map(
      ({ task, from, to, stay_usd: stay, move_usd: move, moves }) =>
        `${task}: ${from} ${cents(stay)}, ${to} would be ${cents(move)}: ${moves ? 'it moves' : 'it stays'}.`,
    ),
    ...report.credits.map(
      ({ provider, usd, used_usd: used, ends }) =>
        `Credit of ${provider}: ${cents(used)} of ${cents(usd)} used, ${ends === null ? 'it lasts' : `nothing is left on ${ends}`}.`,
    ),
  ].filter((line) => line !== null)
}

function dayText({ days }: WhatIfJson, print: Printer): readonly string[] {
  const told = days.filter(({ alerts }) => alerts.length > 0)
  const bills = `Bill by day, after: ${sparkline(days.map(({ after_usd: usd }) => Number(usd)))}`
  if (told.length === 0) return [bills]
  const rows = told.flatMap((day) => day.alerts.map((alert) => [day, alert] as const))
  const body = table(
    rows,
    [
      { title: 'DAY', value: ([{ day }]) => day },
      { title: 'BEFORE', value: ([{ before_usd: usd }]) => cents(usd), right: true },
      { title: 'AFTER', value: ([{ after_usd: usd }]) => cents(usd), right: true },
      { title: 'ALERT', value: ([, { kind }]) => kind },
      { title: '', value: ([, { text }]) => text, shrinks: true },
    ],
    print,
  )
  return [bills, '', body, '']
}

function dailyText({ days, rerouted }: WhatIfJson, print: Printer): readonly string[] {
  const body = table(
    days,
    [
      { title: 'DAY', value: ({ day }) => day },
      { title: 'BEFORE', value: ({ before_usd: usd }) => cents(usd), right: true },
      { title: 'AFTER', value: ({ after_usd: usd }) => cents(usd), right: true },
      ...(rerouted === null
        ? []
        : [
            {
              title: 'NEXT MODELS',
              value: ({ rerouted_usd: usd }: WhatIfJson['days'][number]) => cents(usd),
              right: true,
            },
          ]),
      { title: 'REVENUE', value: ({ revenue_usd: usd }) => cents(usd), right: true },
      { title: 'MARGIN', value: ({ margin_before: margin }) => percent(margin), right: true },
      { title: 'AFTER', value: ({ margin_after: margin }) => percent(margin), right: true },
      { title: 'ALERTS', value: ({ alerts }) => alerts.map(({ kind }) => kind).join(', ') },
    ],
    print,
  )
  return ['', body, 'MARGIN of a day is of its revenue and its models alone.', '']
}
