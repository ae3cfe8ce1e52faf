/**
 * Herfindahl-Hirschman index of spending, 0 to 10,000: the sum of the squared shares in percent.
 * Over 2,500 counts as highly concentrated in antitrust practice; one vendor alone is 10,000.
 */
export interface Concentration {
  readonly hhi: number
  /** How many vendors of equal size would be as concentrated. */
  readonly effectiveVendors: number
  readonly topShare: number
}

/** @param spend  amounts by seller, author or jurisdiction; null when nothing was spent */
export function concentrationOf(spend: readonly number[]): Concentration | null {
  const total = spend.reduce((sum, each) => sum + each, 0)
  if (total <= 0) return null
  const shares = spend.map((each) => each / total)
  const squared = shares.reduce((sum, share) => sum + share * share, 0)
  return {
    hhi: 10_000 * squared,
    effectiveVendors: 1 / squared,
    topShare: Math.max(...shares),
  }
}

export interface DyingModel {
  readonly id: string
  readonly spend: number
  /** '2026-09-10'; null: none announced. */
  readonly shutdown: string | null
}

export interface DeprecationExposure {
  readonly spend: number
  /** Of all spending; null when nothing was spent. */
  readonly share: number | null
  /** The soonest first; days are negative once the date has passed. */
  readonly models: readonly {
    readonly id: string
    readonly days: number
    readonly overdue: boolean
  }[]
}

/** Spending on models that are shut down within the horizon; those whose date has passed belong to it. */
export function deprecationExposure(
  models: readonly DyingModel[],
  today: string,
  horizonDays: number,
): DeprecationExposure {
  const now = Date.parse(today)
  const dying = models
    .flatMap(({ id, spend, shutdown }) => {
      if (shutdown === null) return []
      const days = Math.round((Date.parse(shutdown) - now) / 86_400_000)
      return days <= horizonDays ? [{ id, spend, days, overdue: days < 0 }] : []
    })
    .toSorted((left, right) => left.days - right.days)
  const total = models.reduce((sum, { spend }) => sum + spend, 0)
  const spend = dying.reduce((sum, each) => sum + each.spend, 0)
  return {
    spend,
    share: total > 0 ? spend / total : null,
    models: dying.map(({ id, days, overdue }) => ({ id, days, overdue })),
  }
}
