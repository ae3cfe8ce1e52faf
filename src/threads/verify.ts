import { parentPort } from 'node:worker_threads'
import { makeCatalog } from '../catalog/catalog.ts'
import type { Model, PriceSegment } from '../catalog/model.ts'
import { costAt, priceAt } from '../catalog/price.ts'
import { madeAt } from '../core/ids.ts'
import type { AttemptRecord } from '../core/record.ts'
import type { CostOf } from '../store/sqlite/verify.ts'
import { verifyLedger } from '../store/verify.ts'
import { carried } from '../store/thread/protocol.ts'
import type { LedgerReport, Progress } from '../store/findings.ts'
import type { CarriedError } from '../store/thread/protocol.ts'

/** A check of the ledger, away from where calls and queries run. It reads, and asks nobody. */

export interface VerifyOrder {
  readonly folder: string
  /** A gateway writes meanwhile. */
  readonly live: boolean
  readonly prices: KnownPrices
}

/** Prices as the configuration in force has them. */
export interface KnownPrices {
  readonly models: readonly Model[]
  /** Prices of own contracts, and the configuration that they stand in. */
  readonly own: readonly {
    readonly provider: string
    readonly model: string
    readonly segment: PriceSegment
  }[]
  readonly configHash: string
}

export type FromVerify =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'report'; readonly report: LedgerReport }
  | { readonly type: 'failed'; readonly error: CarriedError }

function post(message: FromVerify): void {
  parentPort?.postMessage(message)
}

/** What a row should have cost, by the price that it names. */
function costsBy({ models, own, configHash }: KnownPrices): CostOf {
  const catalog = makeCatalog(models)
  const owned = new Map(own.map((each) => [`${each.provider}/${each.model}`, each.segment]))
  return (record) => {
    const { priceId, usage, provider, model, at, callId } = record
    // What a correction adds is the difference of two prices, of which the list has one.
    if (record.role === 'correction') return 'unchecked'
    if (priceId === null || usage === null || provider === null || model === null)
      return 'unchecked'
    const found = catalog.find(provider, model, at)?.model
    const id = priceId.slice(priceId.lastIndexOf('@') + 1)
    if (record.costSource === 'own') {
      // What the file said under another configuration is not known any more.
      if (record.configHash !== configHash) return 'unchecked'
      const segment =
        owned.get(`${provider}/${model}`) ?? owned.get(`${provider}/${found?.id ?? model}`)
      return segment ? costAt(segment, usage, at) : 'unchecked'
    }
    if (record.costSource !== 'table' || !found) return 'unchecked'
    const instants = [at, madeAt(callId)]
    if (found.prices.some((segment) => segment.id === id))
      return tabled(found.prices, record, id, instants)
    // Of a version that the price book has replaced: all that was believed together.
    const before = found.pricesBefore?.findLast((segment) => segment.id === id)
    return before ? tabled([before], record, id, instants) : 'unchecked'
  }
}

/** The plan of a call may be a moment older than the attempt, so either instant may choose the price. */
function tabled(
  prices: readonly PriceSegment[],
  { usage, at }: AttemptRecord,
  id: string,
  instants: readonly AttemptRecord['at'][],
): ReturnType<CostOf> {
  const held = instants.map((instant) => priceAt(prices, instant))
  const segment = held.find((each) => each?.id === id) ?? held[0]
  return segment && usage ? costAt(segment, usage, at) : 'unchecked'
}

/** A message of progress at most this often. */
const tellMs = 100

parentPort!.on('message', ({ folder, live, prices }: VerifyOrder) => {
  let told = 0
  verifyLedger({
    folder,
    live,
    costOf: costsBy(prices),
    step: async (progress) => {
      const now = performance.now()
      if (now - told < tellMs) return
      told = now
      post({ type: 'progress', progress })
    },
  }).then(
    (report) => post({ type: 'report', report }),
    (error: unknown) => post({ type: 'failed', error: carried(error) }),
  )
})
