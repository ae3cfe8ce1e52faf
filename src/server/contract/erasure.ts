/** /api/customers/NAME/erase. */
export interface ErasureJson {
  readonly customer: string
  /** 'idle': none was begun for this customer since the gateway started. */
  readonly state: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  /** True: nothing goes, and `counts` says what would. */
  readonly dry: boolean
  /** Of the work, from 0 to 1. */
  readonly share: number
  /** Null where it is not known yet, and where nothing runs. */
  readonly seconds_left: number | null
  /** Null where none was begun. */
  readonly counts: ErasedCountsJson | null
  readonly error: string | null
  /** What stays, in sentences. */
  readonly not_reached: readonly string[]
}

export interface ErasedCountsJson {
  /** Calls of which a prompt or an answer was kept. */
  readonly calls: number
  /** Long pieces of their prompts that no call of anybody else needs. */
  readonly pieces: number
  readonly comments: number
  /** Kept answers, turns and conversations. */
  readonly kept: number
  /** Cases of evaluations. */
  readonly cases: number
}
