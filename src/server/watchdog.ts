import type { Alarms } from '../alarms/alarms.ts'
import type { LedgerHealth, Store } from '../store/ports.ts'

/** How often the store is looked at. */
const everyMs = 5_000
/** Thousands of attempts: they are loaded soon, unless something is wrong. */
const behindBytesMax = 8_000_000
const diskFreeMin = 1_000_000_000
/** What hovers about its limit is one alarm: it is over well on the other side. */
const behindBytesOver = behindBytesMax / 2
const diskFreeOver = 1.1 * diskFreeMin
/** Looks without a loss, ten minutes of them, after which no more are expected. */
const looksWithout = 120

/** Looks after what no call would notice: a ledger that falls behind, a disk that fills, lost payloads. */
export class Watchdog {
  readonly #store: Store
  readonly #alarms: Alarms
  #timer: ReturnType<typeof setInterval> | null = null
  #payloadsDropped: number | null = null
  #looksWithout = 0
  /** As it was last seen; null before the first look. */
  health: LedgerHealth | null = null

  constructor(store: Store, alarms: Alarms) {
    this.#store = store
    this.#alarms = alarms
  }

  start(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), everyMs)
    return this.look()
  }

  async look(): Promise<void> {
    let health: LedgerHealth
    try {
      health = await this.#store.health()
    } catch {
      return // the store's own faults are told where they happen
    }
    this.health = health
    this.#judge(
      'ledger_behind',
      health.behindBytes > behindBytesMax,
      health.behindBytes <= behindBytesOver,
      `${megabytes(health.behindBytes)} of the journal are not in the database yet. Figures lag behind; no row is lost.`,
    )
    const free = health.diskFreeBytes
    this.#judge(
      'disk_low',
      free !== null && free < diskFreeMin,
      free === null || free > diskFreeOver,
      `${megabytes(free ?? 0)} are left on the store's disk. When it is full, calls are refused.`,
    )
    const before = this.#payloadsDropped ?? health.payloadsDropped
    this.#payloadsDropped = health.payloadsDropped
    this.#looksWithout = health.payloadsDropped > before ? 0 : this.#looksWithout + 1
    this.#judge(
      'payloads_dropped',
      health.payloadsDropped > before,
      this.#looksWithout >= looksWithout,
      `${health.payloadsDropped - before} prompts or answers were not kept. Their rows are on the ledger all the same.`,
    )
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  #judge(
    kind: 'ledger_behind' | 'disk_low' | 'payloads_dropped',
    bad: boolean,
    over: boolean,
    text: string,
  ): void {
    if (bad) this.#alarms.raise(kind, 'store', text)
    else if (over) this.#alarms.resolve(kind, 'store')
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}
