import { instant, type Instant } from '../core/clock.ts'
import { decimal, type Decimal } from '../core/money.ts'
import rates from './data/fx.json' with { type: 'json' }

interface DatedRate {
  readonly from: Instant
  readonly cnyPerUsd: Decimal
}

/** Oldest first. */
const series: readonly DatedRate[] = Object.entries(rates.cnyPerUsd)
  .map(([day, rate]) => ({ from: instant(day), cnyPerUsd: decimal(rate) }))
  .toSorted((earlier, later) => earlier.from - later.from)

/**
 * Yuan per dollar on the day of an instant: the last rate known at it, and for an instant before
 * all of them the earliest. `data/fx.json` names the source and the day it was read.
 */
export function fxAt(at: Instant): Decimal {
  const known = series.findLast(({ from }) => from <= at) ?? series[0]
  if (known === undefined) throw new RangeError('data/fx.json holds no rate.')
  return known.cnyPerUsd
}
