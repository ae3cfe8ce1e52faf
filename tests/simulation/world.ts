import type { Clock, Instant, Timers } from '../../src/core/clock.ts'
import { type Random, seeded } from '../../src/core/random.ts'

/** What may be over before the rest of the world is: a process that was killed, for one. */
export interface Life {
  readonly over: boolean
}

interface Stroke {
  readonly atUs: number
  readonly order: number
  readonly life: Life | null
  strike: (() => void) | null
}

/** Turns of the real event loop after each stroke, in which whoever was woken does what there is to do. */
const turns = 4

/**
 * A world with a time of its own. Nothing happens between two strokes, so a day takes as long as what
 * is done in it; and since nothing else is waited for, one seed is one course of events.
 */
export class World {
  readonly seed: number
  #nowUs = 0
  /** What the wall clock shows at the beginning. */
  readonly #startedAt: Instant
  /** How far the wall clock was set off since, by whoever sets clocks. */
  #setUs = 0
  #order = 0
  readonly #heap: Stroke[] = []
  strokes = 0

  constructor(seed: number, startedAt: Instant) {
    this.seed = seed
    this.#startedAt = startedAt
  }

  get nowUs(): number {
    return this.#nowUs
  }

  get wall(): Instant {
    return (this.#startedAt + this.#nowUs + this.#setUs) as Instant
  }

  /** Chance of its own for each matter: what one draws does not change what another gets. */
  chance(matter: string): Random {
    return seeded(Number(Bun.hash.xxHash32(`${this.seed} ${matter}`)))
  }

  /** Sets the wall clock, so far from what it should show; what is measured goes on. */
  setClockTo(offMs: number): void {
    this.#setUs = Math.round(offMs * 1_000)
  }

  /** Holds up the thread that calls, as a sick disk does. */
  hold(ms: number): void {
    this.#nowUs += Math.round(ms * 1_000)
  }

  /**
   * The clock of one process, which looks at the wall when it starts and measures from there on, as the
   * runtime's does: who sets the clock on the wall sets it for the process that comes next.
   */
  clockOf(life: Life): Clock {
    const startedAt = this.wall - this.#nowUs
    return {
      now: () => (startedAt + this.#nowUs) as Instant,
      elapsedUs: () => this.#nowUs,
      sleep: (ms) => this.sleep(ms, life),
    }
  }

  timersOf(life: Life): Timers {
    const started = new Map<number, Stroke>()
    return {
      start: <Of>(ms: number, strike: (of: Of) => void, of?: Of) => {
        const stroke = this.#add(ms, () => strike(of as Of), life)
        started.set(stroke.order, stroke)
        return stroke.order
      },
      stop: (timer) => {
        const stroke = started.get(timer as number)
        if (stroke) stroke.strike = null
        started.delete(timer as number)
      },
    }
  }

  after(ms: number, strike: () => void, life: Life | null = null): void {
    this.#add(ms, strike, life)
  }

  /** Never ends for one whose life is over. */
  sleep(ms: number, life: Life | null = null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#add(ms, resolve, life)
    return promise
  }

  /** Lets time pass until a moment, or until nothing is left to happen. */
  async passUntil(untilUs: number): Promise<void> {
    await settled()
    for (let next = this.#pop(untilUs); next !== null; next = this.#pop(untilUs)) {
      const { strike, life } = next
      if (strike === null || life?.over === true) continue
      this.#nowUs = Math.max(this.#nowUs, next.atUs)
      this.strokes += 1
      strike()
      await settled()
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs)
  }

  #add(ms: number, strike: () => void, life: Life | null): Stroke {
    this.#order += 1
    const atUs = this.#nowUs + Math.max(0, Math.round(ms * 1_000))
    const stroke = { atUs, order: this.#order, life, strike }
    let at = this.#heap.push(stroke) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(stroke, this.#heap[above]!)) break
      this.#heap[at] = this.#heap[above]!
      at = above
    }
    this.#heap[at] = stroke
    return stroke
  }

  #pop(untilUs: number): Stroke | null {
    const [first] = this.#heap
    if (first === undefined || first.atUs > untilUs) return null
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= this.#heap.length) break
      const right = this.#heap[below + 1]
      if (right !== undefined && isBefore(right, this.#heap[below]!)) below += 1
      if (!isBefore(this.#heap[below]!, last)) break
      this.#heap[at] = this.#heap[below]!
      at = below
    }
    this.#heap[at] = last
    return first
  }
}

function isBefore(one: Stroke, other: Stroke): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order)
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const { promise, resolve } = Promise.withResolvers<void>()
    setImmediate(resolve)
    await promise
  }
}

/** A moment that comes about so often, as independent events do, in milliseconds from now. */
export function waitMs(random: Random, everyMs: number): number {
  return -Math.log(1 - random.next()) * everyMs
}

export function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[Math.floor(random.next() * values.length)]!
}
