import type { CostRowJson, CostsJson } from '../../server/contract/costs.ts'
import { connect } from '../client.ts'
import { type Command, UsageError } from '../command.ts'
import { csv, type CsvColumn } from '../csv.ts'
import { reconciled, reconciledText } from '../exports/charges.ts'
import { dollars, grouped, printable, table } from '../print.ts'
import { inputKinds, outputKinds, unitText } from '../usage.ts'

const filters = [
  'task',
  'model',
  'provider',
  'key',
  'customer',
  'feature',
  'env',
  'role',
  'mode',
  'saved_by',
]

export const costs: Command = {
  name: 'costs',
  summary: 'What was spent, by task, model, provider, key, customer, feature or day',
  usage: '',
  help: 'Sums over every attempt, failed ones and retries included. What has no price is counted apart and is in no sum.',
  options: {
    by: {
      value: 'A[,B]',
      says: 'task, model, provider, key, customer, feature, env, role, mode, saved_by, day, hour (task)',
    },
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d (30d)' },
    until: { value: 'WHEN', says: 'as since (now)' },
    reconcile: { says: 'whether sums, calls and exports come to the same, exactly' },
    csv: { says: 'comma-separated lines for a spreadsheet instead of a table' },
    ...Object.fromEntries(
      filters.map((name) => [name, { value: 'NAME', says: `of this ${name} alone` }]),
    ),
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    if (context.flag('csv') && context.json) throw new UsageError('Give --csv or --json, not both.')
    const client = await connect(context)
    try {
      if (context.flag('reconcile')) {
        const found = await reconciled(client, context)
        context.print.out(context.json ? JSON.stringify(found) : reconciledText(found))
        return found.ok ? 0 : 1
      }
      const query = new URLSearchParams()
      for (const name of ['by', 'since', 'until', ...filters]) {
        const value = context.option(name)
        if (value !== undefined) query.set(name, value)
      }
      const report = await client.get<CostsJson>(`/api/costs?${query}`)
      const { print } = context
      if (context.json) print.out(JSON.stringify(report))
      else if (context.flag('csv')) print.out(csv(report.rows, csvColumns(report)).trimEnd())
      else print.out(reportText(report, print))
      return 0
    } finally {
      await client.close()
    }
  },
}

/** Without the total, which a spreadsheet makes itself. What has no price is no part of the cost. */
function csvColumns({ by }: CostsJson): readonly CsvColumn<CostRowJson>[] {
  return [
    ...by.map((name) => ({ title: name, value: ({ group }: CostRowJson) => group[name] ?? null })),
    { title: 'calls', value: ({ calls }) => calls },
    { title: 'attempts', value: ({ attempts }) => attempts },
    { title: 'errors', value: ({ errors }) => errors },
    { title: 'input_tokens', value: (row) => counted(row, inputKinds) },
    { title: 'output_tokens', value: (row) => counted(row, outputKinds) },
    { title: 'cost_usd', value: (row) => (isUnknown(row) ? null : { usd: row.cost_usd }) },
    { title: 'saved_usd', value: ({ saved_usd: saved }) => ({ usd: saved }) },
    { title: 'attempts_without_price', value: ({ cost_unknown: count }) => count },
  ]
}

/** Of no attempt the cost is known: what they cost is not nothing. */
function isUnknown({ attempts, cost_unknown: unknown }: CostRowJson): boolean {
  return unknown > 0 && unknown >= attempts
}

function counted({ tokens }: CostRowJson, kinds: readonly string[]): number {
  return kinds.reduce((sum, kind) => sum + (tokens[kind] ?? 0), 0)
}

function reportText(report: CostsJson, print: Parameters<typeof table>[2]): string {
  const { since, until, timezone, by, rows, total } = report
  const span = `${since.slice(0, 16).replace('T', ' ')} to ${until.slice(0, 16).replace('T', ' ')} UTC; days in ${timezone}`
  if (rows.length === 0) return `Nothing was spent: no calls from ${span}.`
  const last: CostRowJson = {
    ...total,
    group: Object.fromEntries(by.map((name, index) => [name, index === 0 ? 'total' : ''])),
  }
  const tokens = (row: CostRowJson, kinds: readonly string[]): string =>
    grouped(counted(row, kinds))
  const body = table(
    [...rows, last],
    [
      ...by.map((name) => ({
        title: name.toUpperCase(),
        value: ({ group }: CostRowJson) => group[name] ?? '-',
        shrinks: true,
      })),
      { title: 'CALLS', value: ({ calls }) => grouped(calls), right: true },
      { title: 'ATTEMPTS', value: ({ attempts }) => grouped(attempts), right: true },
      { title: 'ERRORS', value: ({ errors }) => grouped(errors), right: true },
      {
        title: 'IN',
        value: (row) => tokens(row, inputKinds),
        right: true,
      },
      {
        title: 'OUT',
        value: (row) => tokens(row, outputKinds),
        right: true,
      },
      ...(unitText(total.units) === ''
        ? []
        : [{ title: 'UNITS', value: ({ units }: CostRowJson) => unitText(units), right: true }]),
      { title: 'COST', value: (row) => dollars(isUnknown(row) ? null : row.cost_usd), right: true },
      ...(Number(total.saved_usd) === 0
        ? []
        : [{ title: 'SAVED', value: (row: CostRowJson) => dollars(row.saved_usd), right: true }]),
      {
        title: 'NO PRICE',
        value: ({ cost_unknown: count }) => (count === 0 ? '' : grouped(count)),
        right: true,
      },
    ],
    print,
  )
  const notes = [
    savedText(report),
    report.cut ? 'There are more rows; the dearest are shown, and the total is of all.' : '',
    total.cost_unknown > 0
      ? `${grouped(total.cost_unknown)} attempts have no known price and are in no sum: freehold doctor names their models.`
      : '',
    total.estimated > 0
      ? `What ${grouped(total.estimated)} attempts used was estimated, because the provider did not count it.`
      : '',
  ].filter((note) => note !== '')
  return [span, '', body, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

const reasons: Readonly<Record<string, string>> = {
  cache: 'answers given again',
  seller: 'the cheapest of several sellers',
  deadline: 'the cheapest that was in time',
  wait: 'waiting for a lower price',
  batch: "vendors' own batches",
}

/** Net: what was spent in vain on it is taken off. */
function savedText({ saved_by: saved, total }: CostsJson): string {
  if (saved === null) return ''
  const parts = Object.entries(saved)
    .toSorted(([, left], [, right]) => Number(right) - Number(left))
    .map(
      ([by, usd]) =>
        `${dollars(usd)} by ${by
          .split('+')
          .map((each) => reasons[each] ?? printable(each))
          .join(' and ')}`,
    )
  return `Saved ${dollars(total.saved_usd)}, reckoned at the tokens that were used: ${parts.join('; ')}.`
}
