import { parentPort } from 'node:worker_threads'
import { verifyLedger } from '../store/verify.ts'
import { carried } from '../store/thread/protocol.ts'
import { costsBy, type KnownPrices } from './costs-by.ts'
import type { LedgerReport, Progress } from '../store/findings.ts'
import type { CarriedError } from '../store/thread/protocol.ts'
import { stepBehindCalls } from './priority.ts'

/** A check of the ledger, away from where calls and queries run. It reads, and asks nobody. */

export interface VerifyOrder {
  readonly folder: string
  /** A gateway writes meanwhile. */
  readonly live: boolean
  readonly prices: KnownPrices
}

export type FromVerify =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'report'; readonly report: LedgerReport }
  | { readonly type: 'failed'; readonly error: CarriedError }

function post(message: FromVerify): void {
  parentPort?.postMessage(message)
}

/** A message of progress at most this often. */
const tellMs = 100

stepBehindCalls()

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
