import { standard } from '../book.ts'
import { type CatalogFile, modelsOf } from '../file.ts'
import { checkSegment } from './quote.ts'
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
      const segments = model!.prices
      for (const segment of segments) checkSegment(segment)
      const source = segments[0]?.source ?? 'a file'
      const { provider } = file
      quotes.push({ provider, model: name, region, mode, segments, isWhole: true, source })
    } catch (error) {
      unread.push(`${name}: ${(error as Error).message}`)
    }
  }
  return { shape: 'catalog', source: `${file.provider}'s cards`, quotes, unread }
}
