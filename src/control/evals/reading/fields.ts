import { didYouMean } from '../../../core/spelling.ts'
import { shown } from '../options.ts'
import type { Findings } from './findings.ts'
import type { Spot } from './spot.ts'

/** Members of a file read by their types; what is wrong is told where it stands. */
export class Fields {
  readonly spot: Spot
  readonly #findings: Findings

  constructor(spot: Spot, findings: Findings) {
    this.spot = spot
    this.#findings = findings
  }

  /** Absent and null are the same here: nothing was set. */
  get(name: string): Spot | undefined {
    const spot = this.spot.get(name)
    return spot === undefined || spot.value === null ? undefined : spot
  }

  text(name: string): string | null {
    const spot = this.get(name)
    if (spot === undefined) return null
    if (typeof spot.value === 'string') return spot.value
    if (typeof spot.value === 'number') return String(spot.value)
    this.#wrong(spot, `${name} has to be text, not ${shown(spot.value)}.`)
    return null
  }

  number(name: string, least: number, most: number, whole = false): number | null {
    const spot = this.get(name)
    if (spot === undefined) return null
    const { value } = spot
    if (typeof value === 'number' && value >= least && value <= most)
      if (!whole || Number.isInteger(value)) return value
    const kind = whole ? 'a whole number' : 'a number'
    this.#wrong(spot, `${name} has to be ${kind} from ${least} to ${most}, not ${shown(value)}.`)
    return null
  }

  choice<Word extends string>(name: string, words: readonly Word[], usual: Word): Word {
    const spot = this.get(name)
    if (spot === undefined) return usual
    const word = words.find((each) => each === spot.value)
    if (word === undefined)
      this.#wrong(spot, `${name} has to be ${words.join(' or ')}, not ${shown(spot.value)}.`)
    return word ?? usual
  }

  /** One text, or a list of them. */
  texts(name: string): readonly string[] {
    const spot = this.get(name)
    if (spot === undefined) return []
    const list: readonly unknown[] = Array.isArray(spot.value) ? spot.value : [spot.value]
    if (list.every((item) => typeof item === 'string')) return list
    this.#wrong(spot, `${name} has to be a name or a list of names, not ${shown(spot.value)}.`)
    return []
  }

  map(name: string): Spot | undefined {
    const spot = this.get(name)
    if (spot === undefined || spot.isMap) return spot
    this.#wrong(spot, `${name} has to be a map of names and values, not ${shown(spot.value)}.`)
    return undefined
  }

  /** Tells of names that mean nothing here. */
  only(known: readonly string[], what: string): void {
    for (const name of this.spot.names) {
      if (known.includes(name)) continue
      this.#findings.wrong(
        this.spot.placeOfName(name),
        `${what} has no setting ${JSON.stringify(name)}.${didYouMean(name, known)} It has ${known.join(', ')}.`,
      )
    }
  }

  #wrong(spot: Spot, sentence: string): void {
    this.#findings.wrong(spot.place, sentence)
  }
}
