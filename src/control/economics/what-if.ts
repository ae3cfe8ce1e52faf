import type { PriceSegment } from '../../catalog/model.ts'
import { costAt, costLines, priceAt, tierPrice } from '../../catalog/price.ts'
import type { Instant } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { type Kind, promptTokens, type Usage } from '../../core/usage.ts'
import type { ClassCell } from '../analytics/clock-classes.ts'

/** A price that changes: for whom, for what of it, and by how much. */
export interface PriceShock {
  /** 'deepseek' or 'deepseek/deepseek-v4-flash'. */
  readonly subject: string
  /** Null: all of the bill. */
  readonly meter: Kind | null
  /** 0.5 is half more, -0.2 a fifth less. */
  readonly rise: Fraction
  /** What is charged from now on instead, per million; null: the rise of what is charged. */
  readonly card: PriceSegment | null
}

/** A card that held, and the cards that came, for one name. */
export interface Replayed {
  readonly models: ReadonlySet<string>
  readonly before: readonly PriceSegment[]
  readonly after: readonly PriceSegment[]
  /** From the hours of the ledger to those of the event. */
  readonly shiftUs: number
}

export function meets(subject: string, model: string): boolean {
  return model === subject || (!subject.includes('/') && model.startsWith(`${subject}/`))
}

/** Spending of a cell before and after; null: it cannot be told. */
export interface Priced {
  readonly before: bigint | null
  readonly after: bigint | null
  readonly struck: boolean
}

/** The card of a model at an instant, as the catalog has it. */
export type CardAt = (model: string, at: Instant) => PriceSegment | null

/**
 * Sums are priced by the mean call: a cost is linear in tokens but for tiers, which are chosen by the
 * size of a prompt.
 */
export function costOfSum(
  segment: PriceSegment,
  usage: Usage,
  attempts: number,
  at: Instant,
): bigint | null {
  if (segment.tiers === undefined) return costAt(segment, usage, at)
  const { tiers: _, ...flat } = segment
  const mean = promptTokens(usage) / Math.max(1, attempts)
  return costAt({ ...flat, price: tierPrice(segment, mean) }, usage, at)
}

/** A cell under a rise. What the ledger booked is the bill before it. */
export function underShock(
  cell: ClassCell,
  model: string,
  shocks: readonly PriceShock[],
  cardAt: CardAt,
): Priced {
  const before: bigint = cell.cost
  const struck = shocks.filter(({ subject }) => meets(subject, model))
  if (struck.length === 0) return { before, after: before, struck: false }
  let after: bigint | null = before
  for (const shock of struck) {
    if (after === null) break
    const part = changedBy(cell, model, shock, cardAt)
    after = part === null ? null : after + part
  }
  return { before, after, struck: true }
}

function changedBy(
  cell: ClassCell,
  model: string,
  { meter, rise, card }: PriceShock,
  cardAt: CardAt,
): bigint | null {
  const { at } = cell.hours
  if (card !== null) {
    const cost = costOfSum(card, cell.usage, cell.attempts, at)
    return cost === null ? null : cost - cell.cost
  }
  if (meter === null) return Fraction.of(cell.cost).times(rise).round()
  if (cell.usage[meter] === 0) return 0n
  const segment = cardAt(model, at)
  if (segment === null) return null
  const mean = promptTokens(cell.usage) / Math.max(1, cell.attempts)
  // In dollars: a card in yuan goes through the rate that its whole cost has.
  const lines = costLines(cell.usage, tierPrice(segment, mean))
  const all = Object.values(lines).reduce<bigint | null>(
    (sum, line) => (sum === null || line === null ? null : sum + line),
    0n,
  )
  const line = lines[meter]
  if (line === undefined || line === null || all === null || all === 0n) return null
  return new Fraction(line, all).times(Fraction.of(cell.cost)).times(rise).round()
}

/** A cell under the cards of an event: as if those before had gone on, and as they came. */
export function underEvent(cell: ClassCell, model: string, event: Replayed): Priced {
  if (!event.models.has(model)) return { before: cell.cost, after: cell.cost, struck: false }
  const at = (cell.hours.at + event.shiftUs) as Instant
  const [held] = event.before
  const came = priceAt(event.after, at) ?? held
  if (held === undefined || came === undefined) return { before: null, after: null, struck: true }
  return {
    before: costOfSum(held, cell.usage, cell.attempts, at),
    after: costOfSum(came, cell.usage, cell.attempts, at),
    struck: came !== held,
  }
}

/** The card that holds under an event, for telling hours of one price from those of another. */
export function eventCard(event: Replayed, at: Instant): string {
  return priceAt(event.after, (at + event.shiftUs) as Instant)?.id ?? 'before'
}

export interface PricedCell extends Priced {
  readonly cell: ClassCell
  readonly day: string
  readonly model: string
  readonly task: string | null
  readonly customer: string | null
  /** A check of answers, a judge: nobody's customer. */
  readonly isShared: boolean
}
