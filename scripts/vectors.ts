// Runs a file of test vectors against the code, group by group.
//   npm run vectors -- ../shared/data/economics/test-vectors.json
// Exits 0 when every case passed, 1 when one failed, 2 when there is nothing to run.
import { readFileSync } from 'node:fs'
import type { Price, PriceSegment, PriceTier } from '../src/catalog/model.ts'
import { cost, costLines, priceAt, tierPrice } from '../src/catalog/price.ts'
import { instant } from '../src/core/clock.ts'
import { decimal, usdText } from '../src/core/money.ts'
import { kinds, noUsage, type Kind, type Usage } from '../src/core/usage.ts'
import { normaliseUsage } from '../src/dialects/usage.ts'
import { economicsGroups } from './vectors-economics.ts'

export interface VectorFile {
  readonly groups: readonly VectorGroup[]
}

interface VectorGroup {
  readonly id: string
  /** Compare as they stand. */
  readonly exact?: boolean
  /** Numbers may differ by this share of the larger one. */
  readonly relTol?: number
  readonly cases: readonly { readonly id: string; readonly in: unknown; readonly out: unknown }[]
}

export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** What to print, the totals last. */
  readonly lines: readonly string[]
}

/** What each group computes, from a case's `in` to its `out`. A group that is not here fails. */
const groups: Readonly<Record<string, (input: unknown) => unknown>> = {
  'request-cost': taking((input: { usage: Partial<Usage>; price: Meters }) => {
    const usage = { ...noUsage, ...input.usage }
    const price = priceOf(input.price)
    const total = cost(usage, price)
    const lines = Object.entries(costLines(usage, price))
    return {
      linesPicoUsd: Object.fromEntries(
        lines.map(([kind, line]) => [kind, line?.toString() ?? null]),
      ),
      totalPicoUsd: total?.toString() ?? null,
      totalUsd: total === null ? null : usdText(total),
    }
  }),
  'usage-normalise': taking((input: { flavour: string; usage: unknown }) => {
    const usage = normaliseUsage(input.flavour, input.usage)
    return Object.fromEntries(
      kinds.flatMap((kind) => (usage[kind] > 0 ? [[kind, usage[kind]]] : [])),
    )
  }),
  'tier-price': taking((input: { promptTokens: number; price: Meters; tiers?: VectorTier[] }) => {
    const tiers = (input.tiers ?? []).map(({ aboveInputTokens, ...meters }): PriceTier => {
      return { aboveInputTokens, price: priceOf(meters) }
    })
    return metersOf(tierPrice({ price: priceOf(input.price), tiers }, input.promptTokens))
  }),
  'price-at': taking((input: { schedule: VectorSegment[]; at: string }) => ({
    segment: priceAt(input.schedule.map(segmentOf), instant(input.at))?.id ?? null,
  })),
  ...Object.fromEntries(
    Object.entries(economicsGroups({ priceOf, segmentOf })).map(([id, group]) => [
      id,
      taking(group),
    ]),
  ),
}

/** Vectors carry no types of their own: a group says what its cases hold. */
function taking<Input>(compute: (input: Input) => unknown): (input: unknown) => unknown {
  return (input) => compute(input as Input)
}

/** Prices as the vectors name them, USD per million tokens. */
type Meters = Readonly<Record<string, string>>
type VectorTier = { readonly aboveInputTokens: number } & Meters

interface VectorSegment {
  readonly id: string
  readonly from?: string
  readonly to?: string
  readonly windowsUtc?: readonly (readonly [string, string])[]
  readonly days?: readonly number[]
  readonly utcOffsetMinutes?: number
  readonly price: Meters
}

/** The vectors' names of meters. */
const meterNames = {
  input: 'in',
  cacheRead: 'cacheRead',
  cacheWrite5m: 'cacheWrite',
  cacheWrite1h: 'cacheWrite1h',
  output: 'out',
  reasoning: 'reasoning',
  audioIn: 'audioIn',
  audioOut: 'audioOut',
  search: 'search',
  imageIn: 'imageIn',
  imageOut: 'imageOut',
  images: 'images',
  characters: 'characters',
  seconds: 'seconds',
} as const satisfies Record<Kind, string>

