/** What a key takes is measured over so long, and over the same time before. */
const windowUs = 10_000_000
/** A refusal cuts the rate to this part of what was taken... */
const cutTo = 0.7
/** ... and each call that is taken adds this part of it again: one refusal in some sixty calls, in the long run. */
const stepShare = 0.005
/** Nobody is asked more seldom than once a minute: that is what a wait is for. */
const perSecondMin = 1 / 60
/** One refusal of a key that is seldom asked says little of what it takes: the next call waits two seconds at most. */
const perSecondFirst = 0.5
/** Without a refusal for so long nothing is held back any more: the limit may have been raised. */
const forgottenUs = 600_000_000
/** Calls that come together go together, as many as are taken in a second. */
const burstUs = 1_000_000
/** Models are made up by callers; the one that was asked longest ago goes first. */
const lanesMax = 10_000

/** A credential at a model. Rates are calls a second. */
interface Lane {
  /** When the window began, and what was taken in it and in the one before. */
  sinceUs: number
  taken: number
  takenBefore: number
  /** Null as long as nothing was refused. */
  perSecond: number | null
  step: number
  cutUs: number
  /** When the next call would be due, if they came evenly. */
  dueUs: number
  /** The same by its provider's own word. */
  toldUs: number
}

export interface LearnedRate {
  /** 'acme/large#1f3a' */
  readonly subject: string
  readonly perMinute: number
  readonly waitMs: number
}

/**
 * How fast each key is answered, learned from being refused: additive increase, multiplicative decrease,
 * as TCP finds the width of a line. A key that answers 429 is asked no faster than it took before; what
 * its provider's headers say of an allowance that is used up is believed.
 * @see https://www.rfc-editor.org/rfc/rfc5681
 */
export class LearnedRates {
  readonly #lanes = new Map<string, Lane>()
  readonly #elapsedUs: () => number
  #learned = 0

  /** @param elapsedUs  microseconds on a monotonic clock */
  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  forget(): void {
    this.#lanes.clear()
    this.#learned = 0
  }

  /** True while nobody has been refused lately. */
  get isClear(): boolean {
    return this.#learned === 0
  }

  /** Milliseconds until the next call fits the rate. */
  waitMs(subject: string): number {
    const lane = this.#lanes.get(subject)
    return lane === undefined ? 0 : waitUs(lane, this.#elapsedUs()) / 1_000
  }

  /** A call is about to be sent, or waits for its turn: its place is taken. */
  begins(subject: string): void {
    const lane = this.#lanes.get(subject)
    if (lane === undefined || lane.perSecond === null) return
    lane.dueUs = Math.max(lane.dueUs, this.#elapsedUs()) + 1_000_000 / lane.perSecond
  }

  /** A call was answered. @param nowUs  when; unset: now */
  took(subject: string, nowUs = this.#elapsedUs()): void {
    const lane = this.#laneOf(subject, nowUs)
    lane.taken += 1
    if (lane.perSecond === null) return
    lane.perSecond += lane.step
    if (nowUs - lane.cutUs > forgottenUs) this.#forget(lane)
  }

  /**
   * A call was refused for its rate.
   * @param sentUs  when it was sent: of calls that were under way at the same time, and of one burst, only one
   *   cuts the rate
   * @param retryAfterMs  when the next one may be taken, where its provider says so
   */
  refused(subject: string, sentUs: number, retryAfterMs: number | null = null): void {
    const nowUs = this.#elapsedUs()
    const lane = this.#laneOf(subject, nowUs)
    const isOfTheLast = sentUs <= lane.cutUs || nowUs - lane.cutUs < burstUs
    if (lane.perSecond !== null && isOfTheLast) {
      if (retryAfterMs !== null) told(lane, lane.perSecond, nowUs + retryAfterMs * 1_000)
      return
    }
    if (lane.perSecond === null) this.#learned += 1
    const before = lane.perSecond ?? measured(lane, nowUs)
    const least = lane.perSecond === null ? perSecondFirst : perSecondMin
    lane.perSecond = Math.max(before * cutTo, least)
    lane.step = before * stepShare
    lane.cutUs = nowUs
    // What is left of the last burst is not sent on top.
    const pauseUs = retryAfterMs === null ? 1_000_000 / lane.perSecond : 0
    lane.dueUs = Math.max(nowUs + toleranceUs(lane.perSecond) + pauseUs, lane.toldUs)
    if (retryAfterMs !== null) told(lane, lane.perSecond, nowUs + retryAfterMs * 1_000)
  }

  /** Its provider says that nothing is left until then. */
  emptied(subject: string, resetMs: number): void {
    const lane = this.#lanes.get(subject)
    if (lane === undefined || lane.perSecond === null) return
    told(lane, lane.perSecond, this.#elapsedUs() + resetMs * 1_000)
  }

  /** Whether it was refused lately. */
  isLearned(subject: string): boolean {
    return this.#learned > 0 && (this.#lanes.get(subject)?.perSecond ?? null) !== null
  }

  rates(): readonly LearnedRate[] {
    const nowUs = this.#elapsedUs()
    return [...this.#lanes].flatMap(([subject, lane]) =>
      lane.perSecond === null
        ? []
        : [{ subject, perMinute: lane.perSecond * 60, waitMs: waitUs(lane, nowUs) / 1_000 }],
    )
  }

  #laneOf(subject: string, nowUs: number): Lane {
    let lane = this.#lanes.get(subject)
    if (lane === undefined) {
      lane = {
        sinceUs: nowUs,
        taken: 0,
        takenBefore: 0,
        perSecond: null,
        step: 0,
        cutUs: 0,
        dueUs: 0,
        toldUs: 0,
      }
      this.#lanes.set(subject, lane)
      if (this.#lanes.size > lanesMax) this.#drop()
    } else if (nowUs - lane.sinceUs >= windowUs) {
      lane.takenBefore = nowUs - lane.sinceUs < 2 * windowUs ? lane.taken : 0
      lane.taken = 0
      lane.sinceUs = nowUs
    }
    return lane
  }

  #forget(lane: Lane): void {
    lane.perSecond = null
    this.#learned -= 1
  }

  #drop(): void {
    const [oldest] = this.#lanes
    if (oldest === undefined) return
    const [subject, lane] = oldest
    if (lane.perSecond !== null) this.#forget(lane)
    this.#lanes.delete(subject)
  }
}

/**
 * Calls a second that were taken lately. With little traffic it says what was wanted, not what is taken:
 * then it is one a second, and further refusals cut it.
 */
function measured({ taken, takenBefore, sinceUs }: Lane, nowUs: number): number {
  const us = nowUs - sinceUs + (takenBefore > 0 ? windowUs : 0)
  return Math.max((taken + takenBefore) / Math.max(us / 1_000_000, 1), 1)
}

/** Its provider says that the next one is taken then. What it said before of a later time holds on. */
function told(lane: Lane, perSecond: number, atUs: number): void {
  lane.toldUs = Math.max(lane.toldUs, atUs + toleranceUs(perSecond))
  lane.dueUs = Math.max(lane.dueUs, lane.toldUs)
}

function toleranceUs(perSecond: number): number {
  return Math.max(0, burstUs - 1_000_000 / perSecond)
}

function waitUs({ perSecond, dueUs }: Lane, nowUs: number): number {
  return perSecond === null ? 0 : Math.max(0, dueUs - toleranceUs(perSecond) - nowUs)
}
