import { isOwnPrice } from '../catalog/catalog.ts'
import type { PriceSegment } from '../catalog/model.ts'
import type { Instant } from '../core/clock.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { LedgerCheckup } from '../server/control.ts'
import type { KnownPrices } from '../threads/costs-by.ts'
import type { FromVerify, VerifyOrder } from '../threads/verify.ts'
import { threadFile } from './thread-file.ts'

type State = ReturnType<LedgerCheckup['look']>

/** One check of the ledger at a time, on a thread that lives as long as the check. */
export class LedgerVerifier implements LedgerCheckup {
  readonly #folder: string
  readonly #live: boolean
  readonly #prices: () => KnownPrices
  #thread: Worker | null = null
  #state: State = { state: 'idle', progress: null, report: null, error: null }

  /** @param live  true where a gateway writes the ledger meanwhile */
  constructor(folder: string, live: boolean, prices: () => KnownPrices) {
    this.#folder = folder
    this.#live = live
    this.#prices = prices
  }

  start(): State {
    if (this.#thread) return this.#state
    this.#state = { state: 'running', progress: null, report: null, error: null }
    const thread = new Worker(threadFile('verify'))
    this.#thread = thread
    thread.addEventListener('message', ({ data }) => this.#hear(data as FromVerify))
    thread.addEventListener('error', (event) => {
      event.preventDefault()
      this.#end({ state: 'failed', progress: null, report: null, error: event.message })
    })
    const order: VerifyOrder = { folder: this.#folder, live: this.#live, prices: this.#prices() }
    thread.postMessage(order)
    return this.#state
  }

  look(): State {
    return this.#state
  }

  stop(): State {
    if (this.#thread) this.#end({ state: 'stopped', progress: null, report: null, error: null })
    return this.#state
  }

  #hear(message: FromVerify): void {
    if (!this.#thread) return
    if (message.type === 'progress') {
      this.#state = { ...this.#state, progress: message.progress }
      return
    }
    this.#end(
      message.type === 'report'
        ? { state: 'done', progress: null, report: message.report, error: null }
        : { state: 'failed', progress: null, report: null, error: message.error.message },
    )
  }

  #end(state: State): void {
    this.#state = state
    this.#thread?.terminate()
    this.#thread = null
  }
}

/** The prices of a snapshot as data: what goes to another thread has no functions. */
export function knownPrices({ providers, catalog, hash }: Snapshot, now: Instant): KnownPrices {
  const models = [...providers.keys()].flatMap((id) => catalog.models(id))
  const own = models.flatMap(({ provider, id, modes = {} }) => {
    const usual: PriceSegment | null = catalog.find(provider, id, now)?.segment ?? null
    return [usual, ...Object.values(modes).flat()].flatMap((segment) =>
      segment !== null && isOwnPrice(segment) ? [{ provider, model: id, segment }] : [],
    )
  })
  return { models, own, configHash: hash }
}
