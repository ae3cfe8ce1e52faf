import { shareOf } from '../core/random.ts'
import { MeanAbove } from '../stats/betting.ts'

/** A model that takes over the traffic of a task in steps, each of which it has to pass. */

/** How much worse than the model in force a canary may be. Null: not looked at. */
export interface Guards {
  /** Shares of calls, by which they may be more often wrong. */
  readonly errorRate: number | null
  readonly schemaValid: number | null
  readonly refusal: number | null
  /** Times the 95th percentile of the model in force, which one call in ten may be slower than. */
  readonly p95Latency: number | null
  /** Times what the model in force costs, which every other call may be dearer than. */
  readonly cost: number | null
}

export type Guard = keyof Guards

/** What became of one call, on either side. Null: it does not tell. */
export interface CallOutcome {
  readonly failed: boolean
  readonly schemaValid: boolean | null
  readonly refused: boolean | null
  readonly latencyUs: number | null
  /** Picodollars. */
  readonly cost: number | null
}

/**
 * Whether a session, or a call without one, goes to the canary. Who is in stays in when the share grows.
 * @param salt  of the canary, so that not the same sessions try out every model
 */
export function isCanary(salt: string, unit: string, share: number): boolean {
  return shareOf(`${salt}\0${unit}`) < share
}

/** The chance that a canary is rolled back that is no worse than its guards let it be. */
const falseRollbacks = 0.05
const guardCount = 5
/** Latest outcomes of the model in force that a canary's are paired with, each once. */
const waitingMost = 200
const latenciesMost = 200
/** Below this many a 95th percentile is none. */
const latenciesLeast = 40

/**
 * Compares a canary with the model in force, call by call, and tells as soon as a guard is broken. Each
 * of the canary's outcomes is paired with the latest one of the other side that was in no pair yet, so that
 * a bad hour of both is nobody's fault. Valid after every call: a bet against 'no worse than that' has
 * to multiply its stake by 100 (five guards share a risk of 0.05).
 */
export class GuardTests {
  readonly #guards: Guards
  readonly #tests: Readonly<Record<Guard, MeanAbove | null>>
  #waiting: CallOutcome[] = []
  readonly #latencies: number[] = []

  constructor(guards: Guards) {
    this.#guards = guards
    // A difference in [-1, 1] as a value in [0, 1].
    const share = (margin: number | null): MeanAbove | null =>
      margin === null ? null : new MeanAbove(Math.min(0.999, (1 + margin) / 2))
    this.#tests = {
      errorRate: share(guards.errorRate),
      schemaValid: share(guards.schemaValid),
      refusal: share(guards.refusal),
      p95Latency: guards.p95Latency === null ? null : new MeanAbove(0.1),
      cost: guards.cost === null ? null : new MeanAbove(0.5),
    }
  }

  incumbent(outcome: CallOutcome): void {
    this.#waiting.push(outcome)
    if (this.#waiting.length > waitingMost) this.#waiting.shift()
    if (outcome.latencyUs === null) return
    this.#latencies.push(outcome.latencyUs)
    if (this.#latencies.length > latenciesMost) this.#latencies.shift()
  }

  /** @returns the guard that the canary has broken; null while it keeps to all of them */
  canary(outcome: CallOutcome): Guard | null {
    const limit = this.#latencyLimit()
    if (limit !== null && outcome.latencyUs !== null)
      this.#tests.p95Latency?.observe(outcome.latencyUs > limit ? 1 : 0)
    const other = this.#waiting.pop()
    if (other !== undefined) this.#compare(outcome, other)
    const evidence = guardCount / falseRollbacks
    const names = Object.keys(this.#tests) as Guard[]
    return names.find((name) => (this.#tests[name]?.evidence ?? 0) >= evidence) ?? null
  }

  #compare(own: CallOutcome, other: CallOutcome): void {
    const worse = (guard: Guard, mine: boolean | null, theirs: boolean | null): void => {
      if (mine === null || theirs === null) return
      this.#tests[guard]?.observe((1 + Number(mine) - Number(theirs)) / 2)
    }
    worse('errorRate', own.failed, other.failed)
    worse('schemaValid', not(own.schemaValid), not(other.schemaValid))
    worse('refusal', own.refused, other.refused)
    const { cost } = this.#guards
    if (cost !== null && own.cost !== null && other.cost !== null)
      this.#tests.cost?.observe(own.cost > cost * other.cost ? 1 : 0)
  }

  #latencyLimit(): number | null {
    const { p95Latency } = this.#guards
    if (p95Latency === null || this.#latencies.length < latenciesLeast) return null
    const sorted = this.#latencies.toSorted((left, right) => left - right)
    return p95Latency * sorted[Math.floor(0.95 * (sorted.length - 1))]!
  }
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value
}
