import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prove, tripsOf } from '../src/routing/calibrated/calibrate.ts'
import { oracleSaving, randomSaving } from '../src/routing/calibrated/report.ts'
import { type Study, studyOf } from '../src/routing/calibrated/study.ts'
import { placeOf, readLine, type Row } from '../src/routing/calibrated/table.ts'
import { totalsOf } from '../src/routing/calibrated/totals.ts'
import { decide } from '../src/routing/learned.ts'
import { normalQuantile } from '../src/stats/special.ts'
import { quantile, writeResult } from './harness.ts'

/**
 * Does the guarantee of routing hold, and what does it save? Each table is split by prompt: one part calibrates,
 * the other judges, many times over. Where most rows judge, readings are exact enough to count broken promises; where
 * most calibrate, the saving is nearly that of a calibration with the whole table. Beside it stands how long a decision
 * by the prompt takes on the table's prompts.
 * `npm run bench:routing -- [SPLITS] [TABLE]`; the tables are read from ROUTING_TABLES, by default
 * ../shared/data/routing.
 */

export interface Pair {
  readonly table: string
  readonly cheap: string
  readonly strong: string
  /** Another cheap model, offered for agreement as it was for the baseline; null: none. */
  readonly second: string | null
  /** What is to be beaten, saved in percent at 0.95 and 0.98; see reference/routing.md, section 7. */
  readonly baseline: readonly [number, number] | null
}

const confidence = 0.95
const qualities = [0.95, 0.98] as const
/** Part of the prompts that calibrates; the rest judge. */
const calibrating = { guarantee: 0.6, saving: 0.85 } as const

const folder = process.env['ROUTING_TABLES'] ?? join(import.meta.dir, '../../shared/data/routing')

const pairs: readonly Pair[] = [
  pair('cascade-logprob', 'gpt-4o-mini', 'gpt-4o', [61.4, 27.0]),
  pair('cascade-logprob', 'qwen2.5-72b-instruct', 'gpt-4o', [44.0, 26.5]),
  pair('cascade-logprob', 'llama3.1-8b', 'llama3.1-405b', [26.5, 8.6]),
  pair('cascade-logprob', 'llama3.1-70b', 'llama3.1-405b', [50.0, 14.6]),
  pair('routellm', 'mistralai/Mixtral-8x7B-Instruct-v0.1', 'gpt-4-1106-preview', [33.3, 12.1]),
  pair('routerbench', 'mistralai/mixtral-8x7b-chat', 'gpt-4-1106-preview', [15.2, 2.2]),
  pair('zeroeval', 'gpt-4o-mini-2024-07-18', 'claude-3-5-sonnet-20241022', [49.8, 26.0]),
  pair(
    'zeroeval',
    'gpt-4o-mini-2024-07-18',
    'claude-3-5-sonnet-20241022',
    [49.8, 26.0],
    'gemini-1.5-flash',
  ),
  pair('zeroeval', 'claude-3-haiku-20240307', 'claude-3-5-sonnet-20241022', [16.3, 2.5]),
  pair('mmlu-pro', 'gemini-1.5-flash-002', 'gemini-1.5-pro-002', [47.9, 28.0]),
  pair('bfcl', 'gpt-4o-mini-2024-07-18-FC', 'gpt-4o-2024-08-06-FC', [80.1, 32.7]),
  pair(
    'bfcl',
    'gpt-4o-mini-2024-07-18-FC',
    'gpt-4o-2024-08-06-FC',
    [80.1, 32.7],
    'gemini-1.5-flash-preview-0514',
  ),
  pair('bfcl', 'claude-3-haiku-20240307', 'claude-3-5-sonnet-20240620', [25.3, 1.7]),
  pair('llmrouter-ulab', 'qwen2.5-7b-instruct', 'llama-3.1-nemotron-51b-instruct', [28.2, 13.1]),
  // Controls: the cheap model is better, or never good enough, or there are too few rows.
  pair('routerarena', 'gemini-2.0-flash-001', 'claude-3-haiku-20240307', null),
  pair('alpaca-eval', 'FuseChat-Llama-3.1-8B-Instruct', 'gpt4_1106_preview', null),
  pair('alpaca-eval', 'gpt-3.5-turbo-1106', 'gpt4_1106_preview', null),
  pair('self-consistency', 'gpt-3.5-turbo/cot1', 'gpt-4/greedy-cot1', null),
]

if (import.meta.main) {
  const splits = Number(process.argv[2] ?? 100)
  const only = process.argv[3]
  if (!existsSync(folder)) {
    console.error(`There are no tables in ${folder}. Name their folder in ROUTING_TABLES.`)
    process.exit(1)
  }
  const chosen = pairs.filter(({ table }) => only === undefined || table === only)
  const started = performance.now()
  const figures: Record<string, unknown> = { splits, calibrating, confidence }
  for (const purpose of ['guarantee', 'saving'] as const) {
    const results = []
    for (const [index, each] of chosen.entries()) {
      const two = measure(rowsOf(each), each, splits, calibrating[purpose])
      results.push(...two)
      const seconds = Math.round((performance.now() - started) / 1_000)
      console.log(`${purpose} ${index + 1}/${chosen.length}, ${seconds} s: ${lineOf(two)}`)
    }
    const against = results.filter(({ baseline }) => baseline !== null)
    figures[purpose] = {
      readings: results.length * splits,
      violations: mean(results.map(({ violations }) => violations)),
      significant: mean(results.map(({ significant }) => significant)),
      points_above_baseline: mean(against.map(({ saved, baseline }) => 100 * saved - baseline!)),
      pairs: results,
    }
    console.log(JSON.stringify({ purpose, ...(figures[purpose] as object), pairs: undefined }))
  }
  if (only === undefined) console.log(writeResult('routing', figures))
}