function priceOf(meters: Meters): Price {
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const text = meters[meterNames[kind]]
      return text === undefined ? [] : [[kind, decimal(text)]]
    }),
  )
}

function metersOf(price: Price): Meters {
  return Object.fromEntries(
    kinds.flatMap((kind) => (price[kind] === undefined ? [] : [[meterNames[kind], price[kind]]])),
  )
}

function segmentOf(one: VectorSegment): PriceSegment {
  return {
    id: one.id,
    price: priceOf(one.price),
    currency: 'USD',
    ...(one.from !== undefined && { from: instant(one.from) }),
    ...(one.to !== undefined && { to: instant(one.to) }),
    ...(one.windowsUtc && {
      windows: one.windowsUtc.map(([start, end]) => [minutesOf(start), minutesOf(end)] as const),
    }),
    ...(one.days && { days: one.days }),
    ...(one.utcOffsetMinutes !== undefined && { utcOffsetMinutes: one.utcOffsetMinutes }),
    source: 'test vector',
    readOn: null,
  }
}

/** '16:30' as minutes of the day. */
function minutesOf(time: string): number {
  const [hours = '', minutes = ''] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

/** @param only  groups to run; absent: all of the file */
export function runVectors(file: VectorFile, only?: readonly string[]): Outcome {
  const lines: string[] = []
  let passed = 0
  let failed = 0
  for (const group of file.groups) {
    if (only && !only.includes(group.id)) continue
    const compute = Object.hasOwn(groups, group.id) ? groups[group.id] : undefined
    let right = 0
    for (const { id, in: input, out } of group.cases) {
      const got = compute ? attempt(compute, input) : 'this group is not built yet'
      const tolerance = group.exact === true ? 0 : (group.relTol ?? 0)
      if (compute && isSame(got, out, tolerance)) right += 1
      else lines.push(`FAIL ${id}: expected ${JSON.stringify(out)}, got ${JSON.stringify(got)}`)
    }
    lines.push(`${group.id}: ${right} of ${group.cases.length}${compute ? '' : ' (not built)'}`)
    passed += right
    failed += group.cases.length - right
  }
  lines.push(`${passed} passed, ${failed} failed`)
  return { passed, failed, lines }
}

function attempt(compute: (input: unknown) => unknown, input: unknown): unknown {
  try {
    return compute(input)
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The same fields with the same values; numbers within a share of the larger one. */
function isSame(got: unknown, expected: unknown, relTol: number): boolean {
  if (typeof got === 'number' && typeof expected === 'number') {
    const size = Math.max(Math.abs(got), Math.abs(expected))
    return got === expected || Math.abs(got - expected) <= relTol * size
  }
  if (!isObject(got) || !isObject(expected)) return got === expected
  const [left, right] = [Object.keys(got), Object.keys(expected)]
  return (
    Array.isArray(got) === Array.isArray(expected) &&
    left.length === right.length &&
    left.every((key) => Object.hasOwn(expected, key) && isSame(got[key], expected[key], relTol))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** @throws Error with a sentence for whoever named the file */
export function readVectors(path: string): VectorFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new Error(`${path} cannot be read. Name a file of test vectors.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`${path} is not JSON.`)
  }
  if (!isVectorFile(value)) {
    throw new Error(
      `${path} holds no vectors: {"groups": [{"id", "cases": [{"id", "in", "out"}]}]}`,
    )
  }
  return value
}

function isVectorFile(value: unknown): value is VectorFile {
  const list = isObject(value) ? value['groups'] : undefined
  return (
    Array.isArray(list) &&
    list.every((group) => {
      if (!isObject(group) || typeof group['id'] !== 'string') return false
      const cases = group['cases']
      return (
        Array.isArray(cases) &&
        cases.every(
          (one) => isObject(one) && typeof one['id'] === 'string' && 'in' in one && 'out' in one,
        )
      )
    })
  )
}

if (import.meta.main) {
  const [path] = process.argv.slice(2)
  try {
    if (path === undefined) throw new Error('Name a file of test vectors: npm run vectors -- FILE')
    const { lines, failed } = runVectors(readVectors(path))
    for (const line of lines) console.log(line)
    process.exitCode = failed === 0 ? 0 : 1
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 2
  }
}
