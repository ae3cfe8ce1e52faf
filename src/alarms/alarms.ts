import type { Clock, Instant } from '../core/clock.ts'
import type { AlarmBook, AlarmRow } from '../store/ports.ts'

/** What can be alarming. One place raises them all, and each has a subject that it is about. */
const alarmKinds = {
  unknown_price: 'warning',
  budget_near: 'warning',
  budget_spent: 'critical',
  provider_down: 'critical',
  provider_key: 'critical',
  provider_quota: 'critical',
  provider_arrears: 'critical',
  overloaded: 'critical',
  invoice_drift: 'warning',
  ledger_behind: 'warning',
  ledger_fault: 'critical',
  payloads_dropped: 'warning',
  disk_low: 'critical',
  configuration_refused: 'warning',
  intents_recovered: 'warning',
  worker_died: 'warning',
  routing_void: 'warning',
  routing_quality: 'critical',
  canary_rolled_back: 'warning',
  drill_stopped: 'warning',
  own_machines_pay: 'notice',
} as const satisfies Record<string, AlarmRow['severity']>

export type AlarmKind = keyof typeof alarmKinds

export type Deliver = (alarm: AlarmRow) => void

/** An alarm that is still open is told again after this long. */
const againUs = 3_600_000_000

/** Subjects come from models, keys and customers, which callers make up: the map is bounded. */
const openMax = 1_000
/** Rows that are read at once of what an earlier process left open. */
const leftMax = 1_000

/**
 * Raises alarms once and not for each call that meets them: a condition is open from its first sign
 * until it is resolved, is told when it opens and every hour while it lasts, and is counted in between.
 */
export class Alarms {
  readonly #clock: Clock
  readonly #book: Pick<AlarmBook, 'putAlarm'>
  readonly #open = new Map<string, AlarmRow>()
  readonly #told = new Map<string, number>()
  #deliver: Deliver
  /** Rows that could not be written; the condition is still shown and delivered. */
  unwritten = 0

  constructor(clock: Clock, book: Pick<AlarmBook, 'putAlarm'>, deliver: Deliver) {
    this.#clock = clock
    this.#book = book
    this.#deliver = deliver
  }

  /** Where alarms go from now on: a reload may name another webhook. */
  deliverTo(deliver: Deliver): void {
    this.#deliver = deliver
  }

  raise(kind: AlarmKind, subject: string, text: string): void {
    const name = `${kind} ${subject}`
    const now = this.#clock.now()
    const open = this.#open.get(name)
    const row: AlarmRow = {
      kind,
      subject,
      severity: alarmKinds[kind],
      text,
      firstAt: open?.firstAt ?? now,
      lastAt: now,
      count: (open?.count ?? 0) + 1,
      resolvedAt: null,
    }
    this.#open.set(name, row)
    if (this.#open.size > openMax) this.#forget(this.#leastMissed())
    const told = this.#told.get(name)
    if (told !== undefined && now - told < againUs) return
    this.#told.set(name, now)
    this.#write(row)
    this.#deliver(row)
  }

  resolve(kind: AlarmKind, subject: string): void {
    const name = `${kind} ${subject}`
    const open = this.#open.get(name)
    if (open === undefined) return
    this.#forget(name)
    const row: AlarmRow = { ...open, resolvedAt: this.#clock.now() }
    this.#write(row)
    this.#deliver(row)
  }

  /** What is open now, newest first. */
  open(): readonly AlarmRow[] {
    return [...this.#open.values()].toSorted((left, right) => right.lastAt - left.lastAt)
  }

  /** The oldest of the kind that most are of: a thousand names of one kind push out no alarm of another. */
  #leastMissed(): string {
    const byKind = Map.groupBy(this.#open, ([, { kind }]) => kind)
    const [most] = [...byKind.values()].toSorted((left, right) => right.length - left.length)
    return most![0]![0]
  }

  #forget(name: string): void {
    this.#open.delete(name)
    this.#told.delete(name)
  }

  #write(row: AlarmRow): void {
    this.#book.putAlarm(row).catch(() => {
      this.unwritten += 1
    })
  }
}

/**
 * Closes what an earlier process left open in the book: what still holds is raised anew.
 * @param since  when this one began
 */
export async function closeLeft(
  book: Pick<AlarmBook, 'alarms' | 'putAlarm'>,
  since: Instant,
): Promise<void> {
  for (;;) {
    const open = await book.alarms({ openOnly: true, limit: leftMax })
    const left = open.filter(({ lastAt }) => lastAt < since)
    for (const row of left) await book.putAlarm({ ...row, resolvedAt: since })
    if (left.length === 0 || open.length < leftMax) return
  }
}
