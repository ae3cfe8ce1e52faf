import type { MarginJson, MarginRowJson } from '../../server/contract/economics.ts'
import { csv } from '../csv.ts'
import { grouped, type Printer, table } from '../print.ts'

const shownMax = 40

export function marginCsv({ by, rows }: MarginJson): string {
  return csv(rows, [
    { title: by, value: ({ group }: MarginRowJson) => group },
    { title: 'revenue_usd', value: (row) => ({ usd: row.revenue_usd }) },
    { title: 'payments_without_rate', value: (row) => row.revenue_unknown },
    { title: 'model_cost_usd', value: (row) => ({ usd: row.model_cost_usd }) },
    { title: 'fees_usd', value: (row) => amountOrNone(row.fees_usd) },
    { title: 'shared_usd', value: (row) => ({ usd: row.shared_usd }) },
    { title: 'contribution_usd', value: (row) => amountOrNone(row.contribution_usd) },
    { title: 'contribution_is', value: (row) => row.contribution_is },
    { title: 'margin', value: (row) => row.margin },
    { title: 'upstream_cents', value: (row) => row.upstream_cents },
    { title: 'calls', value: (row) => row.calls },
    { title: 'attempts', value: (row) => row.attempts },
    { title: 'attempts_without_price', value: (row) => row.cost_unknown },
  ])
}

function amountOrNone(usd: string | null): { usd: string } | null {
  return usd === null ? null : { usd }
}

