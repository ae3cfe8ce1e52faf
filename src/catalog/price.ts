import type { Instant } from '../core/clock.ts'
import { divideHalfEven, times, unitPrice, type Decimal, type Money } from '../core/money.ts'
import { kinds, promptTokens, type Kind, type Usage } from '../core/usage.ts'
import { fxAt } from './fx.ts'
import type { Price, PriceSegment, PriceTier } from './model.ts'

/**
 * The segment that holds at an instant: of several that match, the last. Null when none does.
 * Whoever asks says which instant is billed; the catalog does not know when a call began.
 */
export function priceAt(segments: readonly PriceSegment[], at: Instant): PriceSegment | null {
  return segments.findLast((segment) => holds(segment, at)) ?? null
}

/** True when the segment holds at every instant, so that it needs no look at the clock. */
export function isTimeless({ from, to, windows, days }: PriceSegment): boolean {
  return from === undefined && to === undefined && windows === undefined && days === undefined
}

/**
 * The price of a whole request by its size: that of the highest tier whose bound all prompt tokens
 * together exceed, cached ones and cache writes included. A prompt of exactly the bound stays below.
 * Kinds that the tier does not name keep the base price.
 */
export function tierPrice(
  { price, tiers }: { readonly price: Price; readonly tiers?: readonly PriceTier[] },
  promptTokens: number,
): Price {
  if (tiers === undefined) return price
  let highest: PriceTier | null = null
  for (const tier of tiers) {
    if (promptTokens <= tier.aboveInputTokens) continue
    if (highest === null || tier.aboveInputTokens > highest.aboveInputTokens) highest = tier
  }
  return highest === null ? price : withTier(price, highest)
}

/** Of each tier the card that it makes of a price: cards are few, and used on every call. */
const cardsOfTiers = new WeakMap<PriceTier, { readonly price: Price; readonly whole: Price }>()

/** The kinds that a tier names at its price, the others at the base price. */
export function withTier(price: Price, tier: PriceTier): Price {
  const known = cardsOfTiers.get(tier)
  if (known?.price === price) return known.whole
  const whole = { ...price, ...tier.price }
  cardsOfTiers.set(tier, { price, whole })
  return whole
}

/**
 * What a call costs under a segment of the catalog: tier by its prompt, currency by its day.
 * @param at  the instant that is billed; a card in yuan is converted at the rate of its day
 * @returns picodollars, or null when a kind that was used has no price
 */
export function costAt(segment: PriceSegment, usage: Usage, at: Instant): Money | null {
  return cost(usage, tierPrice(segment, promptTokens(usage)), rateAt(segment.currency, at))
}

/** The same by kind, and the bound of the tier that holds; 0 for the base price. */
export function linesAt(
  segment: PriceSegment,
  usage: Usage,
  at: Instant,
): {
  readonly price: Price
  readonly above: number
  readonly lines: Readonly<Partial<Record<Kind, Money | null>>>
} {
  const prompt = promptTokens(usage)
  const price = tierPrice(segment, prompt)
  const bounds = (segment.tiers ?? []).map(({ aboveInputTokens }) => aboveInputTokens)
  const above = Math.max(0, ...bounds.filter((bound) => prompt > bound))
  return { price, above, lines: costLines(usage, price, rateAt(segment.currency, at)) }
}

/** Units of a currency per dollar at an instant; undefined for the dollar itself. */
export function rateAt(currency: PriceSegment['currency'], at: Instant): Decimal | undefined {
  return perUsd[currency](at)
}

const perUsd = {
  USD: () => undefined,
  CNY: fxAt,
} satisfies Record<PriceSegment['currency'], (at: Instant) => Decimal | undefined>

/**
 * What a call costs.
 * @param usage  tokens by kind; kinds never overlap: a cached token is not also in `input`
 * @param price  per million tokens by kind, as decimal strings
 * @param rate  units of the price's currency per dollar; absent: the price is in dollars
 * @returns picodollars, each kind rounded half to even and then added; null when a kind that was
 *   used has no price after the fall-backs, because a silent zero hides spending
 * @see docs/decisions/0003-money.md
 */
export function cost(usage: Usage, price: Price, rate?: Decimal): Money | null {
  const inNumbers = rate === undefined ? sumOf(usage, unitsOf(price)) : Number.NaN
  if (inNumbers <= Number.MAX_SAFE_INTEGER) return BigInt(inNumbers) as Money
  let total = 0n
  for (const kind of kinds) {
    if (usage[kind] === 0) continue
    const line = lineOf(kind, usage[kind], price, rate)
    if (line === null) return null
    total += line
  }
  return total as Money
}

