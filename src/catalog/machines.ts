import rentsText from './machines/rents.json' with { type: 'text' }
import throughputText from './machines/throughput.json' with { type: 'text' }

/** Engines as they were measured and cards as they are let: facts of others, each with its source and date. */

/** What one instance of an engine did under a steady load. Rates are of the instance with all its cards. */
export interface MeasuredPoint {
  readonly model: string
  /** 'H100-SXM-80GB' */
  readonly gpu: string
  readonly gpus: number
  readonly engine: string
  readonly precision: string
  /** Mean tokens of a call. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Calls in flight. */
  readonly concurrency: number
  readonly callsPerSecond: number
  /** Means, unless the source says otherwise. */
  readonly ttftMs: number
  readonly tpotMs: number
  /** '2026-04-17'; null: the source does not say. */
  readonly measured: string | null
  readonly source: string
  /** The rate was reckoned from the latencies. */
  readonly derived: boolean
}

/** USD per card and hour, as decimal text; null: not offered. */
export interface Rent {
  readonly seller: string
  /** 'H100-SXM' */
  readonly gpu: string
  readonly memoryGb: number
  /** Cards in the instance whose price was divided. */
  readonly count: number
  readonly market: string
  readonly onDemand: string | null
  readonly spot: string | null
  readonly reserved: string | null
  readonly date: string
}

interface File {
  readonly rows: readonly (readonly (string | number | null)[])[]
}

let points: readonly MeasuredPoint[] | null = null

export function measuredPoints(): readonly MeasuredPoint[] {
  points ??= (JSON.parse(throughputText as unknown as string) as File).rows.map((row) => ({
    model: String(row[0]),
    gpu: String(row[1]),
    gpus: Number(row[2]),
    engine: String(row[3]),
    precision: String(row[4]),
    inputTokens: Number(row[5]),
    outputTokens: Number(row[6]),
    concurrency: Number(row[7]),
    callsPerSecond: Number(row[8]),
    ttftMs: Number(row[9]),
    tpotMs: Number(row[10]),
    measured: textOf(row[11]),
    source: String(row[12]),
    derived: row[13] === 1,
  }))
  return points
}

let known: readonly Rent[] | null = null

export function rents(): readonly Rent[] {
  known ??= (JSON.parse(rentsText as unknown as string) as File).rows.map((row) => ({
    seller: String(row[0]),
    gpu: String(row[1]),
    memoryGb: Number(row[2]),
    count: Number(row[3]),
    market: String(row[4]),
    onDemand: textOf(row[5]),
    spot: textOf(row[6]),
    reserved: textOf(row[7]),
    date: String(row[8]),
  }))
  return known
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** 'qwen3-32b' of 'Qwen/Qwen3-32B-FP8': what a model is called whoever packed it, and however. */
export function modelKey(model: string): string {
  const name = model.toLowerCase().replace(/^.*\//, '')
  return name
    .replace(/-(fp8|fp4|nvfp4|mxfp4|int4|int8|awq|gptq|bf16|fp8-dynamic|hf)$/g, '')
    .replace(/-(instruct|chat|it)$/, '')
    .replace(/^meta-/, '')
}
