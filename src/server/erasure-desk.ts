import type { Clock } from '../core/clock.ts'
import { newCallId } from '../core/ids.ts'
import { type ErasedCounts, nothingErased, type WordEraser } from '../store/erasure.ts'
import type { ChangeBook, Erasures, ErasureState } from './control.ts'

/** Prompts and answers of calls that have ended are on their way to the store for some milliseconds. */
const settleMs = 200

export interface ErasureGiven {
  readonly store: WordEraser
  readonly changes: ChangeBook
  readonly clock: Clock
  readonly sleep?: (ms: number) => Promise<void>
}

interface Run {
  readonly customer: string
  readonly by: string
  readonly startedUs: number
  state: ErasureState
}

/** Asks the store for one step after another; all the work is where the store is. */
export class ErasureDesk implements Erasures {
  readonly #given: ErasureGiven
  #run: Run | null = null

  constructor(given: ErasureGiven) {
    this.#given = given
  }

  start(customer: string, dry: boolean, by: string): ErasureState {
    const run = this.#run
    if (run?.state.state === 'running') {
      if (run.customer === customer && run.state.dry === dry) return run.state
      if (!run.state.dry) {
        throw new RangeError(
          `What the customer ${JSON.stringify(run.customer)} said is being erased. Wait until that is done, or stop it.`,
        )
      }
      // Only counts: it can be begun again.
      this.stop(run.customer)
    }
    const next: Run = {
      customer,
      by,
      startedUs: this.#given.clock.elapsedUs(),
      state: {
        state: 'running',
        dry,
        share: 0,
        leftMs: null,
        counts: nothingErased,
        error: null,
      },
    }
    this.#run = next
    void this.#follow(next)
    return next.state
  }

  look(customer: string): ErasureState {
    return this.#run?.customer === customer ? this.#run.state : idle
  }

  stop(customer: string): ErasureState {
    const run = this.#run
    if (run?.customer !== customer) return idle
    if (run.state.state === 'running') run.state = { ...run.state, state: 'stopped', leftMs: null }
    return run.state
  }

  async #follow(run: Run): Promise<void> {
    const { store, clock, sleep = Bun.sleep } = this.#given
    const { customer } = run
    const { dry } = run.state
    const erasure = { id: newCallId(), customer, before: clock.now(), dry }
    try {
      await sleep(settleMs)
      while (run.state.state === 'running') {
        const { counts, share, done } = await store.eraseSome(erasure)
        // It may have been stopped meanwhile.
        if (run.state.state !== 'running') break
        if (done && !dry) await this.#note(run, counts)
        run.state = {
          ...run.state,
          state: done ? 'done' : 'running',
          counts,
          share,
          leftMs: done || share === 0 ? null : this.#leftMs(run, share),
        }
        // Where the store is in this thread, whoever looks has a turn in between.
        await new Promise((resolve) => setImmediate(resolve))
      }
    } catch (error) {
      run.state = {
        ...run.state,
        state: 'failed',
        leftMs: null,
        error: `${(error as Error).message} What is gone is gone; begin again, and it goes on with the rest.`,
      }
    }
  }

  #leftMs({ startedUs }: Run, share: number): number {
    const elapsedMs = (this.#given.clock.elapsedUs() - startedUs) / 1_000
    return (elapsedMs * (1 - share)) / share
  }

  /** That it began is noted as every other write; this says what came of it. */
  #note({ customer, by }: Run, counts: ErasedCounts): Promise<void> {
    return this.#given.changes.add({
      key: by,
      method: 'POST',
      route: '/api/customers/*/erase',
      summary: `erased what the customer ${customer.slice(0, 120)} said: calls ${counts.calls}, pieces of prompts ${counts.pieces}, comments ${counts.comments}, kept answers and turns ${counts.kept}, cases of evaluations ${counts.cases}`,
      refused: null,
    })
  }
}

const idle: ErasureState = {
  state: 'idle',
  dry: true,
  share: 0,
  leftMs: null,
  counts: null,
  error: null,
}
