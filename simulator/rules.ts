import { share as drawn } from './chance.ts'
import { findFault, type FoundFault } from './faults.ts'
import { isObject } from './json.ts'

/** Which calls play which fault. */
export interface Rule {
  /** Only calls of this model; every model without it. */
  readonly model?: string
  /** Only calls with this key. */
  readonly key?: string
  /** A fault's name, or 'none' to take back the rules for the same model and key. */
  readonly fault: string
  /** How many calls; all without it. */
  readonly times?: number
  /** Of those calls so many, drawn by the seed, from 0 to 1; each without it. */
  readonly share?: number
  readonly waitMs?: number
}

interface LiveRule extends Rule {
  readonly found: FoundFault
  left: number
}

/** The rules that are in force, and whom they fit. */
export class Rules {
  readonly #seed: number
  #rules: LiveRule[] = []
  /** How often it was drawn whether a call plays a fault. */
  #draws = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  clear(): void {
    this.#rules = []
    this.#draws = 0
  }

  /** Later rules come first. @throws RangeError for an unknown fault, and for a share that is none */
  add(rule: Rule): void {
    const { fault, share, times } = rule
    if (fault === 'none') {
      this.#rules = this.#rules.filter(({ model, key }) => model !== rule.model || key !== rule.key)
      return
    }
    const found = findFault(fault)
    if (!found) throw new RangeError(`No fault is called ${fault}.`)
    if (share !== undefined && !(share >= 0 && share <= 1))
      throw new RangeError(`A share of calls is a number from 0 to 1, not ${share}.`)
    this.#rules.unshift({ ...rule, found, left: times ?? Number.POSITIVE_INFINITY })
  }

  /** The fault that a call plays, and how long its waits are where the rule says so; it counts as played. */
  take(
    named: string | null,
    asked: string,
  ): (FoundFault & { readonly waitMs: number | undefined }) | null {
    const rule = this.#rules.find(
      ({ model, key, share }) =>
        (model ?? named) === named && (key ?? asked) === asked && this.#isDrawn(share),
    )
    if (!rule) return null
    rule.left -= 1
    if (rule.left <= 0) this.#rules = this.#rules.filter((each) => each !== rule)
    return { ...rule.found, waitMs: rule.waitMs }
  }

  #isDrawn(share: number | undefined): boolean {
    if (share === undefined) return true
    this.#draws += 1
    return drawn('rule', this.#seed, this.#draws) < share
  }
}

/** @throws RangeError when it is no rule */
export function readRule(body: unknown): Rule {
  if (!isObject(body) || typeof body.fault !== 'string') {
    throw new RangeError(
      'A rule names a fault: {"model": "small", "fault": "http-500", "times": 2}.',
    )
  }
  const { model, key, fault, times, share, waitMs } = body
  if (share !== undefined && typeof share !== 'number')
    throw new RangeError('A share of calls is a number from 0 to 1.')
  return {
    fault,
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof key === 'string' ? { key } : {}),
    ...(typeof times === 'number' ? { times } : {}),
    ...(share === undefined ? {} : { share }),
    ...(typeof waitMs === 'number' ? { waitMs } : {}),
  }
}
