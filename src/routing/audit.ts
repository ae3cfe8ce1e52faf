import type { ChatReply } from '../core/reply.ts'
import { sayingOf } from './answers.ts'
import { ConfidenceSequence, type SequenceState } from '../stats/sequence.ts'
import { sameAnswer } from './cascade.ts'

/**
 * Watches whether a policy that was proven still holds: of a few calls, drawn by chance, the strong model's
 * answer is asked for too, and the two are graded.
 */

/** What a grader makes of a pair: both scores in [0, 1]. Null where it cannot tell. */
export interface Grades {
  readonly routed: number
  readonly strong: number
}

/**
 * Grades by agreement: the strong model is taken to be right, so that any difference counts as a loss. Calls
 * of tools and JSON are compared by what they mean, and texts as the policy's own agreement is.
 * @param routed  the answer that the policy gave; the strong model's own where it gave that
 */
export function gradeByAgreement(routed: ChatReply, strong: ChatReply): Grades | null {
  if (routed === strong) return { routed: 1, strong: 1 }
  const same =
    sameCalls(routed, strong) ?? sameDocument(routed, strong) ?? sameAnswer(routed, strong)
  return same === null ? null : { routed: same ? 1 : 0, strong: 1 }
}

/** Whether both call the same tools with the same arguments, in whatever order; null when neither calls any. */
function sameCalls(left: ChatReply, right: ChatReply): boolean | null {
  const [one, other] = [callsIn(left), callsIn(right)]
  return one.length + other.length === 0 ? null : Bun.deepEquals(one, other)
}

function callsIn({ choices: [choice] }: ChatReply): readonly (readonly [string, unknown])[] {
  return (choice?.parts ?? [])
    .flatMap((part) =>
      part.type === 'toolCall' ? [[part.name, valueOf(part.arguments)] as const] : [],
    )
    .toSorted(([left], [right]) => (left < right ? -1 : Number(left > right)))
}

/** Whether both are the same JSON object or list, whatever the order of its members; null when one is none. */
function sameDocument(left: ChatReply, right: ChatReply): boolean | null {
  const [one, other] = [valueOf(sayingOf(left) ?? ''), valueOf(sayingOf(right) ?? '')]
  const areDocuments = typeof one === 'object' && one !== null && typeof other === 'object'
  return areDocuments && other !== null ? Bun.deepEquals(one, other) : null
}

function valueOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isExact(value) ? value : text
  } catch {
    return text
  }
}

/** Two whole numbers of so many digits can be the same double: then the texts are compared. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

/** One false alarm in so many lives of a policy at most, when all is well. */
const wealthMost = 20
/** And on average at most one in so many audits, by the sum that forgets the calm before a change. */
const restartedMost = 5_000

const betsCount = 40
const leastBet = 0.01
const mostStake = 0.95

/** What is kept of a watch over a restart. */
export interface WatchState {
  readonly count: number
  readonly sum: number
  readonly squares: number
  readonly alarmed: boolean
  readonly logs: readonly number[]
  readonly restarted: readonly number[]
  /** That the audits were held against. Absent in what an earlier version kept. */
  readonly target?: number
  /** Absent in what an earlier version kept: then the interval is of the audits since. */
  readonly sequence?: SequenceState
}

/**
 * Tells when quality has fallen below the target, valid after each audit: wealth from bets against 'it
 * still holds' passes 20 with a probability of one in 20 at most, ever, while it does (Ville). A change
 * after a long calm is seen by the same bets begun anew with each audit (Shiryaev and Roberts), whose
 * sum passes 5,000 once in 5,000 audits at most.
 * @see Waudby-Smith and Ramdas (2024); Shin, Ramdas and Rinaldo, 'E-detectors' (2022)
 */
export class QualityWatch {
  readonly target: number
  /** The mean of the values below which quality is short. */
  readonly #mean: number
  readonly #bets: Float64Array
  readonly #logs = new Float64Array(betsCount)
  readonly #restarted = new Float64Array(betsCount)
  #count = 0
  #sum = 0
  #squares = 0
  #alarmed = false
  readonly #sequence: ConfidenceSequence

