import type { Instant } from '../../core/clock.ts'
import { type CallId, firstIdAt } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import { type AttemptRecord, type Intent, isAside } from '../../core/record.ts'
import { Calendar, hourUs } from '../calendar.ts'
import { type CertificateDraft, type CertificateRow, linkedTo } from '../certificate.ts'
import type {
  FeedbackQuery,
  FeedbackRate,
  FeedbackRateQuery,
  FeedbackRow,
  FeedbackWords,
} from '../feedback.ts'
import { type Erasure, type ErasureStep, nothingErased } from '../erasure.ts'
import { keptLabel, keptRecord } from '../kept.ts'
import { masked, type Masker } from '../mask.ts'
import {
  type AlarmRow,
  type CallPage,
  type CallQuery,
  type CostQuery,
  type CostReport,
  costRowsMax,
  dimensions,
  type Filters,
  type KeyRow,
  type LedgerHealth,
  type LedgerWriter,
  pageCallsMax,
  type Payload,
  type PayloadWriter,
  type SpanQuery,
  type SpanReport,
  spanRowsMax,
  type Spent,
  type SpentQuery,
  type Store,
  type WholeCall,
} from '../ports.ts'
import {
  addPace,
  hoursOf,
  isExchange,
  type PaceEntry,
  performanceOf,
  type PerformanceQuery,
  type PerformanceReport,
} from '../performance.ts'
import type { PriceDraft, PriceRow } from '../prices.ts'
import type { RevenueAdded, RevenueRow, RevenueSpan } from '../revenue.ts'
import { scannedOf, type ScanPage, ScanPages, type ScanQuery } from '../scan.ts'
import { MemoryFeedback } from './feedback.ts'
import { MemoryPrices } from './prices.ts'
import { MemoryRevenue } from './revenue.ts'
import { addRecord, addSums, costRow, dimensionsOf, isError, noSums, type Sums } from '../sums.ts'

/**
 * The store in memory, for tests and dry runs. It keeps what every backend keeps and forgets it with
 * the process; nothing is bounded and nothing expires.
 */
export class MemoryLedger implements LedgerWriter, Store, PayloadWriter {
  readonly #calendar: Calendar
  readonly #masker: Masker | null
  /** In the order in which they came. */
  readonly #records: AttemptRecord[] = []
  readonly #known = new Set<string>()
  readonly #intents = new Map<string, Intent>()
  readonly #payloads: Payload[] = []
  readonly #erased = new Set<string>()
  readonly #keys = new Map<string, KeyRow>()
  readonly #alarms = new Map<string, AlarmRow>()
  readonly #feedback: MemoryFeedback
  readonly #certificates: CertificateRow[] = []
  readonly #prices = new MemoryPrices()
  readonly #revenue = new MemoryRevenue()
  #payloadsDropped = 0

  /** @param masker  null: payloads in mode 'redacted' are dropped */
  constructor(timeZone = 'UTC', masker: Masker | null = null) {
    this.#calendar = new Calendar(timeZone)
    this.#masker = masker
    this.#feedback = new MemoryFeedback(masker)
  }

