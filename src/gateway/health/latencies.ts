/** First contents that are looked at before a model has a usual time. */
const observationsMin = 20
/** The part of a new observation in the usual time, and in the recent one. */
const usualWeight = 0.02
const recentWeight = 0.3
/** A model is slow when it takes so many times as long as usual... */
const slowFactor = 4
/** ... and so long at least: below this nobody notices. */
const slowUsMin = 500_000
/** ... and is itself again when it comes under this. */
const wellFactor = 2

const asideMs = 10_000
const asideMsMax = 300_000
/** Models are made up by callers; the one that was seen longest ago goes first. */
const modelsMax = 1_000
/** The last times of a model, of which quantiles are taken. */
const timesMax = 256

interface Pace {
  usualUs: number
  recentUs: number
  observations: number
  openings: number
  asideUntilUs: number
  /** The last ones, in a ring. */
  readonly times: number[]
  /** Of the ring, at some moment; null when nobody has asked since it changed much. */
  sorted: { readonly us: readonly number[]; readonly at: number } | null
}

/**
 * Which models are alive and far slower than they use to be. Only times to the first content of streams
 * are compared: how long a whole answer takes depends on how long it is.
 */
export class Latencies {
  readonly #paces = new Map<string, Pace>()
  /** Whole answers, of streams and others; the last times in a ring. */
  readonly #answers = new Map<string, { readonly times: number[]; count: number }>()
  readonly #elapsedUs: () => number

  /** @param elapsedUs  microseconds on a monotonic clock */
  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  /** A model that is slow now, and that others should go before, where their order is not fixed. */
  isSlow(model: string): boolean {
    const pace = this.#paces.get(model)
    return pace !== undefined && pace.asideUntilUs > this.#elapsedUs()
  }

  /**
   * The time to the first content that so many of the model's last streams kept within.
   * @param share  from 0 to 1
   * @returns microseconds; null while too little was seen of it
   */
  quantileUs(model: string, share: number): number | null {
    const pace = this.#paces.get(model)
    if (pace === undefined || pace.observations < observationsMin) return null
    const { sorted, observations, times } = pace
    const fresh =
      sorted !== null && observations - sorted.at < observationsMin
        ? sorted
        : { us: times.toSorted((one, other) => one - other), at: observations }
    pace.sorted = fresh
    return fresh.us[Math.ceil(share * fresh.us.length) - 1] ?? null
  }

  /** What first contents took of late, in microseconds; null when none was seen. */
  recentUs(model: string): number | null {
    return this.#paces.get(model)?.recentUs ?? null
  }

  /** A whole answer took so long. */
  observeAnswer(model: string, us: number): void {
    let answers = this.#answers.get(model)
    if (answers === undefined) {
      this.#answers.set(model, (answers = { times: [], count: 0 }))
      const [oldest] = this.#answers.keys()
      if (this.#answers.size > modelsMax && oldest !== undefined) this.#answers.delete(oldest)
    }
    answers.times[answers.count % timesMax] = us
    answers.count += 1
  }

  /**
   * The time within which so many of the model's last answers came whole.
   * @returns microseconds; null while too little was seen of it
   */
  answerUs(model: string, share: number): number | null {
    const answers = this.#answers.get(model)
    if (answers === undefined || answers.count < observationsMin) return null
    const sorted = answers.times.toSorted((one, other) => one - other)
    return sorted[Math.ceil(share * sorted.length) - 1] ?? null
  }

  observe(model: string, firstContentUs: number): void {
    const pace = this.#paces.get(model)
    if (pace === undefined) {
      this.#add(model, firstContentUs)
      return
    }
    pace.times[pace.observations % timesMax] = firstContentUs
    pace.observations += 1
    pace.recentUs += recentWeight * (firstContentUs - pace.recentUs)
    // In the beginning it is the mean of what was seen. Later a change that lasts becomes the usual.
    const weight = Math.max(usualWeight, 1 / pace.observations)
    pace.usualUs += weight * (firstContentUs - pace.usualUs)
    if (pace.observations < observationsMin) return
    if (pace.recentUs < wellFactor * pace.usualUs) pace.openings = 0
    const nowUs = this.#elapsedUs()
    const isSlow = pace.recentUs > Math.max(slowFactor * pace.usualUs, slowUsMin)
    if (!isSlow || pace.asideUntilUs > nowUs) return
    const ms = Math.min(asideMs * 2 ** pace.openings, asideMsMax)
    pace.openings += 1
    pace.asideUntilUs = nowUs + ms * 1_000
  }

  #add(model: string, firstContentUs: number): void {
    this.#paces.set(model, {
      usualUs: firstContentUs,
      recentUs: firstContentUs,
      observations: 1,
      openings: 0,
      asideUntilUs: 0,
      times: [firstContentUs],
      sorted: null,
    })
    if (this.#paces.size <= modelsMax) return
    const [oldest] = this.#paces.keys()
    if (oldest !== undefined) this.#paces.delete(oldest)
  }
}
