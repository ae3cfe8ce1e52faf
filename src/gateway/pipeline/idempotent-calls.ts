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

/** A call with an `Idempotency-Key` that is under way. */
export interface RunningCall {
  /** What it asks: its fingerprint. */
  readonly asks: string
  /** What is remembered of an earlier call with the same key; null when there was none. */
  readonly earlier: Promise<Remembered | null>
}

/** Calls with an `Idempotency-Key` that are under way, by key and place: each is made by one alone. */
export class IdempotentCalls {
  readonly #running = new Map<string, RunningCall>()

  find(id: string): RunningCall | undefined {
    return this.#running.get(id)
  }

  begin(id: string, running: RunningCall): void {
    this.#running.set(id, running)
  }

  end(id: string): void {
    this.#running.delete(id)
  }
}
