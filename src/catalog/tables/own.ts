import { decimal } from '../../core/money.ts'
import { kinds } from '../../core/usage.ts'
import { standard } from '../book.ts'
import { type CatalogFile, modelsOf } from '../file.ts'
import type { PriceSegment } from '../model.ts'
import { isObject, type Quote, type Table } from './table.ts'

/**
 * A file of the catalog's own shape: one provider, its sources, and cards with all their times. A model's row may
 * name a `region` and a `mode` beside.
 */
export function readOwn(value: Readonly<Record<string, unknown>>): Table {
  const file = { defaults: {}, ...value } as unknown as CatalogFile
  const unread: string[] = []
  const quotes: Quote[] = []
  for (const [place, row] of file.models.entries()) {
    const name = isObject(row) && typeof row.id === 'string' ? row.id : null
    if (name === null || !Array.isArray(row.prices)) {
      unread.push(`models[${place}]: it needs an id and prices`)
      continue
    }
    const { region = standard, mode = standard } = row as { region?: string; mode?: string }
    try {
      const [model] = modelsOf({ ...file, models: [row] }, file.provider)
      const segments = model!.prices.map(checked)
      const source = segments[0]?.source ?? 'a file'
      const { provider } = file
      quotes.push({ provider, model: name, region, mode, segments, isWhole: true, source })
    } catch (error) {
      unread.push(`${name}: ${(error as Error).message}`)
    }
  }
  return { shape: 'catalog', source: `${file.provider}'s cards`, quotes, unread }
}

/** @throws RangeError for what is no price */
function checked(segment: PriceSegment): PriceSegment {
  const cards = [segment.price, ...(segment.tiers ?? []).map(({ price }) => price)]
  for (const card of cards) {
    for (const [kind, price] of Object.entries(card)) {
      if (!(kinds as readonly string[]).includes(kind))
        throw new RangeError(`there is no kind ${kind}; there are ${kinds.join(', ')}`)
      decimal(String(price))
    }
  }
  if (!['USD', 'CNY'].includes(segment.currency))
    throw new RangeError(`cards are in USD or CNY, not ${String(segment.currency)}`)
  if (segment.from !== undefined && segment.to !== undefined && segment.to <= segment.from)
    throw new RangeError('a price ends before it begins')
  return segment
}
