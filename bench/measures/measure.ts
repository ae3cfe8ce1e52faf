import { median } from '../harness.ts'
import type { Scene } from '../harness/scene.ts'
import type { Name } from '../subjects/subject.ts'

/** One thing that is measured, of everybody in turn. */
export interface Measure {
  readonly says: string
  /** Roughly how long it takes, for the time that is left: in full, and in a quick run. */
  readonly seconds: readonly [full: number, quick: number]
  run(scene: Scene): Promise<Measured>
}

export interface Measured {
  readonly conditions: Readonly<Record<string, unknown>>
  readonly rows: readonly Row[]
}

/** A line of the table. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly goal: string | null
  /** Null where there is no goal, or where what it compares with is missing. */
  readonly holds: boolean | null
  readonly figures: Partial<Readonly<Record<Name, Figure | null>>>
  readonly ratio: Ratio | null
}

/** Over the rounds. */
export interface Figure {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
}

export interface Ratio extends Figure {
  /** '× nginx' */
  readonly of: string
}

export function figureOf(values: readonly number[]): Figure | null {
  const known = values.filter((value) => Number.isFinite(value))
  if (known.length === 0) return null
  return {
    median: rounded(median(known)),
    least: rounded(Math.min(...known)),
    most: rounded(Math.max(...known)),
    rounds: known.length,
  }
}

/** What was measured in the same round is divided, and the median of that is taken. */
export function ratioOf(
  of: string,
  values: readonly number[],
  others: readonly number[],
): Ratio | null {
  const figure = figureOf(values.map((value, round) => value / (others[round] ?? Number.NaN)))
  return figure && { ...figure, of }
}

/** A list for each of them, to be filled round by round. */
export function lists(): Record<Name, number[]> {
  return { freehold: [], nginx: [], portkey: [], litellm: [] }
}

export function figures(all: Partial<Readonly<Record<Name, readonly number[]>>>): Row['figures'] {
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => [name, figureOf(values)]),
  ) as Row['figures']
}

/** True when the median is at most so much; null when there is none. */
export function atMost(figure: Figure | null | undefined, most: number): boolean | null {
  return figure ? figure.median <= most : null
}

export function atLeast(figure: Figure | null | undefined, least: number): boolean | null {
  return figure ? figure.median >= least : null
}

/** Three digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1_000 ? 5 : 3))
}
