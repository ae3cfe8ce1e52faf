import type { Extra } from '../../core/extra.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { Place } from './fault.ts'
import type { Findings } from './reading/findings.ts'
import { Spot } from './reading/spot.ts'
import { fillDeep } from './reading/template.ts'

/** Files beside the suite, by the path that stands behind `file://`. */
export interface SuiteFiles {
  /** @throws Error with a sentence */
  read(path: string): string
  absolute(path: string): string
  /** As messages name it. */
  shown(path: string): string
}

export interface OptionsFrom {
  readonly findings: Findings
  readonly files: SuiteFiles
  /** They fill the templates in the settings; null: those are filled already. */
  readonly vars: Extra | null
  /** For graders that ask models to judge and do not say whom, or by which labels. */
  readonly judging?: JudgingDefaults
  /** Settings as they were written, where `vars` filled them before they came here. */
  readonly written?: Readonly<Record<string, unknown>>
}

export interface JudgingDefaults {
  readonly judges: readonly string[]
  /** The path of a file; null: none was named. */
  readonly labels: string | null
}

/** The settings of one grader, read by name; what was never asked for is unknown. */
export class Options {
  readonly place: Place
  readonly #spot: Spot | null
  readonly #from: OptionsFrom
  readonly #asked = new Set<string>()

  constructor(spot: Spot | null, place: Place, from: OptionsFrom) {
    this.#spot = spot
    this.place = place
    this.#from = from
  }

  has(name: string): boolean {
    return this.any(name) !== undefined
  }

  /** Undefined where it is not set; `file://` stands for what is in the file. */
  any(name: string): unknown {
    this.#asked.add(name)
    const spot = this.#spot?.get(name)
    if (spot === undefined) return undefined
    try {
      const { vars } = this.#from
      const value = vars === null ? spot.value : fillDeep(spot.value, vars)
      return typeof value === 'string' && value.startsWith('file://')
        ? contentOf(value, this.#from.files)
        : value
    } catch (error) {
      this.#from.findings.wrong(spot.place, (error as Error).message)
      return undefined
    }
  }

  /** What stands in the file, templates and all: what tells one grader from another in every case. */
  written(name: string): unknown {
    return this.#from.written?.[name] ?? this.#spot?.get(name)?.value
  }

  get judging(): JudgingDefaults {
    return this.#from.judging ?? { judges: [], labels: null }
  }

  get files(): SuiteFiles {
    return this.#from.files
  }

  /** The path behind `file://`, whatever the file holds; absolute. */
  file(name: string): { readonly path: string; readonly part: string | null } | undefined {
    this.#asked.add(name)
    const spot = this.#spot?.get(name)
    if (spot === undefined) return undefined
    const [, path, part] =
      typeof spot.value === 'string'
        ? (/^(?:file:\/\/)?(.+?\.[cm]?[jt]s)(?::(\w+))?$/.exec(spot.value) ?? [])
        : []
    if (path === undefined) {
      this.wrong(name, `${name} has to be a file of TypeScript or JavaScript, as file://check.ts.`)
      return undefined
    }
    return { path: this.#from.files.absolute(path), part: part ?? null }
  }

  text(name: string): string | undefined {
    const value = this.any(name)
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    this.wrong(name, `${name} has to be text, not ${shown(value)}.`)
    return undefined
  }

  number(name: string, least = 0, most = Number.MAX_VALUE): number | undefined {
    const value = this.any(name)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && number >= least && number <= most) return number
    const range = most === Number.MAX_VALUE ? `from ${least}` : `from ${least} to ${most}`
    this.wrong(name, `${name} has to be a number ${range}, not ${shown(value)}.`)
    return undefined
  }

  flag(name: string, usual: boolean): boolean {
    const value = this.any(name)
    if (value === undefined || typeof value === 'boolean') return value ?? usual
    this.wrong(name, `${name} has to be true or false, not ${shown(value)}.`)
    return usual
  }

  /** A list of texts; one text is a list of one. */
  texts(name: string): readonly string[] | undefined {
    const value = this.any(name)
    if (value === undefined) return undefined
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (list.every((item) => typeof item === 'string' || typeof item === 'number'))
      return list.map(String)
    this.wrong(name, `${name} has to be a list of texts, not ${shown(value)}.`)
    return undefined
  }

  /** One of some words. */
  choice<Word extends string>(name: string, words: readonly Word[], usual: Word): Word {
    const value = this.any(name)
    if (value === undefined) return usual
    const word = words.find((each) => each === value)
    if (word !== undefined) return word
    this.wrong(name, `${name} has to be ${words.join(' or ')}, not ${shown(value)}.`)
    return usual
  }

  wrong(name: string, sentence: string): void {
    this.#from.findings.wrong(this.#spot?.get(name)?.place ?? this.place, sentence)
  }

  note(sentence: string): void {
    this.#from.findings.note(this.place, sentence)
  }

  /** Settings that nobody asked for are mistakes. */
  finish(kind: string): void {
    for (const name of this.#spot?.names ?? []) {
      if (this.#asked.has(name)) continue
      const known = [...this.#asked].filter((each) => each !== 'type')
      const have = known.length === 0 ? 'It has no settings.' : `It has ${known.join(', ')}.`
      this.#from.findings.wrong(
        this.#spot!.placeOfName(name),
        `The grader ${kind} has no setting ${JSON.stringify(name)}.${didYouMean(name, known)} ${have}`,
      )
    }
  }
}

/** JSON and YAML as what they say, everything else as text. @throws Error with a sentence */
export function contentOf(reference: string, files: SuiteFiles): unknown {
  const path = reference.replace(/^file:\/\//, '')
  const text = files.read(path)
  if (!/\.(?:json|ya?ml)$/i.test(path)) return text.replace(/\r?\n$/, '')
  return Spot.parse(files.shown(path), text).value
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
