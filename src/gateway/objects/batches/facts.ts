import type { Instant } from '../../../core/clock.ts'
import { outwardId } from '../ids.ts'
import type { LineFault } from '../batch-line.ts'

export type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled'

/** How a batch that began comes to its end. */
export type BatchEnding = 'completed' | 'expired' | 'cancelled'

/**
 * A batch that the gateway runs itself, as it lies on the disk: written when its state changes. How far
 * it has come its output files tell.
 */
export interface BatchFacts {
  /** 32 hex digits. */
  readonly id: string
  /** The key whose calls its lines are. */
  readonly owner: string
  readonly at: Instant
  readonly endpoint: string
  /** The file of its requests, by the gateway's own id. */
  readonly input: string
  /** '24h', as it was asked for. */
  readonly window: string
  readonly expiresAt: Instant
  readonly metadata: unknown
  /** Until when its answers are wanted: up to then lines wait for cheaper hours. Absent or null: at once. */
  readonly deadline?: Instant | null
  /** Lines that were given to vendors' own batches. */
  readonly vendors?: readonly VendorBatch[]
  /** Of the request that made it: for whom and what the calls are. */
  readonly headers: Readonly<Record<string, string>>
  /** How long its output is kept. */
  readonly keepMs: number
  readonly status: BatchStatus
  readonly ending: BatchEnding | null
  readonly errors: readonly NumberedFault[] | null
  /** Files that grow from its beginning, and are files from its end. */
  readonly output: string
  readonly error: string
  readonly hasOutput: boolean
  readonly hasError: boolean
  readonly total: number
  readonly completed: number
  readonly failed: number
  readonly moments: Readonly<Partial<Record<BatchStatus, Instant>>>
}

/** Lines of one model that lie in a vendor's own batch. */
export interface VendorBatch {
  readonly provider: string
  /** As the provider calls it. */
  readonly model: string
  /** Fingerprint of the key whose account has it. */
  readonly credential: string | null
  /** When it was given away: its lines cost what they cost then. */
  readonly at: Instant
  /** By which it is found again at the vendor. */
  readonly mark: string
  /** Places of its lines in the file of requests: from, and the first one behind. */
  readonly lines: readonly (readonly [number, number])[]
  /** The vendor's id; null while it is not known whether the vendor has it. */
  readonly id: string | null
  /** Nothing more comes of it. */
  readonly isOver: boolean
}

export interface NumberedFault extends LineFault {
  /** Null: the file as a whole. */
  readonly line: number | null
}

const final: ReadonlySet<BatchStatus> = new Set(['failed', 'completed', 'expired', 'cancelled'])

export function isOver({ status }: BatchFacts): boolean {
  return final.has(status)
}

/** As OpenAI writes it. */
export function batchJson(facts: BatchFacts): Readonly<Record<string, unknown>> {
  const { moments, errors } = facts
  const file = (id: string): string => outwardId('file', { provider: null, id })
  return {
    id: outwardId('batch', { provider: null, id: facts.id }),
    object: 'batch',
    endpoint: facts.endpoint,
    errors: errors === null ? null : { object: 'list', data: errors },
    input_file_id: file(facts.input),
    completion_window: facts.window,
    status: facts.status,
    output_file_id: facts.hasOutput ? file(facts.output) : null,
    error_file_id: facts.hasError ? file(facts.error) : null,
    created_at: seconds(facts.at),
    in_progress_at: seconds(moments.in_progress),
    expires_at: seconds(facts.expiresAt),
    finalizing_at: seconds(moments.finalizing),
    completed_at: seconds(moments.completed),
    failed_at: seconds(moments.failed),
    expired_at: seconds(moments.expired),
    cancelling_at: seconds(moments.cancelling),
    cancelled_at: seconds(moments.cancelled),
    request_counts: { total: facts.total, completed: facts.completed, failed: facts.failed },
    metadata: facts.metadata,
  }
}

function seconds(at: Instant | undefined): number | null {
  return at === undefined ? null : Math.floor(at / 1_000_000)
}