  /** Attempts that were begun and have no record yet. */
  get open(): readonly Intent[] {
    return [...this.#intents.values()]
  }

  intend(intent: Intent): void {
    this.#intents.set(keyOf(intent), intent)
  }

  append(record: AttemptRecord): void {
    const key = keyOf(record)
    this.#intents.delete(key)
    if (this.#known.has(key)) return
    this.#known.add(key)
    this.#records.push(keptRecord(record))
  }

  async flushed(): Promise<void> {}

  keep(payload: Payload): void {
    if (payload.mode === 'redacted' && !this.#masker) this.#payloadsDropped += 1
    else this.#payloads.push(this.#masker ? masked(payload, this.#masker) : payload)
  }

  async calls(query: CallQuery): Promise<CallPage> {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > pageCallsMax) {
      throw new RangeError(`A page holds 1 to ${pageCallsMax} calls, not ${query.limit}.`)
    }
    const ids = this.#inOrder(query)
    const page = ids.slice(0, query.limit)
    const attempts = page.flatMap((id) => this.#attempts(id))
    return { attempts, next: ids.length > page.length ? page.at(-1)! : null }
  }

  async call(id: CallId): Promise<WholeCall | null> {
    const attempts = this.#attempts(id)
    if (attempts.length === 0) return null
    const payloads = this.#payloads.filter(({ callId }) => callId === id)
    const request = payloads.find((payload) => payload.request !== null)?.request ?? null
    const answers = payloads.flatMap(({ attempt, answer }) =>
      answer === null ? [] : [[attempt, answer] as const],
    )
    return {
      attempts,
      request: request === null ? null : valueOf(request),
      answers: new Map(answers),
      payloadNote: payloads.length > 0 ? null : this.#erased.has(id) ? 'erased' : 'none kept',
    }
  }

  async costs({ by, filters, since, until }: CostQuery): Promise<CostReport> {
    const from = this.#calendar.hourStart(since)
    const to = (this.#calendar.hourStart((until - 1) as Instant) + hourUs) as Instant
    const groups = new Map<string, { time: number; values: (string | null)[]; sums: Sums }>()
    const total = noSums()
    for (const record of this.#records) {
      const hour = this.#calendar.hourStart(record.at)
      if (hour < from || hour >= to || !hasAll(record, filters)) continue
      const values = by.map((name) => this.#groupOf(record, name))
      const time = by.includes('hour')
        ? hour
        : by.includes('day')
          ? this.#calendar.dayStart(record.at)
          : 0
      const key = JSON.stringify(values)
      const group = groups.get(key) ?? { time, values, sums: noSums() }
      groups.set(key, group)
      addRecord(group.sums, record)
    }
    for (const { sums } of groups.values()) addSums(total, sums)
    const dearest = [...groups.values()]
      .toSorted((left, right) => Number(right.sums.cost - left.sums.cost))
      .slice(0, costRowsMax)
    const rows = dearest
      .toSorted((left, right) => left.time - right.time)
      .map(({ values, sums }) => costRow(values, sums))
    const cut = groups.size > costRowsMax
    return { rows, total: costRow([], total), since: from, until: to, cut }
  }

  async spanSums({ spans, by, filters }: SpanQuery): Promise<SpanReport> {
    const groups = new Map<string, { values: (string | null)[]; sums: Sums }>()
    for (const { label, since, until } of spans) {
      const from = this.#calendar.hourStart(since)
      const to = this.#calendar.hourStart((until - 1) as Instant) + hourUs
      for (const record of this.#records) {
        const hour = this.#calendar.hourStart(record.at)
        if (hour < from || hour >= to || !hasAll(record, filters)) continue
        const values = [label, ...by.map((name) => dimensionsOf(record)[name])]
        const key = JSON.stringify(values)
        const group = groups.get(key) ?? { values, sums: noSums() }
        groups.set(key, group)
        addRecord(group.sums, record)
      }
    }
    const dearest = [...groups.values()].toSorted((left, right) =>
      Number(right.sums.cost - left.sums.cost),
    )
    return {
      rows: dearest.slice(0, spanRowsMax).map(({ values, sums }) => costRow(values, sums)),
      cut: dearest.length > spanRowsMax,
    }
  }

  async performance(query: PerformanceQuery): Promise<PerformanceReport> {
    const { since, until } = hoursOf(query, this.#calendar)
    const entries = this.#records.flatMap((record): PaceEntry[] => {
      const hour = this.#calendar.hourStart(record.at)
      if (hour < since || hour >= until || !isExchange(record)) return []
      if (!hasAll(record, query.filters)) return []
      const { provider, model, task } = dimensionsOf(record)
      const series = { provider: provider!, model: model!, task }
      return [{ hour, series, addTo: (pace) => addPace(pace, record, hour) }]
    })
    return performanceOf(query, this.#calendar, entries, null)
  }

  async scan({ filters, since, until, after, rows }: ScanQuery): Promise<ScanPage> {
    const [from, below] = [firstIdAt(since), firstIdAt(until)]
    const fitting = this.#records
      .filter(({ callId }) => callId < below && (after === null ? callId >= from : callId > after))
      .filter((record) => hasAll(record, filters))
      .toSorted((left, right) =>
        left.callId === right.callId
          ? left.attempt - right.attempt
          : left.callId < right.callId
            ? -1
            : 1,
      )
      .flatMap((record) => {
        const scanned = scannedOf(record)
        return scanned === null ? [] : [{ scanned, callId: record.callId }]
      })
    const last = fitting[rows - 1]
    const whole = last
      ? fitting.slice(0, rows).filter(({ callId }) => callId !== last.callId)
      : fitting
    const pages = new ScanPages()
    for (const { scanned } of whole) pages.add(scanned)
    return pages.page(whole.length, last ? (whole.at(-1) ?? last).callId : null)
  }

  prices(): Promise<readonly PriceRow[]> {
    return this.#prices.prices()
  }

  addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]> {
    return this.#prices.addPrices(drafts, at)
  }

  decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null> {
    return this.#prices.decidePrice(id, confirmed, at)
  }

  addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded> {
    return this.#revenue.addRevenue(rows)
  }

  revenue(span: RevenueSpan): Promise<readonly RevenueRow[]> {
    return this.#revenue.revenue(span)
  }

  async spent({ windows }: SpentQuery): Promise<readonly Spent[]> {
    return windows.flatMap(({ scope, value, since }) => {
      const sums = new Map<string, Sums>()
      for (const record of this.#records) {
        const name = dimensionsOf(record)[scope]
        if (name === null || record.at < since) continue
        if (scope !== 'provider' && isAside(record.role)) continue
        if (value !== null && name !== keptLabel(value)) continue
        const known = sums.get(name) ?? noSums()
        sums.set(name, known)
        addRecord(known, record)
      }
      return [...sums].map(([name, { cost, costUnknown }]) => ({
        scope,
        value: name,
        since,
        cost: cost as Money,
        costUnknown,
      }))
    })
  }

  async health(): Promise<LedgerHealth> {
    return {
      rows: this.#records.length,
      behindBytes: 0,
      recovered: 0,
      journalFaults: 0,
      rejected: 0,
      payloadsKept: this.#payloads.length,
      payloadsDropped: this.#payloadsDropped,
      shelfDropped: 0,
      diskFreeBytes: null,
      storeBytes: 0,
      threadRestarts: 0,
    }
  }

  async keys(): Promise<readonly KeyRow[]> {
    return [...this.#keys.values()].toSorted(
      (left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1),
    )
  }

  async addKey(key: KeyRow): Promise<void> {
    if (this.#keys.has(key.id)) throw new RangeError(`There is a key named ${key.id} already.`)
    this.#keys.set(key.id, key)
  }

  async revokeKey(id: string, at: Instant): Promise<boolean> {
    const key = this.#keys.get(id)
    if (!key || key.revokedAt !== null) return false
    this.#keys.set(id, { ...key, revokedAt: at })
    return true
  }

  async setKeyBudget(id: string, budget: KeyRow['budget']): Promise<boolean> {
    const key = this.#keys.get(id)
    if (!key || key.revokedAt !== null) return false
    this.#keys.set(id, { ...key, budget })
    return true
  }

  async putAlarm(row: AlarmRow): Promise<void> {
    this.#alarms.set(JSON.stringify([row.kind, row.subject, row.firstAt]), row)
  }

  async alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return [...this.#alarms.values()]
      .filter(({ resolvedAt }) => !query.openOnly || resolvedAt === null)
      .toSorted((left, right) => right.lastAt - left.lastAt)
      .slice(0, query.limit)
  }

  addFeedback(row: FeedbackRow, words: FeedbackWords): Promise<FeedbackRow> {
    return this.#feedback.addFeedback(row, words)
  }

  feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]> {
    return this.#feedback.feedback(query)
  }

  feedbackRates(query: FeedbackRateQuery): Promise<readonly FeedbackRate[]> {
    return this.#feedback.feedbackRates(query)
  }

  async eraseSome({ customer, before, dry }: Erasure): Promise<ErasureStep> {
    const rows = this.#records.filter(
      (record) => record.customer === keptLabel(customer) && record.at < before,
    )
    const calls = new Set<string>(rows.map(({ callId }) => callId))
    const sessions = new Set(rows.map(({ session }) => session))
    const said = this.#payloads.filter(({ callId }) => calls.has(callId))
    const comments = this.#feedback.erase(
      ({ target, at }) => at < before && (target.kind === 'call' ? calls : sessions).has(target.id),
      dry,
    )
    const words = new Set(said.map(({ callId }) => callId))
    if (!dry) {
      for (const id of words) this.#erased.add(id)
      for (const payload of said) this.#payloads.splice(this.#payloads.indexOf(payload), 1)
    }
    const counts = { ...nothingErased, calls: words.size, comments }
    return { counts, share: 1, done: true }
  }

  async addCertificate(draft: CertificateDraft): Promise<CertificateRow> {
    const row = linkedTo(this.#certificates.at(-1) ?? null, draft)
    this.#certificates.push(row)
    return row
  }

  async certificates(): Promise<readonly CertificateRow[]> {
    return [...this.#certificates]
  }

  async close(): Promise<void> {}

  /** The calls that a query means, in the order in which it wants them. */
  #inOrder(query: CallQuery): CallId[] {
    const { before, after } = query
    const meant = new Set(
      this.#records.filter((record) => isMeant(record, query)).map(({ callId }) => callId),
    )
    if (after !== undefined) {
      const last = this.#records.findLastIndex(({ callId }) => callId === after)
      const later = last === -1 ? this.#laterThan(after) : this.#records.slice(last + 1)
      return [...new Set(later.map(({ callId }) => callId))].filter((id) => meant.has(id))
    }
    return [...meant]
      .filter((id) => before === undefined || id < before)
      .toSorted()
      .toReversed()
  }

  #laterThan(id: CallId): AttemptRecord[] {
    return this.#records
      .filter(({ callId }) => callId > id)
      .toSorted((left, right) => (left.callId < right.callId ? -1 : 1))
  }

  #attempts(id: CallId): AttemptRecord[] {
    return this.#records
      .filter(({ callId }) => callId === id)
      .toSorted((left, right) => left.attempt - right.attempt)
  }

  #groupOf(record: AttemptRecord, name: CostQuery['by'][number]): string | null {
    if (name === 'day') return this.#calendar.dayLabel(record.at)
    if (name === 'hour') return this.#calendar.hourLabel(this.#calendar.hourStart(record.at))
    return dimensionsOf(record)[name]
  }
}

function keyOf({ callId, attempt }: Pick<Intent, 'callId' | 'attempt'>): string {
  return `${callId} ${attempt}`
}

function isMeant(record: AttemptRecord, query: CallQuery): boolean {
  const { filters, session, status, since, until, costMin, costUnknown, totalUsMin } = query
  return (
    hasAll(record, filters) &&
    (session === undefined || record.session === keptLabel(session)) &&
    (status === undefined || isError(record) === (status === 'error')) &&
    (costMin === undefined || (record.cost !== null && record.cost >= costMin)) &&
    (costUnknown !== true || record.cost === null) &&
    (totalUsMin === undefined || (record.totalUs ?? -1) >= totalUsMin) &&
    (since === undefined || record.at >= since) &&
    (until === undefined || record.at < until)
  )
}

function hasAll(record: AttemptRecord, filters: Filters): boolean {
  const values = dimensionsOf(record)
  return dimensions.every((name) => {
    const wanted = filters[name]
    return wanted === undefined || values[name] === keptLabel(wanted)
  })
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
