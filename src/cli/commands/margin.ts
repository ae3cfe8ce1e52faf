import type { ConcentrationJson, MarginJson } from '../../server/contract/economics.ts'
import { connect } from '../client.ts'
import { type Command, UsageError } from '../command.ts'
import { concentrationText } from '../margin/concentration-text.ts'
import { importRevenue } from '../margin/import.ts'
import { marginCsv, marginText } from '../margin/text.ts'

export const margin: Command = {
  name: 'margin',
  summary: 'What each customer, feature or cohort leaves after models, fees and shared cost',
  usage: '[concentration | import FILE]',
  help: `Revenue is joined to what the ledger says that models cost, losers first.

margin                                  this month by customer
margin --month 2026-10 --by feature     an earlier month
margin concentration                    on whom the spending hangs, and how hard each task is to move
margin import revenue.csv               payments: customer, amount, currency, month

What is not entered (fees, servers, people) is shown as such and taken for nothing: it stands under economics in
freehold.yaml. Importing a file again adds nothing; a refund is a negative amount.`,
  options: {
    month: { value: 'MONTH', says: '2026-11 (the month of now)' },
    by: { value: 'WHAT', says: 'customer, feature or cohort (customer)' },
    env: { value: 'NAME', says: 'calls of this environment, or all (production)' },
    losers: { says: 'only those who cost more than they bring' },
    cash: { value: 'USD', says: 'in the bank, for the runway (economics.cash)' },
    'other-cost': { value: 'USD', says: 'a month besides servers and people (economics.other)' },
    growth: { value: 'SHARE', says: 'of revenue a month, such as 0.05' },
    'cost-growth': { value: 'SHARE', says: "of what models cost a month (as revenue's)" },
    csv: { says: 'comma-separated lines for a spreadsheet instead of a table' },
    currency: { value: 'CODE', says: 'import: for lines that name none' },
    'skip-broken': { says: 'import: leave out lines that cannot be read, and name them' },
  },
  positionals: { least: 0, most: 2 },
  run: async (context) => {
    const { print } = context
    const [what, file] = context.arguments
    if (what !== undefined && what !== 'import' && what !== 'concentration')
      throw new UsageError(`margin knows concentration and import, not ${JSON.stringify(what)}.`)
    if (what === 'concentration' && file !== undefined)
      throw new UsageError(
        `margin concentration does not know what to do with ${JSON.stringify(file)}.`,
      )
    if (what === 'import' && file === undefined)
      throw new UsageError('margin import needs a file: margin import revenue.csv')
    if (context.flag('csv') && context.json) throw new UsageError('Give --csv or --json, not both.')
    const client = await connect(context)
    try {
      if (what === 'concentration') {
        const env = new URLSearchParams({ env: context.option('env') ?? 'production' })
        const report = await client.get<ConcentrationJson>(`/api/concentration?${env}`)
        print.out(context.json ? JSON.stringify(report) : concentrationText(report, print))
        return 0
      }
      if (file !== undefined) return await importRevenue(context, client, file)
      const query = new URLSearchParams()
      for (const name of ['month', 'by', 'env', 'cash', 'other-cost', 'growth', 'cost-growth']) {
        const value = context.option(name)
        if (value !== undefined) query.set(name.replace('-', '_'), value)
      }
      if (context.flag('losers')) query.set('losers', '')
      const report = await client.get<MarginJson>(`/api/margin?${query}`)
      if (context.json) print.out(JSON.stringify(report))
      else if (context.flag('csv')) print.out(marginCsv(report).trimEnd())
      else print.out(marginText(report, print))
      return 0
    } finally {
      await client.close()
    }
  },
}
