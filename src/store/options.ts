import type { Masker } from './mask.ts'

/** What may be set of the embedded store. */
export interface StoreOptions {
  /** Where days and hours of costs begin: 'Europe/Berlin'. A change adds up past days anew. */
  readonly timeZone: string
  /** Rows of attempts are kept this long; sums by hour and day for ever. */
  readonly rowsDays: number
  /** Prompts and answers are kept this long. */
  readonly payloadDays: number
  /** Of all prompts and answers on the disk; above it the oldest day goes first. */
  readonly payloadBytesMax: number
  /** Of each kind of items on the shelf; above it the oldest go first. */
  readonly shelfBytesMax: number
}

export const storeDefaults: StoreOptions = {
  timeZone: 'UTC',
  rowsDays: 396,
  payloadDays: 30,
  payloadBytesMax: 10_000_000_000,
  shelfBytesMax: 1_000_000_000,
}

/** What is no data, and so is handed to the thread where the store lives. */
export interface StoreTools {
  /** Null: payloads in mode 'redacted' are dropped. */
  readonly masker: Masker | null
  /** Called behind each row or payload that is brought in: whoever shares a core with others may rest. */
  readonly rest?: () => void
}
