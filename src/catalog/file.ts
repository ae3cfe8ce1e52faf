import { instant } from '../core/clock.ts'
import type { Modality, Model, Price, PriceSegment, PriceTier } from './model.ts'

/**
 * A data file: the models of one provider, one a line. What is absent is what `defaults` says, and
 * otherwise not known; `scripts/catalog.ts` writes these files.
 */
export interface CatalogFile {
  readonly provider: string
  /** For the fields that most models of the file share. */
  readonly defaults: Partial<SharedFields>
  /** What the segments name in short. */
  readonly sources: Readonly<Record<string, { readonly source: string; readonly readOn: string }>>
  readonly models: readonly ModelRow[]
}

export interface SharedFields {
  readonly author: string | null
  readonly openWeights: boolean | null
  readonly tools: boolean | null
  readonly structured: boolean | null
  readonly reasoning: boolean | null
}

export interface ModelRow extends Partial<SharedFields> {
  readonly id: string
  readonly aliases?: readonly string[]
  readonly name?: string
  readonly licence?: string
  /** Absent: chat. */
  readonly operations?: Model['operations']
  readonly context?: number
  readonly outputMax?: number
  /** Absent: text. */
  readonly inputs?: readonly Modality[]
  /** Absent: text. */
  readonly outputs?: readonly Modality[]
  readonly released?: string
  readonly shutdown?: string
  readonly replacement?: string
  readonly prices?: readonly SegmentRow[]
  /** By the mode of service; ids of their segments are the mode's name. */
  readonly modes?: Readonly<Record<string, readonly SegmentRow[]>>
}

export interface SegmentRow {
  /** Absent: 'base'. */
  readonly id?: string
  readonly price: Price
  /** Absent: USD. */
  readonly currency?: PriceSegment['currency']
  /** RFC 3339 dates or instants. */
  readonly from?: string
  readonly to?: string
  readonly windows?: PriceSegment['windows']
  readonly days?: readonly number[]
  readonly utcOffsetMinutes?: number
  readonly tiers?: readonly PriceTier[]
  /** A key of the file's `sources`. */
  readonly source: string
}

const chat: Model['operations'] = ['chat']
const text: readonly Modality[] = ['text']

/** @param provider  who sells them under this configuration: the file's provider, or a name for it */
export function modelsOf(file: CatalogFile, provider: string): readonly Model[] {
  const shared: SharedFields = {
    author: null,
    openWeights: null,
    tools: null,
    structured: null,
    reasoning: null,
    ...file.defaults,
  }
  return file.models.map((row) => {
    const model: Model = {
      provider,
      id: row.id,
      name: row.name ?? null,
      author: row.author === undefined ? shared.author : row.author,
      openWeights: row.openWeights === undefined ? shared.openWeights : row.openWeights,
      licence: row.licence ?? null,
      operations: row.operations ?? chat,
      context: row.context ?? null,
      outputMax: row.outputMax ?? null,
      inputs: row.inputs ?? text,
      outputs: row.outputs ?? text,
      tools: row.tools === undefined ? shared.tools : row.tools,
      structured: row.structured === undefined ? shared.structured : row.structured,
      reasoning: row.reasoning === undefined ? shared.reasoning : row.reasoning,
      released: row.released ?? null,
      shutdown: row.shutdown ?? null,
      replacement: row.replacement ?? null,
      prices: row.prices ? row.prices.map((segment) => segmentOf(segment, file)) : unpriced,
      machine: null,
    }
    if (row.aliases === undefined && row.modes === undefined) return model
    return {
      ...model,
      ...(row.aliases && { aliases: row.aliases }),
      ...(row.modes && { modes: modesOf(row.modes, file) }),
    }
  })
}

function modesOf(
  rows: NonNullable<ModelRow['modes']>,
  file: CatalogFile,
): NonNullable<Model['modes']> {
  return Object.fromEntries(
    Object.entries(rows).map(([mode, segments]) => [
      mode,
      segments.map((segment) => segmentOf({ id: mode, ...segment }, file)),
    ]),
  )
}

const unpriced: readonly PriceSegment[] = []

function segmentOf(row: SegmentRow, { provider, sources }: CatalogFile): PriceSegment {
  const origin = sources[row.source]
  if (!origin) throw new RangeError(`data/${provider}.json names no source ${row.source}.`)
  const { id = 'base', price, currency = 'USD', from, to, windows, days, utcOffsetMinutes } = row
  const { source, readOn } = origin
  // Most prices are neither dated nor tiered, and a literal is several times quicker than spreads.
  const plain: PriceSegment = { id, price, currency, source, readOn }
  if (!(from ?? to ?? windows ?? days ?? row.tiers)) return plain
  return {
    ...plain,
    ...(from !== undefined && { from: instant(from) }),
    ...(to !== undefined && { to: instant(to) }),
    ...(windows && { windows }),
    ...(days && { days }),
    ...(utcOffsetMinutes !== undefined && { utcOffsetMinutes }),
    ...(row.tiers && { tiers: row.tiers }),
  }
}
