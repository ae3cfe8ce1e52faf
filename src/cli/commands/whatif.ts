import type { WhatIfJson } from '../../server/contract/economics.ts'
import { connect } from '../client.ts'
import { type Command, CommandError, UsageError } from '../command.ts'
import { whatIfText } from '../margin/what-if-text.ts'

export const whatif: Command = {
  name: 'whatif',
  summary: 'What a price rise, the end of a credit or a past shock would do to bill and margin',
  usage: '',
  help: `Your own calls of the last 30 days, hour by hour, at other prices; with and without the next model of each task.

whatif --shock deepseek=+50% --from 2026-12-01      a provider, from a day on
whatif --shock acme/large:output=+20%               one model, one meter
whatif --price acme/free=0.22/0.66                  a free tier ends: USD per million in and out
whatif --credit acme=500                            a credit runs out
whatif --event deepseek-summer-2026                 what happened, replayed on your hours
whatif --shock deepseek=+50% --max-margin-loss 5pp  exits 1 when more than that is lost, for CI`,
  options: {
    shock: { value: 'WHO=RISE', says: 'deepseek=+50%, acme/large:output=+20%', multiple: true },
    price: {
      value: 'MODEL=IN/OUT',
      says: 'a new price, and behind it that of the cache',
      multiple: true,
    },
    credit: {
      value: 'WHO=USD',
      says: 'what a credit pays in the time that is looked at',
      multiple: true,
    },
    event: { value: 'EVENT', says: 'of the past; an unknown one names those that there are' },
    model: { value: 'MODEL', says: 'whom --shock +50% means, or on which --event is replayed' },
    meter: { value: 'METER', says: 'of the price: input, output, cache_read, reasoning, ...' },
    from: { value: 'DATE', says: 'from when on; an event that lies elsewhere is moved there' },
    since: { value: 'DATE', says: 'the traffic that is looked at (30 days ago)' },
    until: { value: 'DATE', says: 'its end (now)' },
    env: { value: 'NAME', says: 'calls of this environment, or all (production)' },
    reroute: { says: 'judge by the bill with the next models of the tasks where they are cheaper' },
    daily: { says: 'bill, revenue, margin and alerts of each day' },
    cash: { value: 'USD', says: 'in the bank, for the runway (economics.cash)' },
    'target-margin': { value: 'SHARE', says: 'has to be left, for the largest rise (0)' },
    'max-margin-loss': { value: 'POINTS', says: 'exit 1 when the margin falls by more: 5pp' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const { print } = context
    const most = pointsOf(context.option('max-margin-loss'))
    const query = new URLSearchParams()
    for (const name of ['shock', 'price', 'credit'])
      for (const value of context.options(name)) query.append(name, value)
    if (query.size === 0 && context.option('event') === undefined)
      throw new UsageError('whatif needs --shock, --price, --credit or --event.')
    const single = ['event', 'model', 'meter', 'from', 'since', 'until', 'env', 'cash'] as const
    for (const name of [...single, 'target-margin']) {
      const value = context.option(name)
      if (value !== undefined) query.set(name.replace('-', '_'), value)
    }
    const client = await connect(context)
    try {
      const report = await client.get<WhatIfJson>(`/api/whatif?${query}`)
      print.out(
        context.json ? JSON.stringify(report) : whatIfText(report, print, context.flag('daily')),
      )
      if (most === null) return 0
      const rerouted = context.flag('reroute') ? report.margin_loss_rerouted : null
      const loss = rerouted ?? report.margin_loss
      if (loss === null)
        throw new CommandError(
          'What is lost of the margin cannot be told, because no revenue is known for this time.',
        )
      if (loss > most)
        print.err(
          `freehold: the margin falls by ${(100 * loss).toFixed(2)} points, and ${(100 * most).toFixed(2)} are the most.`,
        )
      return loss > most ? 1 : 0
    } finally {
      await client.close()
    }
  },
}

/** '5pp' is 0.05. @throws UsageError */
function pointsOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const [, points] = /^(\d{1,3}(?:\.\d{1,4})?)(?:pp)?$/.exec(text) ?? []
  if (points === undefined)
    throw new UsageError(`--max-margin-loss is in points such as 5pp, not ${JSON.stringify(text)}.`)
  return Number(points) / 100
}
