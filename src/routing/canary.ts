import { shareOf } from '../core/random.ts'
import { MeanAbove } from '../stats/betting.ts'
import { shareAtMost } from '../stats/intervals.ts'
import { ConfidenceSequence } from '../stats/sequence.ts'

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
const evidenceNeeded = guardCount / falseRollbacks
/** Latest outcomes of the model in force that a canary's are paired with, each once. */
const waitingMost = 200
const latenciesMost = 200
/** Below this many a 95th percentile is none. */
const latenciesLeast = 40

/** Calls of a canary in a row after which nobody is left beside it: it has all of the traffic. */
const aloneAfter = 100
/** Of a guard that goes by what the model in force was like, in its bound and in each of its tests alike. */
const falseAlone = 0.001
/** Calls after which such a test begins anew: one that was calm for long has little left to bet with. */
const aloneCalls = 200

/** What a guard has seen so far. */
export interface GuardFinding {
  readonly guard: Guard
  /** As the file sets it. */
  readonly limit: number
  /** Pairs, or calls, that told something. */
  readonly count: number
  /** For shares how much more often the canary is wrong; else the share of calls that are slower or dearer. */
  readonly mean: number | null
  /** Of that mean, at 95 % after every call at once. */
  readonly interval: readonly [low: number, high: number]
  /** Beyond this mean the guard is broken in truth. */
  readonly bound: number
  /** From 0, none, to 1: enough to take the canary back, on the scale of logarithms. */
  readonly evidence: number
}

/** A test of a guard, with the interval that tells how near it is. */
class GuardTest {
  readonly #bound: number
  /** Times its stake that a bet has to come to. */
  readonly #needed: number
  readonly #test: MeanAbove
  readonly #sequence = new ConfidenceSequence()

  constructor(bound: number, needed: number) {
    this.#bound = bound
    this.#needed = needed
    this.#test = new MeanAbove(bound)
  }

  observe(value: number): void {
    this.#test.observe(value)
    this.#sequence.observe(value)
  }

  get isBroken(): boolean {
    return this.#test.evidence >= this.#needed
  }