  /** How many watch over parts of the same calls, and so share the risk of a false alarm. */
  readonly #watchers: number

  /**
   * @param target  the share of the strong model's score that has to be kept, within (0, 1)
   * @param state  what was kept; audits that were held against another target tell nothing of this one, and only
   *     an alarm stays
   */
  constructor(target: number, state: WatchState | null = null, watchers = 1) {
    if (!(target > 0 && target < 1)) throw new RangeError('A target is within 0 and 1.')
    this.target = target
    this.#watchers = watchers
    this.#mean = target / (1 + target)
    const most = mostStake / (1 - this.#mean)
    this.#bets = Float64Array.from(
      { length: betsCount },
      (_, index) => leastBet * (most / leastBet) ** (index / (betsCount - 1)),
    )
    this.#alarmed = state?.alarmed === true
    const isKept = state !== null && state.logs.length === betsCount && isOf(state, target)
    this.#sequence = new ConfidenceSequence(0.95, (isKept && state.sequence) || null)
    if (!isKept) return
    this.#logs.set(state.logs)
    this.#restarted.set(state.restarted)
    this.#count = state.count
    this.#sum = state.sum
    this.#squares = state.squares
  }

  /** @returns whether the alarm is on; once on it stays */
  observe({ routed, strong }: Grades): boolean {
    const kept = routed - this.target * strong
    const value = (kept + this.target) / (1 + this.target)
    if (!(value >= 0 && value <= 1)) throw new RangeError('Scores are between 0 and 1.')
    let wealth = 0
    let restarted = 0
    for (let index = 0; index < betsCount; index += 1) {
      const factor = 1 + this.#bets[index]! * (this.#mean - value)
      this.#logs[index]! += Math.log(factor)
      this.#restarted[index] = (this.#restarted[index]! + 1) * factor
      wealth += Math.exp(this.#logs[index]!)
      restarted += this.#restarted[index]!
    }
    this.#count += 1
    this.#sum += kept
    this.#squares += kept * kept
    this.#sequence.observe(value)
    const least = betsCount * this.#watchers
    if (wealth >= wealthMost * least || restarted >= restartedMost * least) this.#alarmed = true
    return this.#alarmed
  }

  get alarmed(): boolean {
    return this.#alarmed
  }

  get count(): number {
    return this.#count
  }

  /** How far the policy's scores are above the target on average; null before the first audit. */
  get margin(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count
  }

  /** Where the margin lies, at 95 % after every audit at once; null before the first. */
  get interval(): { readonly audits: number; readonly low: number; readonly high: number } | null {
    const { count, interval } = this.#sequence
    if (count === 0) return null
    const marginOf = (value: number): number => value * (1 + this.target) - this.target
    return { audits: count, low: marginOf(interval.low), high: marginOf(interval.high) }
  }

  /**
   * Audits until a fall by `gap` below the target is noticed, by 2 var ln(20) / gap^2. Null before there
   * are ten audits to tell the variance from.
   */
  auditsToNotice(gap: number): number | null {
    if (this.#count < 10) return null
    const mean = this.#sum / this.#count
    // Agreement that never failed has no variance, and would not after a fall: that of one failure more.
    const variance = Math.max(this.#squares / this.#count - mean * mean, 1 / (this.#count + 1))
    return Math.ceil((2 * variance * Math.log(wealthMost)) / (gap * gap))
  }

  state(): WatchState {
    return {
      count: this.#count,
      sum: this.#sum,
      squares: this.#squares,
      alarmed: this.#alarmed,
      logs: [...this.#logs],
      restarted: [...this.#restarted],
      target: this.target,
      sequence: this.#sequence.state,
    }
  }
}

/** Whether what was kept was held against this target. */
export function isOf({ target: kept }: WatchState, target: number): boolean {
  return kept === undefined || kept === target
}
