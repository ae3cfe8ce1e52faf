import type { Instant } from '../core/clock.ts'
import { type CallId, madeAt } from '../core/ids.ts'
import { type ErasedCounts, type Erasure, type ErasureStep, nothingErased } from './erasure.ts'
import type { EvalWords } from './eval-words.ts'
import { keptLabel } from './kept.ts'
import type { SqliteLedger } from './sqlite/ledger.ts'
import { dayOf } from './sqlite/by-day.ts'
import type { PayloadFiles } from './sqlite/payloads.ts'
import type { ShelfFile } from './sqlite/shelf.ts'

const dayUs = 86_400_000_000
/** Calls of one page: each of its rows is read whole. */
const pageCalls = 200

export interface ErasablePlaces {
  readonly ledger: SqliteLedger
  readonly payloads: PayloadFiles
  readonly shelf: ShelfFile
  readonly evals: EvalWords
}

/** How much of the work each part is, roughly: payloads are looked through row by row. */
const shares = { evals: 0.05, calls: 0.25, payloads: 0.95, kept: 1 }

/**
 * Finds what a customer said by the rows of its calls, and erases it, a step at a time.
 *
 * The order is made for whoever begins again after a crash: what leads to other words, as a case of an
 * evaluation leads to the calls that asked it, is erased after them.
 */
export class Eraser {
  readonly erasure: Erasure
  readonly #places: ErasablePlaces
  readonly #steps: AsyncGenerator<number>
  #counts: ErasedCounts = nothingErased
  #share = 0

  constructor(erasure: Erasure, places: ErasablePlaces) {
    this.erasure = erasure
    this.#places = places
    this.#steps = this.#run()
  }

  /** @throws SQLiteError, Error: begin again */
  async step(): Promise<ErasureStep> {
    const { value, done } = await this.#steps.next()
    if (done !== true) this.#share = Math.max(this.#share, value)
    return { counts: this.#counts, share: done === true ? 1 : this.#share, done: done === true }
  }

  /** It is not gone on with. */
  async end(): Promise<void> {
    await this.#steps.return(0)
  }

  async *#run(): AsyncGenerator<number> {
    const { dry, customer, before } = this.erasure
    const { evals, shelf, ledger } = this.#places
    const anew = new Map<string, Set<CallId>>()
    const askedBy = new Set<string>()
    const runs = evals.runs()
    const isMeant = (id: CallId): boolean => this.#isMeant(id)
    for (const [at, run] of runs.entries()) {
      const cases = evals.casesOf(run, isMeant)
      this.#count('cases', cases.length)
      for (const id of cases.flatMap((each) => each.askedBy)) {
        askedBy.add(id)
        // An answer may end on the day after the call began.
        for (const day of [dayOf(madeAt(id)), dayOf((madeAt(id) + dayUs) as Instant)]) {
          anew.set(day, (anew.get(day) ?? new Set()).add(id))
        }
      }
      yield (shares.evals * (at + 1)) / runs.length
    }
    yield* this.#comments()
    const days = this.#places.payloads.days()
    for (const [at, day] of days.entries()) {
      const width = (shares.payloads - shares.calls) / days.length
      for await (const share of this.#day(day, [...(anew.get(day) ?? [])]))
        yield shares.calls + width * (at + share)
    }
    if (dry) this.#count('kept', shelf.countOf(customer, before))
    else {
      for (let some = 1; some > 0; yield shares.payloads) {
        some = shelf.eraseSome(customer, before)
        this.#count('kept', some)
      }
      for (const name of askedBy.size === 0 ? [] : evals.answerFiles()) {
        await evals.eraseAnswers(name, askedBy)
        yield shares.payloads
      }
      for (const run of runs) {
        evals.eraseCases(run, isMeant)
        yield shares.payloads
      }
      shelf.cutLog()
      ledger.cutLog()
    }
  }

  /** What people wrote about its calls and sessions. */
  async *#comments(): AsyncGenerator<number> {
    const { ledger } = this.#places
    const { dry, before } = this.erasure
    const sessions = new Set<string>()
    const forget = dry ? ledger.countComments.bind(ledger) : ledger.eraseComments.bind(ledger)
    for await (const { calls, sessions: some } of this.#pages({ before })) {
      this.#count('comments', forget('call', calls, before))
      const fresh = some.filter((session) => !sessions.has(session))
      for (const session of fresh) sessions.add(session)
      this.#count('comments', forget('session', fresh, before))
      yield (shares.evals + shares.calls) / 2
    }
    yield shares.calls
  }

  async *#day(day: string, others: readonly CallId[]): AsyncGenerator<number> {
    const { payloads } = this.#places
    const { dry, before } = this.erasure
    const start = (Date.parse(`${day}T00:00:00Z`) * 1_000) as Instant
    const eraser = payloads.erasing(day)
    try {
      eraser.take(others)
      // A call is kept under the day on which it began, or its answer ended: batches wait for a day.
      const since = (start - 2 * dayUs) as Instant
      const until = Math.min(start + dayUs, before) as Instant
      if (until > since) {
        for await (const { calls } of this.#pages({ since, before: until })) {
          eraser.take(calls)
          yield 0
        }
      }
      for (const share of eraser.spare()) yield share / 2
      this.#count('calls', eraser.calls)
      yield 0.5
      if (!dry) for (const share of eraser.erase()) yield 0.5 + share / 2
      // Now, because somebody may have come to need one.
      this.#count('pieces', eraser.pieces)
    } catch (error) {
      throw new Error(
        `The prompts and answers of ${day} cannot be read and written: ${(error as Error).message}. Where payloads/${day}.db in the store is damaged, delete it while no gateway runs, and erase again.`,
        { cause: error },
      )
    } finally {
      payloads.erased(day)
    }
  }

  /** Its calls, the newest first. */
  async *#pages(span: {
    readonly since?: Instant
    readonly before: Instant
  }): AsyncGenerator<{ readonly calls: readonly CallId[]; readonly sessions: readonly string[] }> {
    const { ledger } = this.#places
    const { customer } = this.erasure
    const { since, before: until } = span
    let before: CallId | null = null
    do {
      const { attempts, next } = await ledger.calls({
        filters: { customer },
        ...(since === undefined ? {} : { since }),
        until,
        ...(before === null ? {} : { before }),
        limit: pageCalls,
      })
      yield {
        calls: [...new Set(attempts.map(({ callId }) => callId))],
        sessions: [...new Set(attempts.flatMap(({ session }) => session ?? []))],
      }
      before = next
    } while (before !== null)
  }

  #isMeant(id: CallId): boolean {
    const { customer, before } = this.erasure
    const [first] = this.#places.ledger.attempts(id)
    return first !== undefined && first.customer === keptLabel(customer) && first.at < before
  }

  #count(what: keyof ErasedCounts, more: number): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + more }
  }
}