export function marginText(report: MarginJson, print: Printer): string {
  const { month, env, timezone, by, rows, total, notes } = report
  const shown = rows.slice(0, shownMax)
  const hidden = rows.length - shown.length
  const named: MarginRowJson[] = [...shown, { ...total, group: 'total' }]
  const head = `${month}, ${env === 'all' ? 'all environments' : env}; months in ${timezone}. Losers first.`
  const body = table(
    named,
    [
      { title: by.toUpperCase(), value: ({ group }) => group ?? '-', shrinks: true },
      { title: 'REVENUE', value: revenueText, right: true },
      { title: 'MODELS', value: (row) => cents(row.model_cost_usd), right: true },
      { title: 'FEES', value: (row) => cents(row.fees_usd, 'not entered'), right: true },
      { title: 'SHARED', value: (row) => cents(row.shared_usd), right: true },
      { title: 'LEAVES', value: leavesText, right: true },
      { title: 'MARGIN', value: ({ margin }) => percent(margin), right: true },
      {
        title: 'UPSTREAM',
        value: ({ upstream_cents: share }) => (share === null ? '-' : `${share.toFixed(1)} c/$`),
        right: true,
      },
      { title: 'CALLS', value: ({ calls }) => grouped(calls), right: true },
      {
        title: 'NO PRICE',
        value: ({ cost_unknown: count }) => (count === 0 ? '' : grouped(count)),
        right: true,
      },
    ],
    print,
  )
  return [
    head,
    '',
    body,
    ...(hidden > 0 ? [`${grouped(hidden)} more; --json and --csv have all of them.`] : []),
    ...(report.left_out > 0 ? [`${grouped(report.left_out)} that lose nothing are left out.`] : []),
    '',
    ...factsOf(report),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')
}

function revenueText(row: MarginRowJson): string {
  return `${cents(row.revenue_usd)}${row.revenue_unknown > 0 ? ' + ?' : ''}`
}

function leavesText(row: MarginRowJson): string {
  if (row.contribution_usd === null) return '?'
  const sign = { 'at most': '<= ', 'of those known': '~ ', exact: '', 'not known': '' }
  return `${sign[row.contribution_is]}${cents(row.contribution_usd)}`
}

function factsOf(report: MarginJson): readonly string[] {
  const { upstream, whale, growth, pace, runway, shared, revenue } = report
  const { other_environments: others, total } = report
  const sharedText = shared.map(
    ({ name, usd }) => `${name} ${usd === null ? 'not entered' : cents(usd)}`,
  )
  const { unknown_customers: unknown, gaps } = revenue
  const paceText = pace === null ? '' : ' at this pace'
  return [
    `Shared: ${sharedText.join(', ')}. Spread by what the models cost.`,
    upstream === null
      ? null
      : `Of each dollar ${upstream.cents.toFixed(1)} cents go upstream${paceText} (${upstream.low.toFixed(1)} to ${upstream.high.toFixed(1)} of a further customer, ${grouped(upstream.customers)} paid).`,
    pace === null
      ? null
      : `At this pace the month's models cost ${cents(pace.model_cost_usd)} and it leaves ${cents(pace.contribution_usd, '?')} (${percent(pace.margin)}).`,
    whale.length < 2
      ? null
      : `Best first, summed: ${sparkline(whale.map(({ usd }) => Number(usd)))} ends at ${cents(whale.at(-1)!.usd)}, at its best ${cents(best(whale))}.`,
    growth === null ? null : growthText(growth, paceText),
    runway === null
      ? null
      : `Runway: ${runway.months === null ? 'more than 60 months' : `${runway.months.toFixed(1)} months`}, with ${runway.assumes}.`,
    runway === null ? null : `Cash by month: ${cashText(runway.by_month)}.`,
    revenue.rows === 0
      ? null
      : `Revenue: ${grouped(revenue.rows)} payments from ${revenue.sources.join(', ')}, last taken in ${revenue.newest!.slice(0, 16).replace('T', ' ')}${revenue.refunds === 0 ? '' : `; ${grouped(revenue.refunds)} refunds of ${cents(revenue.refunds_usd)}`}.`,
    unknown.count === 0
      ? null
      : `Paid, and no call is on the ledger (${grouped(unknown.count)}): ${unknown.names.join(', ')}.`,
    gaps.count === 0
      ? null
      : `Paid the month before, call this month, and no revenue is entered (${grouped(gaps.count)}): ${gaps.names.join(', ')}.`,
    others.length === 0
      ? null
      : `Told apart: ${others.map(({ env, cost_usd: usd }) => `${env ?? 'no environment'} ${cents(usd)}`).join(', ')}.`,
    total.coverage === null
      ? null
      : `Cost: ${report.cost.source}; known for ${percent(total.coverage)} of the attempts.`,
  ].filter((line) => line !== null)
}

const monthsShown = 12

function cashText(months: NonNullable<MarginJson['runway']>['by_month']): string {
  const shown = months.slice(0, monthsShown).map(({ cash }) => cents(cash.toFixed(0)).slice(0, -3))
  const last =
    months.length > monthsShown
      ? `; after ${months.length}: ${cents(months.at(-1)!.cash.toFixed(0)).slice(0, -3)}`
      : ''
  return `${shown.join(', ')}${last}`
}

function growthText(growth: NonNullable<MarginJson['growth']>, paceText: string): string {
  const { conversion, break_even_conversion: needed } = growth
  const head = growth.more_users_more_loss
    ? 'More users mean more loss'
    : 'A further user earns its cost'
  return `${head}: of ${grouped(growth.users)} users ${percent(conversion)} pay; a user costs ${cents(growth.cost_per_user_usd)}${paceText}, and ${needed === null ? 'nobody pays anything' : `from ${percent(needed)} on users earn what they cost`}.`
}

function best(whale: MarginJson['whale']): string {
  return whale.reduce((most, { usd }) => (Number(usd) > Number(most) ? usd : most), whale[0]!.usd)
}

const bars = '▁▂▃▄▅▆▇█'

export function sparkline(values: readonly number[], width = 40): string {
  const step = Math.max(1, values.length / width)
  const picked = Array.from(
    { length: Math.min(width, values.length) },
    (_, at) => values[Math.min(values.length - 1, Math.floor((at + 1) * step) - 1)]!,
  )
  const [low, high] = [Math.min(0, ...picked), Math.max(...picked)]
  return picked
    .map((value) => bars[high === low ? 0 : Math.round((7 * (value - low)) / (high - low))])
    .join('')
}

/** '$1,234.50'; a fraction of a cent in full. */
export function cents(usd: string | null, none = '?'): string {
  if (usd === null) return none
  const value = Number(usd)
  const places = value !== 0 && Math.abs(value) < 0.01 ? 6 : 2
  const size = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: places,
  })
  return `${value < 0 ? '-' : ''}$${size}`
}

export function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}