  /** @param scaled  a value in [0, 1] as it is told */
  finding(guard: Guard, limit: number, scaled: (value: number) => number): GuardFinding {
    const { count, mean, interval } = this.#sequence
    const evidence = Math.log(this.#test.evidence) / Math.log(this.#needed)
    return {
      guard,
      limit,
      count,
      mean: mean === null ? null : scaled(mean),
      interval: [scaled(interval.low), scaled(interval.high)],
      bound: scaled(this.#bound),
      evidence: Math.min(1, Math.max(0, evidence)),
    }
  }
}

/**
 * Compares a canary with the model in force, call by call, and tells as soon as a guard is broken. Each
 * of the canary's outcomes is paired with the latest one of the other side that was in no pair yet, so that
 * a bad hour of both is nobody's fault. Valid after every call: a bet against 'no worse than that' has
 * to multiply its stake by 100 (five guards share a risk of 0.05), or as many times that as there are threads.
 */
export class GuardTests {
  readonly #guards: Guards
  readonly #tests: Readonly<Record<Guard, GuardTest | null>>
  #waiting: CallOutcome[] = []
  readonly #latencies: number[] = []
  /** Latest outcomes of the model in force, whether they were in a pair or not. */
  readonly #past: CallOutcome[] = []
  #sinceIncumbent = 0
  #alone: readonly AloneTest[] | null = null
  readonly #watchers: number

  /** @param watchers  how many watch over parts of the same calls, and so share the risk of going back for nothing */
  constructor(guards: Guards, watchers = 1) {
    this.#guards = guards
    this.#watchers = watchers
    const needed = evidenceNeeded * watchers
    // A difference in [-1, 1] as a value in [0, 1].
    const share = (margin: number | null): GuardTest | null =>
      margin === null ? null : new GuardTest(Math.min(0.999, (1 + margin) / 2), needed)
    this.#tests = {
      errorRate: share(guards.errorRate),
      schemaValid: share(guards.schemaValid),
      refusal: share(guards.refusal),
      p95Latency: guards.p95Latency === null ? null : new GuardTest(0.1, needed),
      cost: guards.cost === null ? null : new GuardTest(0.5, needed),
    }
  }

  incumbent(outcome: CallOutcome): void {
    this.#waiting.push(outcome)
    if (this.#waiting.length > waitingMost) this.#waiting.shift()
    this.#past.push(outcome)
    if (this.#past.length > waitingMost) this.#past.shift()
    this.#sinceIncumbent = 0
    this.#alone = null
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
    this.#sinceIncumbent += 1
    if (other !== undefined) this.#compare(outcome, other)
    else if (this.#sinceIncumbent > aloneAfter) {
      const broken = this.#brokenAlone(outcome)
      if (broken !== null) return broken
    }
    const names = Object.keys(this.#tests) as Guard[]
    return names.find((name) => this.#tests[name]?.isBroken === true) ?? null
  }

  /** What each guard that is looked at has seen. */
  findings(): readonly GuardFinding[] {
    const names = Object.keys(this.#tests) as Guard[]
    return names.flatMap((name) => {
      const [test, limit] = [this.#tests[name], this.#guards[name]]
      if (test === null || limit === null) return []
      return [
        test.finding(name, limit, isShare[name] ? (value) => 2 * value - 1 : (value) => value),
      ]
    })
  }

  #compare(own: CallOutcome, other: CallOutcome): void {
    const worse = (guard: Guard, mine: boolean | null, theirs: boolean | null): void => {
      if (mine === null || theirs === null) return
      this.#tests[guard]?.observe((1 + Number(mine) - Number(theirs)) / 2)
    }
    for (const flag of flags) worse(flag, wrongIn(flag, own), wrongIn(flag, other))
    const { cost } = this.#guards
    if (cost !== null && own.cost !== null && other.cost !== null)
      this.#tests.cost?.observe(own.cost > cost * other.cost ? 1 : 0)
  }

  /** With all of the traffic there are no pairs: what the model in force was like at last is the measure then. */
  #brokenAlone(outcome: CallOutcome): Guard | null {
    if (this.#sinceIncumbent % aloneCalls === 0) this.#alone = null
    this.#alone ??= flags.flatMap((guard) => {
      const margin = this.#guards[guard]
      const past = this.#past.flatMap((each) => wrongIn(guard, each) ?? [])
      if (margin === null) return []
      const most = shareAtMost(past.filter((wrong) => wrong).length, past.length, falseAlone)
      return { guard, test: new MeanAbove(Math.min(0.999, most + margin)) }
    })
    let broken: Guard | null = null
    for (const { guard, test } of this.#alone) {
      const wrong = wrongIn(guard, outcome)
      if (wrong !== null) test.observe(Number(wrong))
      if (test.evidence >= this.#watchers / falseAlone) broken ??= guard
    }
    return broken
  }

  #latencyLimit(): number | null {
    const { p95Latency } = this.#guards
    if (p95Latency === null || this.#latencies.length < latenciesLeast) return null
    const sorted = this.#latencies.toSorted((left, right) => left - right)
    return p95Latency * sorted[Math.floor(0.95 * (sorted.length - 1))]!
  }
}

/** Differences of shares, in [-1, 1], are tested as values in [0, 1]. */
const isShare = {
  errorRate: true,
  schemaValid: true,
  refusal: true,
  p95Latency: false,
  cost: false,
} satisfies Record<Guard, boolean>

const flags = ['errorRate', 'schemaValid', 'refusal'] as const
type Flag = (typeof flags)[number]

interface AloneTest {
  readonly guard: Flag
  readonly test: MeanAbove
}

/** Null: the call does not tell. */
function wrongIn(flag: Flag, outcome: CallOutcome): boolean | null {
  if (flag === 'errorRate') return outcome.failed
  return flag === 'refusal' ? outcome.refused : not(outcome.schemaValid)
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value
}