/** One pair at both qualities, for whoever watches. */
function lineOf(results: ReturnType<typeof measure>): string {
  const { table, cheap, strong, second, decide_us: us } = results[0]!
  const figures = results.map(
    ({ quality, kept, saved, baseline, violations }) =>
      `${quality}: kept ${kept}, saved ${(100 * saved).toFixed(1)} (column ${baseline ?? '-'}), below target in ${(100 * violations).toFixed(1)} %`,
  )
  const also = second === null ? '' : ` (with ${second})`
  const decision = us === null ? '' : `; decide ${us.p50} us, p99 ${us.p99} us`
  return `${table} ${cheap}${also} -> ${strong}; ${figures.join('; ')}${decision}`
}

function pair(
  table: string,
  cheap: string,
  strong: string,
  baseline: Pair['baseline'],
  second: string | null = null,
): Pair {
  return { table, cheap, strong, second, baseline }
}

export function rowsOf({ table, cheap, strong, second }: Pair): readonly Row[] {
  const bytes = new Uint8Array(readFileSync(join(folder, `${table}.dev.jsonl.gz`)))
  const wanted = new Set([cheap, strong, ...(second === null ? [] : [second])])
  return new TextDecoder()
    .decode(Bun.gunzipSync(bytes))
    .trim()
    .split('\n')
    .map((line) => readLine(line, wanted).row)
}

/** One line for each quality. Shares, not percent, except for the baseline. */
export function measure(
  rows: readonly Row[],
  { table, cheap, strong, second, baseline }: Pair,
  splits: number,
  share: number,
) {
  const seen = qualities.map(() => ({
    kept: [] as number[],
    saved: [] as number[],
    random: [] as number[],
    oracle: [] as number[],
    apgr: [] as number[],
    violations: 0,
    significant: 0,
    methods: {} as Record<string, number>,
  }))
  let decided: ReturnType<typeof decisionUs> | null = null
  for (let split = 1; split <= splits; split += 1) {
    const own = (row: Row): boolean => placeOf(row.prompt, 1_000 + split) < share
    const models = second === null ? [cheap] : [cheap, second]
    const steps = studyOf(rows.filter(own), { cheap: models, strong, seed: split })
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    const others = rows.filter((row) => !own(row))
    decided ??= decisionUs(step.value, rows)
    const ends = others.flatMap(({ results }) => {
      const low = results.get(cheap)
      const high = results.get(strong)
      return low && high ? [{ cheap: low, strong: high }] : []
    })
    for (const [place, quality] of qualities.entries()) {
      const { rule, report } = prove(step.value, quality, confidence)
      const trips = tripsOf(rule, others, strong)
      const { qualityRatio, saving } = totalsOf(trips)
      const into = seen[place]!
      into.kept.push(qualityRatio!)
      into.saved.push(saving!)
      into.random.push(randomSaving(ends, quality))
      into.oracle.push(oracleSaving(ends, quality) ?? 0)
      if (report !== null && report.apgr !== null) into.apgr.push(report.apgr)
      if (qualityRatio! < quality) into.violations += 1
      const gains = trips.map(({ trip, reference }) => trip.score - quality * reference.score)
      if (upperOf(gains) < 0) into.significant += 1
      const name = rule.method === 'static' ? `static ${rule.model}` : rule.method
      into.methods[name] = (into.methods[name] ?? 0) + 1
    }
  }
  return seen.map((each, place) => ({
    table,
    cheap,
    strong,
    second,
    rows: rows.length,
    quality: qualities[place]!,
    kept: mean(each.kept),
    saved: mean(each.saved),
    saved_p5: round(quantile(each.saved, 0.05)),
    saved_p95: round(quantile(each.saved, 0.95)),
    baseline: baseline?.[place] ?? null,
    random: mean(each.random),
    oracle: mean(each.oracle),
    apgr: each.apgr.length === 0 ? null : mean(each.apgr),
    violations: each.violations / splits,
    significant: each.significant / splits,
    methods: each.methods,
    decide_us: decided,
  }))
}

/** Microseconds of a decision by the prompt, one after the other on every prompt; null when there are too few to learn. */
function decisionUs({ candidates }: Study, rows: readonly Row[]) {
  const rule = candidates.find(({ method }) => method === 'prompt-route')?.points[0]?.rule
  if (!rule) return null
  const round = () =>
    rows.map(({ prompt }) => {
      const began = Bun.nanoseconds()
      decide(rule, prompt)
      return (Bun.nanoseconds() - began) / 1_000
    })
  round() // compiles it
  const times = round()
  return { p50: round1(quantile(times, 0.5)), p99: round1(quantile(times, 0.99)) }
}

function round1(value: number): number {
  return Math.round(value * 10) / 10
}

/** One-sided 95 % upper bound of a mean. */
function upperOf(values: readonly number[]): number {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return (
    middle +
    (normalQuantile(0.95) * Math.sqrt(squares / (values.length - 1))) / Math.sqrt(values.length)
  )
}

function mean(values: readonly number[]): number {
  return round(values.reduce((sum, value) => sum + value, 0) / values.length)
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
