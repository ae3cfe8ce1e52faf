import type { MeasuredPoint } from '../../catalog/machines.ts'
import type { LengthSpread } from './breakeven-lengths.ts'
import type { Answered } from './exceptions.ts'

/** What a break-even found; amounts are USD as decimal text, rates calls a second. */
export interface BreakEvenStudy {
  readonly traffic: {
    readonly source: string
    readonly calls_per_month: number
    readonly input_tokens: number
    readonly output_tokens: number
    readonly tokens_per_day: number
    readonly peak_to_average: number
    readonly peak_source: string
    /** Of a sample of single calls; null by hand. */
    readonly lengths: {
      readonly calls: number
      readonly input: LengthSpread
      readonly output: LengthSpread
    } | null
    /** Share of the attempts whose cost is known; null by hand. */
    readonly cost_coverage: number | null
    /** Share of the hours in which there was a call; null by hand. */
    readonly hours_with_calls: number | null
  }
  readonly api: { readonly source: string; readonly per_call: string; readonly per_month: string }
  readonly machine: {
    readonly model: string
    readonly rent_per_gpu_hour: string | null
    readonly rent_source: string
    readonly rent_span: {
      readonly low: string
      readonly median: string
      readonly high: string
      readonly offers: number
      readonly read: string
    } | null
    readonly fixed_per_month: string
    readonly point: MeasuredPointJson | null
    /** Share of the calls that are longer than those that were measured; null where single calls are not known. */
    readonly beyond: number | null
  }
  readonly result: BreakEvenResult | null
  /** Why nothing could be reckoned; null when it could. */
  readonly unknown: string | null
  /** The same by the lowest and the highest offer of the card: between them lies what a rent may make of it. */
  readonly by_rent: { readonly lowest: RentCase; readonly highest: RentCase } | null
  readonly hybrid: {
    readonly replicas: number
    readonly per_month: string
    readonly own_share: number
  } | null
  readonly simulation: {
    readonly calls: number
    readonly replicas: number
    readonly utilisation: number
    readonly late: number
    readonly p99_wait_s: number
    readonly per_month: string
  } | null
  /** A rent half as high again. */
  readonly dearer_rent: { readonly first: string | null; readonly own_per_month: string } | null
  readonly exceptions: readonly Answered[]
  /** The two lines of a chart, and where the traffic stands on it; null where nothing could be reckoned. */
  readonly curve: BreakEvenCurve | null
  readonly verdict: string
}

export interface BreakEvenResult {
  /** Calls a month; null: never. */
  readonly first: string | null
  readonly sustained_from: string | null
  readonly first_tokens_per_day: number | null
  readonly why: string | null
  readonly own_per_month: string
  readonly replicas: string
  readonly utilisation: number
  readonly utilisation_to_break_even: number | null
}

export interface RentCase {
  readonly rent: string
  readonly first: string | null
  readonly sustained_from: string | null
}

export interface BreakEvenCurve {
  readonly points: readonly CurvePoint[]
  /** At the traffic as it is. */
  readonly own_point: CurvePoint
}

/** What a month of so many calls costs, both ways. */
export interface CurvePoint {
  readonly calls_per_month: number
  readonly api_usd: string
  readonly own_usd: string
  readonly replicas: number
}

export interface MeasuredPointJson {
  readonly model: MeasuredPoint['model']
  readonly gpu: string
  readonly gpus: number
  readonly engine: string
  readonly precision: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly concurrency: number
  readonly calls_per_second: number
  readonly ttft_ms: number
  readonly tpot_ms: number
  readonly measured: string | null
  readonly source: string
  readonly derived: boolean
}
