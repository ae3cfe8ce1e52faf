import type { Extra } from '../../../core/extra.ts'
import { didYouMean } from '../../../core/spelling.ts'
import type { Place } from '../fault.ts'
import type { GraderKind } from '../grader.ts'
import { graderKinds } from '../graders/index.ts'
import { type JudgingDefaults, Options, type SuiteFiles } from '../options.ts'
import type { Check } from '../suite.ts'
import type { Findings } from './findings.ts'
import { Spot } from './spot.ts'
import { isTemplate } from './template.ts'

/** Settings that every grader has; they are not its own. */
const common = ['type', 'name', 'weight', 'threshold', 'metric', 'not'] as const

export interface CheckReader {
  readonly findings: Findings
  readonly files: SuiteFiles
  readonly judging?: JudgingDefaults
}

/** Makes checks of what stands under `graders`. Those without templates are made once for all cases. */
export class Checks {
  readonly #reader: CheckReader
  readonly #made = new Map<string, Check | null>()

  constructor(reader: CheckReader) {
    this.#reader = reader
  }

  /** @param vars  of the case, for templates in the settings */
  read(spots: readonly Spot[], vars: Extra): readonly Check[] {
    return spots.map((spot) => this.#one(spot, vars)).filter((check) => check !== null)
  }

  #one(spot: Spot, vars: Extra): Check | null {
    const { file, line, column } = spot.place
    const key = `${file}:${line}:${column} ${JSON.stringify(spot.value)}`
    if (isTemplate(key)) return this.#make(spot, vars)
    const made = this.#made.get(key)
    if (made !== undefined) return made
    const check = this.#make(spot, vars)
    this.#made.set(key, check)
    return check
  }

  #make(spot: Spot, vars: Extra): Check | null {
    const { findings } = this.#reader
    if (typeof spot.value === 'string')
      return this.#kind(spot.value, spot.place, (kind) =>
        this.#check(spot.value as string, kind, null, spot.place, vars),
      )
    const type = spot.get('type')
    if (type !== undefined) {
      if (typeof type.value !== 'string') {
        findings.wrong(type.place, `type has to be the name of a grader. There are ${names}.`)
        return null
      }
      const name = type.value
      return this.#kind(name, type.place, (kind) => this.#check(name, kind, spot, spot.place, vars))
    }
    // `- numeric: { tolerance: 0.1 }`, as short as it can be said.
    const [only, ...others] = spot.names
    if (only === undefined || others.length > 0) {
      findings.wrong(
        spot.place,
        `A grader is a name, or has a type: { type: numeric, tolerance: 0.1 }. There are ${names}.`,
      )
      return null
    }
    const inner = spot.get(only)!
    return this.#kind(only, spot.placeOfName(only), (kind) =>
      this.#check(
        only,
        kind,
        inner.isMap ? inner : Spot.at({ value: inner.value }, inner.place),
        inner.place,
        vars,
      ),
    )
  }

  #kind(name: string, place: Place, make: (kind: GraderKind) => Check): Check | null {
    const kind = graderKinds.get(name)
    if (kind !== undefined) return make(kind)
    this.#reader.findings.wrong(
      place,
      `There is no grader ${JSON.stringify(name)}.${didYouMean(name, graderKinds.keys())} There are ${names}.`,
    )
    return null
  }

  #check(type: string, kind: GraderKind, spot: Spot | null, place: Place, vars: Extra): Check {
    const options = new Options(spot, place, { ...this.#reader, vars })
    for (const name of common) options.any(name)
    const name = options.text('name') ?? type
    const check: Check = {
      kind: 'one',
      name,
      metric: options.text('metric') ?? null,
      weight: options.number('weight') ?? 1,
      threshold: options.number('threshold', 0, 1) ?? kind.threshold,
      inverted: options.flag('not', false),
      grader: kind.make(options),
    }
    options.finish(type)
    return check
  }
}

const names = [...graderKinds.keys()].join(', ')
