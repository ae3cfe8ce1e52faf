import type { Decimal } from '../../core/money.ts'
import { type Kind, kinds } from '../../core/usage.ts'
import type { Price, PriceSegment, PriceTier } from '../model.ts'

/** A card as a public table or a file of one's own has it. */
export interface Quote {
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  readonly segments: readonly PriceSegment[]
  /** True where all of the card's times are told; false where only what holds now is. */
  readonly isWhole: boolean
  /** Kinds that a table of this shape can name; absent: all. Of the others it says nothing. */
  readonly tells?: readonly Kind[]
  /** Who says it. */
  readonly source: string
}

export interface Table {
  readonly shape: string
  readonly source: string
  readonly quotes: readonly Quote[]
  /** What could not be read, each with its place; never read as a zero. */
  readonly unread: readonly string[]
}

const rateMax = 12
const decimals = 18

/**
 * '1.4e-7' moved by so many places to the left of its point, all digits kept: a price a token with 6 places is
 * one a million. JSON's numbers are read as they were printed, because the shortest text of a binary number with
 * up to 15 digits is the one that it came from. Null for what is no price.
 */
export function shifted(value: unknown, places: number): Decimal | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(String(value).trim())
  if (match === null) return null
  const [, whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent) + places
  const digits = whole + fraction
  if (Math.abs(Number(exponent)) > 40) return null
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const right = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits).replace(/0+$/, '')
  const head = left.replace(/^0+(?=\d)/, '')
  if (head.length > rateMax || right.length > decimals) return null
  return (right === '' ? head : `${head}.${right}`) as Decimal
}

/** The prices of a card of which each meter has a name of the table's own. */
export function priceOf(
  card: Readonly<Record<string, unknown>>,
  names: Readonly<Partial<Record<Kind, string>>>,
  places: number,
  unread: (meter: string) => void,
): Price {
  const price: Partial<Record<Kind, Decimal>> = {}
  for (const kind of kinds) {
    const name = names[kind]
    const value = name === undefined ? undefined : card[name]
    if (value === undefined || value === null) continue
    const read = shifted(value, places)
    if (read === null) unread(name!)
    else price[kind] = read
  }
  return price
}

/** The kinds of such names. */
export function kindsOf(names: Readonly<Partial<Record<Kind, string>>>): readonly Kind[] {
  return kinds.filter((kind) => names[kind] !== undefined)
}

/** The one segment of a table that tells what holds now. */
export function flat(
  price: Price,
  tiers: readonly PriceTier[],
  { source, readOn }: { readonly source: string; readonly readOn: string },
): readonly PriceSegment[] {
  const segment: PriceSegment = { id: 'base', price, currency: 'USD', source, readOn }
  return [tiers.length === 0 ? segment : { ...segment, tiers }]
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
