import type { Effort } from '../../control/drill/leave.ts'
import { systemClock } from '../../core/clock.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type { DeprecationsJson } from '../../server/contract/drill.ts'
import { connect } from '../client.ts'
import { type Command, type Context, type ExitCode, UsageError } from '../command.ts'
import { lastLive, leaveLive } from '../drill/live.ts'
import { leaving } from '../drill/leaving.ts'
import { timeOf } from '../time-of.ts'
import { exposuresText, leavingJson, leavingText } from '../drill/text.ts'

/** 15,000 dollars a month with everything, over 21 days: the pay that breakeven reckons with. */
const dayRate = 714

export const drill: Command = {
  name: 'drill',
  summary: 'What leaving a provider would stop, cost and take; what hangs on models that end',
  usage: '',
  help: `--leave takes a day of the calls that a provider answered and prices them on the other models of their tasks, looks
at what those could not take, and says what is tested. Nobody is asked and nothing is changed.
With --live it is for real: a share of that provider's live calls goes to the tested substitutes of their tasks until the
time is over, Ctrl-C, or a guard breaks. What it will cost is said first. --live alone shows the last one.
--deprecations joins the announced ends of models with who called them.

drill --leave acme                                   what would stop, and what it would cost
drill --leave acme --live --share 1% --for 1h        with 1 % of the live calls, for an hour
drill --live --stop                                  ends it before its time`,
  options: {
    leave: { value: 'PROVIDER', says: 'rehearse leaving this one' },
    live: { says: 'with live calls, which are answered and paid elsewhere' },
    share: { value: 'SHARE', says: 'with --live: of the calls of the provider (1%)' },
    for: { value: 'DURATION', says: 'with --live: how long, up to 24h (1h)' },
    yes: { short: 'y', says: 'with --live: do not ask whether to begin' },
    stop: { says: 'with --live alone: end the drill that runs' },
    deprecations: { says: 'models that were called and end, with dollars and customers' },
    ends: {
      value: 'MODEL=DATE',
      says: 'with --deprecations: an end that you know of: acme/large=2027-01-31',
      multiple: true,
    },
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
    if (context.flag('live') && !ends)
      return provider === undefined ? await lastLive(context) : await leaveLive(context, provider)
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
    const { timezone } = await get<CostsJson>('/api/costs?since=1h')
    const terms = { dayRate: rate, days: daysOf(timeOf(context, since, timezone)) }
    const report = await leaving(context, get, { provider, since, until, sample, effort })
    const { print, json } = context
    print.out(json ? JSON.stringify(leavingJson(report, terms)) : leavingText(report, terms, print))
    return 0
  } finally {
    await client.close()
  }
}

/** Of an hour at least, and none of it ahead. */
function daysOf({ since, until }: ReturnType<typeof timeOf>): number {
  const hours = (Math.min(until, systemClock.now()) - since) / 3_600_000_000
  return Math.max(1, hours) / 24
}

async function deprecations(context: Context): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const query = new URLSearchParams({ since: context.option('since') ?? '30d' })
    const until = context.option('until')
    if (until !== undefined) query.set('until', until)
    for (const end of context.options('ends')) query.append('ends', end)
    const report = await client.get<DeprecationsJson>(`/api/economics/deprecations?${query}`)
    const { print, json } = context
    print.out(json ? JSON.stringify(report) : exposuresText(report, print))
    return 0
  } finally {
    await client.close()
  }
}

/** @throws UsageError */
function effortOf(text: string): Effort {
  const parts = text.split(',')
  const [tested, untested, none] = parts.map(Number)
  const isDays = (each: string): boolean => /^\d+(\.\d+)?$/.test(each) && Number(each) <= 1_000
  if (parts.length !== 3 || !parts.every(isDays))
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
