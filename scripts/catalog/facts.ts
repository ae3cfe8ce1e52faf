import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The fact files as they are; only what is read of them. Prices per million, decimal strings. */
export interface Facts {
  readonly modelsDev: Sourced & { readonly models: readonly ModelsDevRow[] }
  readonly effective: Sourced & { readonly models: readonly EffectiveRow[] }
  readonly modes: Sourced & { readonly rows: readonly ModeRow[] }
  readonly cny: Sourced & {
    readonly fx: { readonly pair: string; readonly series: Readonly<Record<string, number>> }
    readonly models: readonly CnyRow[]
  }
  readonly history: { readonly series: Readonly<Record<string, readonly HistoryRow[]>> }
  readonly deprecations: { readonly rows: readonly DeprecationRow[] }
}

export interface Sourced {
  readonly source: { readonly repo: string; readonly commit: string; readonly commitDate: string }
}

export interface FactPrice {
  readonly in?: string
  readonly out?: string
  readonly cacheRead?: string
  readonly cacheWrite?: string
  readonly cacheWrite1h?: string
  readonly reasoning?: string
  readonly audioIn?: string
  readonly audioOut?: string
  /** USD per thousand calls. */
  readonly webSearchPer1k?: string
  /** USD per unit. */
  readonly unitsUSD?: Readonly<Record<string, string>>
}

export type FactTier = FactPrice & { readonly aboveInputTokens: number }

export interface ModelsDevRow {
  readonly provider: string
  readonly id: string
  readonly name: string
  readonly family?: string
  readonly base?: string
  readonly openWeights: boolean
  readonly licence?: string
  readonly price?: FactPrice
  readonly tiers?: readonly FactTier[]
  readonly context: number
  readonly maxOutput: number
  readonly in: readonly string[]
  readonly out: readonly string[]
  readonly tools: boolean
  readonly structured?: boolean
  readonly reasoning: boolean
  readonly released: string
}

export interface EffectiveRow {
  readonly provider: string
  readonly id: string
  readonly name?: string
  readonly context?: number
  readonly comment?: string
  readonly segments: readonly {
    readonly price: FactPrice
    readonly from?: string
    readonly tiers?: readonly FactTier[]
  }[]
}

export interface ModeRow {
  readonly provider: string
  readonly model: string
  readonly mode: string
  readonly region?: string
  readonly aboveInputTokens?: number
  readonly price: FactPrice
}

export interface CnyRow {
  readonly vendor: string
  readonly id: string
  readonly name: string
  readonly billingCurrency: 'USD' | 'CNY'
  readonly price: FactPrice
  readonly context: number
  readonly maxOutput: number
  readonly retired: boolean
  readonly source: string
  readonly lastVerified: string
  readonly tiers?: readonly (FactPrice & { readonly upToInputTokens: number | null })[]
}

interface HistoryRow {
  readonly date: string
  readonly price?: FactPrice
}

interface DeprecationRow {
  readonly provider: string
  readonly id: string
  readonly shutdown: string | null
  readonly replacement: string | null
  readonly src: string
  readonly note?: string
}

export function readFacts(folder: string): Facts {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  return {
    modelsDev: read('models') as Facts['modelsDev'],
    effective: read('prices-effective') as Facts['effective'],
    modes: read('price-modes') as Facts['modes'],
    cny: read('prices-cny') as Facts['cny'],
    history: read('price-history') as Facts['history'],
    deprecations: read('deprecations') as Facts['deprecations'],
  }
}
