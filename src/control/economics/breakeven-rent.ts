import type { MeasuredPoint, Rent } from '../../catalog/machines.ts'
import { Fraction } from '../../core/fraction.ts'
import { ownedCost } from './break-even.ts'
import type { BreakEvenQuestion } from './breakeven-question.ts'
import { hoursPerMonth } from './hours.ts'
import { type RentSpan, rentSpan } from './self-host.ts'

/** What a card costs for an hour, and where that is known from. */
export interface RentChosen {
  readonly usd: Fraction
  readonly source: string
  /** What is asked for such a card; null where it is owned, and where no offer is known. */
  readonly span: RentSpan | null
}

/** @throws RangeError when no offer is known and none was given */
export function rentOf(
  { kind, rent, capex }: BreakEvenQuestion,
  point: MeasuredPoint,
  offers: readonly Rent[],
): RentChosen {
  if (kind === 'owned') {
    if (capex === null) throw new RangeError('Owned cards need their price.')
    return { ...ownedRent(point, capex), span: null }
  }
  const span = rentSpan(offers, point.gpu, kind)
  if (rent !== null) return { usd: Fraction.of(rent), source: 'by hand', span }
  if (span === null)
    throw new RangeError(
      `No ${kind} rent of ${point.gpu} is known. Give one as rent, in USD per card and hour: 2.50.`,
    )
  const source = `${kind}, the median of ${span.offers} offers read ${span.from} to ${span.to}`
  return { usd: span.median, source, span }
}

/** Cards of one's own over three years, a quarter on top for the servers, a tenth left at the end. */
const owned = {
  overhead: '0.25',
  residual: '0.1',
  months: '36',
  rate: '0.08',
  kw: '1',
  pue: '1.4',
  perKwh: '0.12',
  load: '0.7',
  colo: '50',
} as const

function ownedRent(point: MeasuredPoint, capex: string): Omit<RentChosen, 'span'> {
  const cost = ownedCost({
    gpus: Fraction.of(point.gpus),
    capexPerGpu: Fraction.of(capex),
    overheadShare: Fraction.of(owned.overhead),
    residualShare: Fraction.of(owned.residual),
    months: Fraction.of(owned.months),
    annualRate: Fraction.of(owned.rate),
    kwPerGpu: Fraction.of(owned.kw),
    pue: Fraction.of(owned.pue),
    hoursPerMonth: Fraction.of(hoursPerMonth),
    usdPerKwh: Fraction.of(owned.perKwh),
    loadFactor: Fraction.of(owned.load),
    coloPerGpu: Fraction.of(owned.colo),
  })
  return {
    usd: cost.perGpuHour,
    source: `owned: ${owned.months} months, servers ${owned.overhead}, residual ${owned.residual}, ${owned.rate} a year, ${owned.kw} kW x ${owned.pue} at $${owned.perKwh}/kWh, $${owned.colo} a card for the room`,
  }
}
