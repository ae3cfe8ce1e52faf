/** What is checked of a ledger, in the order in which it is told, and what each check promises. */
export const ledgerChecks = {
  structure: 'the pages of the database are whole',
  frames: 'every frame of the journal can be read',
  chain: 'each segment of the journal begins with the hash of the one before it',
  records: 'every record of the journal is a row, the same in every field',
  intents: 'every attempt that was begun has its record, or a row that counts it as unknown',
  numbers: 'no count, cost or time is negative, and no part is greater than its whole',
  attempts: 'the attempts of a call are numbered from 1 without a gap, none twice',
  costs: 'a cost is what the price list says for that instant',
  counts: 'there are as many rows as were counted',
  hours: 'sums by hour are the sums of their rows',
  days: 'sums by day are the sums of their hours',
  pace: 'times and failures by hour are those of their rows',
} as const

export type LedgerCheck = keyof typeof ledgerChecks

export interface Failure {
  /** The row, hour or place that is wrong. */
  readonly where: string
  readonly says: string
}

export interface CheckResult {
  readonly check: LedgerCheck
  /** How many things were looked at: rows, frames, segments, hours. */
  readonly looked: number
  readonly failed: number
  /** The first of them. */
  readonly failures: readonly Failure[]
}

/** What is on the ledger, and what is known not to be. */
export interface Completeness {
  readonly rows: number
  readonly calls: number
  /** Microseconds UTC, of the first and last attempt; null when there is none. */
  readonly first: number | null
  readonly last: number | null
  /** Attempts whose process died: that they were begun is known, what became of them is not. */
  readonly unknownOutcome: number
  readonly unknownCost: number
  readonly estimated: number
  /** Attempts whose rows are older than `retention.rows`; the sums still hold them. */
  readonly expired: number
  /** Frames that were read and are no row; they are kept as text. */
  readonly rejected: number
  /** Places of the journal that could not be read when it was taken in. */
  readonly journalFaults: number
  readonly segments: number
  /** Written by a version that did not link them. */
  readonly segmentsUnlinked: number
  /** Rows that the journal still holds, and that were compared with it. */
  readonly rowsInJournal: number
  /** Begun, and under way as the check ended. */
  readonly underWay: number
  /** Costs that no price list here can tell: see `threads/costs-by.ts`. */
  readonly costsUnchecked: number
}

export interface LedgerReport {
  readonly ok: boolean
  readonly checks: readonly CheckResult[]
  readonly completeness: Completeness
}

/** How far a check is. */
export interface Progress {
  readonly check: LedgerCheck
  readonly done: number
  /** Null when it is not known. */
  readonly of: number | null
}

/** Lets others have their turn, and tells how far it is. Throws to stop. */
export type Step = (progress: Progress) => Promise<void>

/** 'ID attempt 2' */
export function nameOf(callId: string, attempt: number): string {
  return `${callId} attempt ${attempt}`
}

const namedMax = 20

/** Gathers what the checks find: all of it counted, the first of each check by name. */
export class Findings {
  readonly #looked = new Map<LedgerCheck, number>()
  readonly #failures = new Map<LedgerCheck, Failure[]>()
  readonly #failed = new Map<LedgerCheck, number>()

  looked(check: LedgerCheck, count = 1): void {
    this.#looked.set(check, (this.#looked.get(check) ?? 0) + count)
  }

  fail(check: LedgerCheck, where: string, says: string): void {
    this.#failed.set(check, (this.#failed.get(check) ?? 0) + 1)
    const named = this.#failures.get(check) ?? []
    if (named.length < namedMax) named.push({ where, says })
    this.#failures.set(check, named)
  }

  results(): CheckResult[] {
    return (Object.keys(ledgerChecks) as LedgerCheck[]).map((check) => ({
      check,
      looked: this.#looked.get(check) ?? 0,
      failed: this.#failed.get(check) ?? 0,
      failures: this.#failures.get(check) ?? [],
    }))
  }
}
