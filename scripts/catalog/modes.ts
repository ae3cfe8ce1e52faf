import type { CardSegment } from './cards.ts'
import type { ModeRow } from './facts.ts'
import { cardKey, pricesOf, tiersOf } from './offers.ts'
import type { Seller } from './sellers.ts'

/** Cards of one model by the mode of service. */
export type ModeCards = Readonly<Record<string, readonly CardSegment[]>>

/** Whose modes can be asked for, and whose answers name them. */
const sellersWithModes: ReadonlySet<string> = new Set([
  'openai',
  'anthropic',
  'bedrock',
  'fireworks',
])

/** Rows of one seller's models, in every mode, by the id that is sent. */
export function modeRowsById(
  seller: Seller,
  rows: readonly ModeRow[],
  idOf: (model: string) => string,
): ReadonlyMap<string, readonly ModeRow[]> {
  if (!sellersWithModes.has(seller.id)) return new Map()
  const own = rows.filter(
    ({ provider, region = 'default' }) => provider === seller.modes && region === 'default',
  )
  return Map.groupBy(own, ({ model }) => idOf(model))
}

/**
 * What a model costs in other modes than the usual one. A table is believed of them where what it says of the
 * usual one is what the model costs now: a card of before a change of prices says nothing of after it.
 */
export function modeCardsOf(
  rows: readonly ModeRow[],
  segments: readonly CardSegment[],
  origin: { readonly source: string; readonly readOn: string },
): ModeCards | null {
  const now = segments.findLast(({ to, windows, days }) => !(to ?? windows ?? days))
  const standard = rows.find(
    ({ mode, aboveInputTokens = 0 }) => mode === 'standard' && aboveInputTokens === 0,
  )
  const usual = standard && pricesOf(standard.price, false)
  if (!usual || !now || cardKey(usual) !== cardKey(now.price)) return null
  const cards: Record<string, readonly CardSegment[]> = {}
  for (const [mode, own] of Map.groupBy(rows, (row) => row.mode)) {
    const base = own.find(({ aboveInputTokens = 0 }) => aboveInputTokens === 0)
    const price = base && pricesOf(base.price, false)
    if (mode === 'standard' || !price) continue
    const above = own.flatMap(({ aboveInputTokens = 0, price: of }) =>
      aboveInputTokens > 0 ? [{ ...of, aboveInputTokens }] : [],
    )
    const tiers = tiersOf(above)
    cards[mode] = [{ price, ...(tiers.length > 0 && { tiers }), ...origin }]
  }
  return Object.keys(cards).length > 0 ? cards : null
}
