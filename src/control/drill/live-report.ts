import { type Money, usdText } from '../../core/money.ts'
import { clopperPearson } from '../../stats/intervals.ts'

/** What a drill with live calls has come to. */

/** Counts of one task; money in picodollars. */
export interface DrillCounts {
  readonly task: string
  readonly calls: number
  readonly broken: number
  readonly failed: number
  readonly invalid: number
  readonly refused: number
  readonly unable: number
  readonly cost: bigint
  readonly instead: bigint
  readonly unknown: number
  readonly others: number
  readonly othersBroken: number
  /** Why it was taken back before the end; null: it was not. */
  readonly takenBack: string | null
}

export interface DrillFigures {
  /** Calls that were drawn: those that the substitute was asked, and those that it cannot take. */
  readonly calls: number
  readonly broken: number
  readonly failed: number
  readonly invalid: number
  readonly refused: number
  readonly unable: number
  /** Of the calls; null where there was none. */
  readonly break_rate: number | null
  /** 95 %, by Clopper and Pearson. */
  readonly break_interval: readonly [number, number] | null
  readonly cost_usd: string
  /** What the provider that is left would have taken for the same tokens. */
  readonly instead_usd: string
  /** Below 0: the substitute was cheaper. */
  readonly net_usd: string
  /** Calls of which one of the two is not known: they are in neither sum. */
  readonly cost_unknown: number
  /** Calls of the provider that were not drawn, over the same time. */
  readonly others: {
    readonly calls: number
    readonly break_rate: number | null
    readonly break_interval: readonly [number, number] | null
  }
}

export interface DrilledTaskFigures extends DrillFigures {
  readonly task: string
  readonly model: string
  readonly taken_back: string | null
}

/** @param counts  of each task and thread */
export function figuresOf(
  tasks: readonly { readonly task: string; readonly model: string }[],
  counts: readonly DrillCounts[],
): { readonly tasks: readonly DrilledTaskFigures[]; readonly total: DrillFigures } {
  return {
    tasks: tasks.map(({ task, model }) => {
      const own = counts.filter((each) => each.task === task)
      const back = own.find(({ takenBack }) => takenBack !== null)
      return { task, model, taken_back: back?.takenBack ?? null, ...figures(own) }
    }),
    total: figures(counts),
  }
}

type Count = {
  [Name in keyof DrillCounts]: DrillCounts[Name] extends number ? Name : never
}[keyof DrillCounts]

function figures(counts: readonly DrillCounts[]): DrillFigures {
  const sum = (name: Count): number => counts.reduce((total, each) => total + each[name], 0)
  const money = (name: 'cost' | 'instead'): bigint =>
    counts.reduce((total, each) => total + each[name], 0n)
  const [cost, instead, unable] = [money('cost'), money('instead'), sum('unable')]
  const calls = sum('calls') + unable
  const broken = sum('broken') + unable
  const [others, othersBroken] = [sum('others'), sum('othersBroken')]
  return {
    calls,
    broken,
    failed: sum('failed'),
    invalid: sum('invalid'),
    refused: sum('refused'),
    unable,
    ...rateOf(broken, calls),
    cost_usd: usdText(cost as Money),
    instead_usd: usdText(instead as Money),
    net_usd: usdText((cost - instead) as Money),
    cost_unknown: sum('unknown'),
    others: { calls: others, ...rateOf(othersBroken, others) },
  }
}

function rateOf(
  broken: number,
  calls: number,
): Pick<DrillFigures, 'break_rate' | 'break_interval'> {
  if (calls === 0) return { break_rate: null, break_interval: null }
  const { low, high } = clopperPearson(broken, calls)
  return { break_rate: broken / calls, break_interval: [low, high] }
}
