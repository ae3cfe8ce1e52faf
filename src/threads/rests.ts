/** Work in one go. A call that comes meanwhile waits for its end, where there is one core for both. */
const workMs = 0.2
/** As long as a call needs the core, about. */
const restMs = 0.2

/** No work takes as long between two rows: it was waited for something. */
const pauseMs = 20

/**
 * Rests of a thread that works behind the calls. The system would let it work for some milliseconds
 * before a thread that woke up has its turn, whatever their priorities (decision 0022): within a
 * transaction, which costs less the longer it is, it sleeps a moment after each bit of work.
 */
export class Rests {
  /** No rest until that is over. */
  isHurried = false
  readonly #never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  readonly #nowMs: () => number
  readonly #sleep: (ms: number) => void
  #sinceMs: number

  constructor(
    nowMs: () => number = () => performance.now(),
    sleep: (ms: number) => void = (ms) => void Atomics.wait(this.#never, 0, 0, ms),
  ) {
    this.#nowMs = nowMs
    this.#sleep = sleep
    this.#sinceMs = nowMs()
  }

  readonly rest = (): void => {
    if (this.isHurried) return
    const workedMs = this.#nowMs() - this.#sinceMs
    if (workedMs < workMs) return
    // Whoever has not been here for so long has just begun.
    if (workedMs < pauseMs) this.#sleep(restMs)
    this.#sinceMs = this.#nowMs()
  }
}
