import { apiCostIn, runwayOf, type RunwayTerms } from './shock.ts'

export interface RunwayMonth {
  /** From 1. */
  readonly month: number
  readonly revenue: number
  readonly models: number
  readonly burn: number
  /** At its end; 0 in the month in which the money is gone. */
  readonly cash: number
}

export interface RunwayPlan {
  /** Null: it outlasts the horizon. */
  readonly months: number | null
  readonly byMonth: readonly RunwayMonth[]
}

/** Month by month until the money is gone, or the horizon. Amounts are USD. */
export function runwayPlan(terms: RunwayTerms): RunwayPlan {
  const { months } = runwayOf(terms)
  const last = months === null ? terms.monthsMax : Math.floor(months) + 1
  const byMonth: RunwayMonth[] = []
  let { cash, revenue } = terms
  for (let month = 1; month <= last; month += 1) {
    const models = apiCostIn(month, terms)
    const burn = terms.otherCost + models - revenue * (1 - terms.feeShare)
    cash = Math.max(0, cash - burn)
    byMonth.push({ month, revenue, models, burn, cash })
    revenue *= 1 + terms.revenueGrowth
  }
  return { months, byMonth }
}
