import type { Decimal, Money } from '../core/money.ts'
import type { Secret } from '../core/secret.ts'

/** Of the daily look whether own machines pay. Amounts are USD as decimal text; null: as usual. */
export interface AdviceSettings {
  readonly watched: boolean
  /** Open weights that own machines would serve, by task. */
  readonly weights: ReadonlyMap<string, string>
  readonly gpu: string | null
  /** Of a card for an hour. */
  readonly rent: string | null
  /** Of an engineer. */
  readonly people: string | null
  /** A month. */
  readonly salary: string | null
  readonly hidden: string | null
}

/** What the process is told besides the snapshot that the pipeline reads. */
export interface Settings {
  readonly server: {
    readonly host: string
    /** 0: any that is free. */
    readonly port: number
    readonly workers: number
    readonly bodyLimitBytes: number
    readonly bodyTimeoutMs: number
    readonly drainMs: number
  }
  /** A folder; relative ones begin at the configuration file's, and so at the working directory's. */
  readonly storePath: string
  readonly timezone: string
  readonly alarmWebhook: Secret | null
  readonly files: { readonly bytesMax: number; readonly totalMax: number; readonly keepMs: number }
  readonly batches: { readonly concurrent: number; readonly atVendors: boolean }
  readonly ledger: { readonly whenUnavailable: 'refuse' | 'serve'; readonly queueBytesMax: number }
  /** Amounts are picodollars, those of cost by month. Null: not entered. */
  readonly economics: {
    readonly paymentShare: Decimal | null
    readonly paymentFixed: Money | null
    readonly servers: Money | null
    readonly people: Money | null
    readonly other: Money | null
    readonly cash: Money | null
    readonly revenueGrowth: number | null
    readonly costGrowth: number | null
    readonly advice: AdviceSettings
  }
  readonly retention: { readonly payloadsMs: number; readonly rowsMs: number }
}
