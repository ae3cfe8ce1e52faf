import type { CostRowJson, CostsJson } from '../../server/contract.ts'
import { connect } from '../client.ts'
import type { Command } from '../command.ts'
import { dollars, grouped, table } from '../print.ts'
import { inputKinds, outputKinds, unitText } from '../usage.ts'

const filters = ['task', 'model', 'provider', 'key', 'customer', 'feature', 'env', 'role']

export const costs: Command = {
  name: 'costs',
  summary: 'What was spent, by task, model, provider, key, customer, feature or day',
  usage: '',
  help: 'Sums over every attempt, failed ones and retries included. What has no price is counted apart and is in no sum.',
  options: {
    by: {
      value: 'A[,B]',
      says: 'task, model, provider, key, customer, feature, env, role, day, hour (task)',
    },
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d (30d)' },
    until: { value: 'WHEN', says: 'as since (now)' },
    ...Object.fromEntries(
      filters.map((name) => [name, { value: 'NAME', says: `of this ${name} alone` }]),
    ),
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const client = await connect(context)
    try {
      const query = new URLSearchParams()
      for (const name of ['by', 'since', 'until', ...filters]) {
        const value = context.option(name)
        if (value !== undefined) query.set(name, value)
      }
      const report = await client.get<CostsJson>(`/api/costs?${query}`)
      const { print } = context
      if (context.json) print.out(JSON.stringify(report))
      else print.out(reportText(report, print))
      return 0
    } finally {
      await client.close()
    }
  },
}

function reportText(report: CostsJson, print: Parameters<typeof table>[2]): string {
  const { since, until, timezone, by, rows, total } = report
  const span = `${since.slice(0, 16).replace('T', ' ')} to ${until.slice(0, 16).replace('T', ' ')} UTC; days in ${timezone}`
  if (rows.length === 0) return `Nothing was spent: no calls from ${span}.`
  const last: CostRowJson = {
    ...total,
    group: Object.fromEntries(by.map((name, index) => [name, index === 0 ? 'total' : ''])),
  }
  const tokens = ({ tokens: counts }: CostRowJson, kinds: readonly string[]): string =>
    grouped(kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0))
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
      { title: 'COST', value: ({ cost_usd: cost }) => dollars(cost), right: true },
      {
        title: 'NO PRICE',
        value: ({ cost_unknown: count }) => (count === 0 ? '' : grouped(count)),
        right: true,
      },
    ],
    print,
  )
  const notes = [
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
