import type { ErrorFacts } from '../../core/errors.ts'
import type { KeptAnswer } from './keeping.ts'

/** What came of the first call with an `Idempotency-Key`: one of the two. */
export interface Remembered {
  readonly asks: string
  readonly answer: KeptAnswer | null
  readonly error: KeptError | null
}

export interface KeptError extends ErrorFacts {
  readonly callId: string
  readonly message: string
  readonly param: string | null
}

/**
 * What whoever comes with a key is told: 'first' of all, or while the first is under way 'busy', or
 * 'reused' when that one asks something else; or what an earlier call got.
 */
export type Claim = 'first' | 'busy' | 'reused' | Remembered

/** Calls with an `Idempotency-Key`, by key and place: each is made by one alone. */
export interface IdempotentCalls {
  /** @param asks  what is asked: its fingerprint */
  claim(id: string, asks: string): Promise<Claim>
  /** The call that was the first is over. What it got is remembered by now, or never. */
  end(id: string): void
}

interface RunningCall {
  readonly asks: string
  /** What is remembered of an earlier call with the same key; null when there was none. */
  readonly earlier: Promise<Remembered | null>
}

/** Keeps account of the calls of a process, in one of its threads. */
export class IdempotentCallsHere implements IdempotentCalls {
  readonly #find: (id: string) => Promise<Remembered | null>
  readonly #running = new Map<string, RunningCall>()

  /** @param find  looks for what an earlier call got */
  constructor(find: (id: string) => Promise<Remembered | null>) {
    this.#find = find
  }

  async claim(id: string, asks: string): Promise<Claim> {
    const running = this.#running.get(id)
    if (running !== undefined) {
      const earlier = await running.earlier.catch(() => null)
      return earlier ?? (running.asks === asks ? 'busy' : 'reused')
    }
    const finding = this.#find(id)
    this.#running.set(id, { asks, earlier: finding })
    const earlier = await finding.catch(() => null)
    if (earlier === null) return 'first'
    this.#running.delete(id)
    return earlier
  }

  end(id: string): void {
    this.#running.delete(id)
  }
}
