import type { Instant } from './clock.ts'
import { type CallId, isCallId } from './ids.ts'
import type { Money } from './money.ts'
import { type AttemptRecord, noExchange } from './record.ts'

/**
 * Why an attempt is rated anew. A change of price is no reason: it never touches the past.
 * - `table_error`: the price that was believed then was not the one that the vendor charged;
 * - `usage_error`: what was counted was not what was used;
 * - `contract`: other prices were agreed than those of the list.
 */
export const correctionKinds = ['table_error', 'usage_error', 'contract'] as const

export type CorrectionKind = (typeof correctionKinds)[number]

export interface Correction {
  readonly id: CallId
  readonly at: Instant
  readonly kind: CorrectionKind
  /** What is added to the cost of the attempt; may be negative. */
  readonly difference: Money
  readonly priceId: string | null
  readonly configHash: string
}

/** Which attempt a correction is of. */
export interface Corrected {
  readonly kind: CorrectionKind
  readonly callId: CallId
  readonly attempt: number
}

/**
 * A row of its own that sums with the others: the attempt's row stays as it is, what was booked wrongly is
 * booked beside it, on the day on which that was found out.
 */
export function correctionOf(record: AttemptRecord, correction: Correction): AttemptRecord {
  const { id, at, kind, difference, priceId, configHash } = correction
  return {
    ...record,
    ...noExchange,
    modelServed: record.modelServed,
    mode: record.mode,
    region: record.region,
    callId: id,
    attempt: 0,
    at,
    role: 'correction',
    reason: `${kind} of attempt ${record.attempt} of ${record.callId}`,
    configHash,
    cost: difference,
    costSource: kind === 'contract' ? 'own' : 'table',
    priceId,
    stream: false,
    endState: 'complete',
  }
}

const pattern = /^(\w+) of attempt (\d{1,9}) of ([0-9a-f-]{36})$/

/** Null for a row that is no correction. */
export function correctedBy({ role, reason }: AttemptRecord): Corrected | null {
  if (role !== 'correction' || reason === null) return null
  const [, name = '', attempt = '', callId = ''] = pattern.exec(reason) ?? []
  const kind = correctionKinds.find((each) => each === name)
  return kind !== undefined && isCallId(callId) ? { kind, callId, attempt: Number(attempt) } : null
}