/** Not a number where a kind that was used has no price that is one. Whole numbers up to 2^53 add up exactly. */
function sumOf(usage: Usage, units: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < kinds.length; index += 1) {
    const count = usage[kinds[index]!]
    if (count !== 0) sum += count * units[index]!
  }
  return sum
}

const unitsOfPrices = new WeakMap<Price, readonly number[]>()

/** Picodollars of one of each kind; not a number where there is no price, or a finer one. */
function unitsOf(price: Price): readonly number[] {
  let units = unitsOfPrices.get(price)
  if (units === undefined) {
    units = kinds.map((kind) => {
      const found = priceOfKind(kind, price)
      return found === null ? Number.NaN : unitPrice(found.price) * found.factor
    })
    unitsOfPrices.set(price, units)
  }
  return units
}

/** Picodollars of each kind that was used; null for a kind that has no price. */
export function costLines(
  usage: Usage,
  price: Price,
  rate?: Decimal,
): Readonly<Partial<Record<Kind, Money | null>>> {
  const used = kinds.filter((kind) => usage[kind] > 0)
  return Object.fromEntries(used.map((kind) => [kind, lineOf(kind, usage[kind], price, rate)]))
}

/** Whose price stands in for a kind that the card does not name; null: nobody's. */
const standIns = {
  input: null,
  cacheRead: 'input',
  cacheWrite5m: 'input',
  cacheWrite1h: 'input',
  output: null,
  reasoning: 'output',
  audioIn: 'input',
  audioOut: 'output',
  search: null,
  imageIn: 'input',
  imageOut: 'output',
  images: null,
  characters: null,
  seconds: null,
} as const satisfies Record<Kind, Kind | null>

/** The price of a kind on a card, its own or another's that stands in; null when there is none. */
export function priceOfKind(
  kind: Kind,
  price: Price,
): { readonly price: Decimal; readonly factor: 1 | 2 } | null {
  const own = price[kind]
  if (own !== undefined) return { price: own, factor: 1 }
  const standIn = standIns[kind]
  const stood = standIn === null ? undefined : price[standIn]
  if (stood === undefined) return null
  // Who charges for writing charges twice the input for keeping it an hour; who does not, does not.
  const doubled = kind === 'cacheWrite1h' && price.cacheWrite5m !== undefined
  return { price: stood, factor: doubled ? 2 : 1 }
}

function lineOf(kind: Kind, units: number, price: Price, rate: Decimal | undefined): Money | null {
  const own = price[kind]
  if (own !== undefined) return charge(own, units, rate)
  const stood = priceOfKind(kind, price)
  return stood === null ? null : charge(stood.price, units * stood.factor, rate)
}

function charge(price: Decimal, units: number, rate: Decimal | undefined): Money {
  if (rate === undefined) return times(price, units)
  // price / 10^scale per million units, over rate / 10^scale per dollar, in picodollars.
  const dear = fractionOf(price)
  const each = fractionOf(rate)
  return divideHalfEven(
    dear.digits * BigInt(units) * 1_000_000n * each.divisor,
    dear.divisor * each.digits,
  )
}

function fractionOf(text: Decimal): { readonly digits: bigint; readonly divisor: bigint } {
  const [whole = '0', decimals = ''] = text.split('.')
  return { digits: BigInt(whole + decimals), divisor: 10n ** BigInt(decimals.length) }
}

const usPerMinute = 60_000_000
const minutesPerDay = 1440

function holds(segment: PriceSegment, at: Instant): boolean {
  const { from, to, windows, days, utcOffsetMinutes = 0 } = segment
  if (from !== undefined && at < from) return false
  if (to !== undefined && at >= to) return false
  if (windows === undefined && days === undefined) return true
  const minute = Math.floor(at / usPerMinute)
  if (days !== undefined && !days.includes(weekdayOf(minute + utcOffsetMinutes))) return false
  const minuteOfDay = modulo(minute, minutesPerDay)
  return windows === undefined || windows.some((window) => isWithin(minuteOfDay, window))
}

/** ISO weekday, 1 is Monday. The first of January 1970 was a Thursday. */
function weekdayOf(minute: number): number {
  return modulo(Math.floor(minute / minutesPerDay) + 3, 7) + 1
}

function isWithin(minute: number, [start, end]: readonly [number, number]): boolean {
  return start <= end ? start <= minute && minute < end : start <= minute || minute < end
}

/** The remainder with the divisor's sign: a moment before 1970 has a time of day as well. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
