import { hoursPerMonth } from '../../control/economics/hours.ts'
import { Fraction } from '../../core/fraction.ts'
import type { CostsJson } from '../../server/contract.ts'
import { connect } from '../client.ts'
import { CommandError, type Context } from '../command.ts'
import { inputKinds, outputKinds } from '../usage.ts'

export interface TaskTraffic {
  readonly source: string
  readonly callsPerMonth: number
  /** Means of a call. */
  readonly inputTokens: number
  readonly outputTokens: number
  readonly peakToAverage: number
  readonly peakSource: string
  /** Calls in each hour, the empty ones too. */
  readonly hourly: readonly number[]
  /** USD; null where it is not the ledger that says so. */
  readonly perCall: Fraction | null
}

const hourMs = 3_600_000

/** What the ledger knows of a task, hour by hour. @throws CommandError when there is nothing to go by */
export async function trafficOf(context: Context): Promise<TaskTraffic> {
  const task = context.option('task')!
  const client = await connect(context)
  try {
    const query = new URLSearchParams({ by: 'hour', task, since: context.option('since') ?? '30d' })
    const { rows, total, cut } = await client.get<CostsJson>(`/api/costs?${query}`)
    if (total.calls === 0)
      throw new CommandError(
        `The ledger has no calls of ${task} since ${query.get('since')}. Give the traffic by hand: --tokens-per-day 50M`,
      )
    if (cut)
      throw new CommandError('That is more hours than one answer holds; ask for a shorter --since.')
    const counts = new Map(rows.map((row) => [Date.parse(row.group['hour'] ?? ''), row.calls]))
    const times = [...counts.keys()]
    const [from, to] = [Math.min(...times), Math.max(...times)]
    const hours = Math.round((to - from) / hourMs) + 1
    const hourly = Array.from({ length: hours }, (_, at) => counts.get(from + at * hourMs) ?? 0)
    const mean = total.calls / hours
    const peak = Math.max(...hourly) / mean
    const said = context.option('peak')
    const known = total.attempts - total.cost_unknown
    return {
      source: `${task}: ${total.calls} calls in ${hours} hours that the ledger has, ${(100 * (1 - total.cost_unknown / Math.max(1, total.attempts))).toFixed(1)} % of the attempts with a known cost`,
      callsPerMonth: mean * hoursPerMonth,
      inputTokens: sum(total.tokens, inputKinds) / total.calls,
      outputTokens: sum(total.tokens, outputKinds) / total.calls,
      peakToAverage: said === undefined ? peak : Number(said),
      peakSource: said === undefined ? 'busiest hour of the ledger' : 'by hand',
      hourly,
      perCall: known === 0 ? null : Fraction.of(total.cost_usd).over(Fraction.of(total.calls)),
    }
  } finally {
    await client.close()
  }
}

function sum(tokens: Readonly<Record<string, number>>, kinds: readonly string[]): number {
  return kinds.reduce((all, kind) => all + (tokens[kind] ?? 0), 0)
}
