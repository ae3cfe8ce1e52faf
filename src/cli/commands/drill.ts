import { exposures, type Spending } from '../../control/drill/deprecations.ts'
import type { Effort } from '../../control/drill/leave.ts'
import type { CostsJson } from '../../server/contract.ts'
import { connect } from '../client.ts'
import { type Command, type Context, type ExitCode, UsageError } from '../command.ts'
import { endingModels, leaving } from '../drill/leaving.ts'
import { exposuresText, leavingJson, leavingText } from '../drill/text.ts'

/** 15,000 dollars a month with everything, over 21 days: the pay that breakeven reckons with. */
const dayRate = 714
const dayMs = 86_400_000

export const drill: Command = {
  name: 'drill',
  summary: 'What leaving a provider would stop, cost and take; what hangs on models that end',
  usage: '',
  help: `--leave takes a day of the calls that a provider answered and prices them on the other models of their tasks, looks
at what those could not take, and says what is tested. Nobody is asked and nothing is changed.
--deprecations joins the announced ends of models with who called them.`,
  options: {
    leave: { value: 'PROVIDER', says: 'rehearse leaving this one' },
    deprecations: { says: 'models that were called and end, with dollars and customers' },
    since: { value: 'WHEN', says: 'calls since then (1d; 30d for --deprecations)' },
    until: { value: 'WHEN', says: 'as since (now)' },
    sample: { value: 'N', says: 'calls of each task whose words are looked at (200)' },
    days: { value: 'A,B,C', says: 'days to move a task: tested, untested, nothing ready (0,3,10)' },
    'day-rate': { value: 'USD', says: `of an engineer, with everything (${dayRate})` },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const provider = context.option('leave')
    const ends = context.flag('deprecations')
    if ((provider === undefined) === !ends)
      throw new UsageError('Say what to rehearse: --leave PROVIDER, or --deprecations.')
    return provider === undefined ? await deprecations(context) : await leave(context, provider)
  },
}

async function leave(context: Context, provider: string): Promise<ExitCode> {
  const effort = effortOf(context.option('days') ?? '0,3,10')
  const rate = numberOf(context, 'day-rate', dayRate, 0, 100_000)
  const sample = numberOf(context, 'sample', 200, 1, 5_000)
  const client = await connect(context)
  try {
    const since = context.option('since') ?? '1d'
    const until = context.option('until') ?? null
    const { get } = client
    const span = await get<CostsJson>(
      `/api/costs?by=task&${new URLSearchParams({ since, ...(until === null ? {} : { until }) })}`,
    )
    // Roll-ups are of whole hours: a day ago is up to 25 of them.
    const hours = Math.round((Date.parse(span.until) - Date.parse(span.since)) / 3_600_000)
    const terms = { dayRate: rate, days: Math.max(1, hours - 1) / 24 }
    const report = await leaving(context, get, { provider, since, until, sample, effort })
    const { print, json } = context
    print.out(json ? JSON.stringify(leavingJson(report, terms)) : leavingText(report, terms, print))
    return 0
  } finally {
    await client.close()
  }
}

async function deprecations(context: Context): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const query = new URLSearchParams({ since: context.option('since') ?? '30d' })
    const until = context.option('until')
    if (until !== undefined) query.set('until', until)
    const costs = await client.get<CostsJson>(`/api/costs?by=model,customer,task&${query}`)
    const spending = costs.rows.flatMap(({ group, calls, ...row }): Spending[] => {
      const model = group['model'] ?? null
      return model === null
        ? []
        : [
            {
              model,
              customer: group['customer'] ?? null,
              task: group['task'] ?? null,
              calls,
              costUsd: Number(row.cost_usd),
              costUnknown: row.cost_unknown,
            },
          ]
    })
    const called = [...new Set(spending.map(({ model }) => model))]
    const today = new Date(Math.floor(Date.now() / dayMs) * dayMs).toISOString().slice(0, 10)
    const list = exposures(await endingModels(client.get, called), spending, today)
    const { print, json } = context
    print.out(
      json
        ? JSON.stringify({
            today,
            feed_ends: '2025-11',
            models_checked: called.length,
            cut: costs.cut,
            models: list.map((each) => ({
              model: each.model,
              shutdown: each.shutdown,
              days_left: each.daysLeft,
              replacement: each.replacement,
              calls: each.calls,
              cost_usd: each.costUsd.toFixed(12),
              cost_unknown: each.costUnknown,
              tasks: each.tasks,
              customers: each.customers,
            })),
          })
        : exposuresText(list, called.length, print),
    )
    return 0
  } finally {
    await client.close()
  }
}

/** @throws UsageError */
function effortOf(text: string): Effort {
  const [tested, untested, none, ...more] = text.split(',').map(Number)
  const days = [tested, untested, none]
  if (more.length > 0 || !days.every((each) => each !== undefined && each >= 0 && each <= 1_000))
    throw new UsageError(`--days is three numbers of days, as 0,3,10, not ${text}.`)
  return { tested: tested!, untested: untested!, none: none! }
}

/** @throws UsageError */
function numberOf(
  context: Context,
  name: string,
  usual: number,
  least: number,
  most: number,
): number {
  const text = context.option(name)
  if (text === undefined) return usual
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${name} is a number from ${least} to ${most}, not ${text}.`)
}
