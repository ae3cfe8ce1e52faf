import { parentPort } from 'node:worker_threads'
import { measuredPoints, rents } from '../catalog/machines.ts'
import { breakEvenStudy, type StudyOrder } from '../control/economics/breakeven-study.ts'
import type { BreakEvenStudy } from '../control/economics/breakeven-types.ts'
import { stepBehindCalls } from './priority.ts'

/** Studies that simulate, away from where calls and queries run. */

export interface ToStudy {
  readonly id: number
  readonly order: StudyOrder
}

export type FromStudy =
  | { readonly id: number; readonly study: BreakEvenStudy }
  /** `asked`: the order cannot be carried out as it is, and the message says why. */
  | { readonly id: number; readonly message: string; readonly asked: boolean }

function carriedOut({ id, order }: ToStudy): FromStudy {
  try {
    return { id, study: breakEvenStudy(order, { points: measuredPoints(), rents: rents() }) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { id, message, asked: error instanceof RangeError }
  }
}

stepBehindCalls()

parentPort!.on('message', (told: ToStudy) => parentPort!.postMessage(carriedOut(told)))
