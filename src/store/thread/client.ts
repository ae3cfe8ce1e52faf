import { type Instant, systemClock } from '../../core/clock.ts'
import { ledgerUnavailable } from '../../core/errors.ts'
import type { CallId } from '../../core/ids.ts'
import type { CertificateDraft, CertificateRow } from '../certificate.ts'
import type { Erasure, ErasureStep } from '../erasure.ts'
import type {
  FeedbackQuery,
  FeedbackRate,
  FeedbackRateQuery,
  FeedbackRow,
  FeedbackWords,
} from '../feedback.ts'
import { laneOf, laneStart } from '../lanes.ts'
import type { StoreOptions } from '../options.ts'
import type {
  AlarmRow,
  CallPage,
  CallQuery,
  CostQuery,
  CostReport,
  KeyRow,
  LedgerHealth,
  Payload,
  PayloadWriter,
  Shelf,
  SpanQuery,
  SpanReport,
  Spent,
  SpentQuery,
  Store,
  WholeCall,
} from '../ports.ts'
import type { PerformanceQuery, PerformanceReport } from '../performance.ts'
import type { PriceDraft, PriceRow } from '../prices.ts'
import type { RevenueAdded, RevenueRow, RevenueSpan } from '../revenue.ts'
import type { ScanPage, ScanQuery } from '../scan.ts'
import { PayloadQueue } from './payload-queue.ts'
import {
  type Answer,
  type Args,
  type FromLedger,
  handedOver,
  type Method,
  type Part,
  revived,
  type Tick,
  tickMs,
  type ToLedger,
} from './protocol.ts'
import { ShelfClient } from './shelf.ts'
import { unpackedSums } from './sums-pack.ts'

/** The part that failed; 'thread' when all of it did. */
export type StorePart = Part | 'thread'

export interface ClientOptions {
  /** Starts the ledger's thread: a Worker on `threads/ledger.ts`. */
  readonly spawn: () => Worker
  readonly folder: string
  readonly options: StoreOptions
  /** Bytes of payloads that may wait, here and on the way. */
  readonly queueBytesMax?: number
  /** A part of the store fails, and why; null when it works again. */
  readonly onFault?: (part: StorePart, error: Error | null) => void
}

const respawnMsMin = 100
const respawnMsMax = 5000
interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A thread that writes a lane of the journal: it is handed a port to each ledger's thread there is. */
interface Joined {
  readonly lane: number
  readonly hand: (port: MessagePort) => void
}

/**
 * The store as the thread that serves calls sees it: everything is asked of the ledger's thread, and
 * nothing here waits for a disk. When that thread dies, what was asked is refused, and it is started
 * again; the journal keeps what it had not yet loaded.
 */
export class StoreClient implements Store, PayloadWriter {
  readonly #spawn: () => Worker
  readonly #folder: string
  readonly #options: StoreOptions
  readonly #onFault: (part: StorePart, error: Error | null) => void

  #worker: Worker | null = null
  #started: PromiseWithResolvers<readonly number[]> | null = null
  #closed: PromiseWithResolvers<void> | null = null
  #fresh = true
  #segments: readonly number[] = []
  readonly #joined = new Set<Joined>()
  #restarts = 0
  #respawnMs = respawnMsMin
  #respawnTimer: ReturnType<typeof setTimeout> | null = null
  #death: Error | null = null

  readonly #asked = new Map<number, Asked>()
  #asks = 0

  #tick: ReturnType<typeof setTimeout> | null = null
  #written = false
  readonly #payloads: PayloadQueue
  readonly #shelf: ShelfClient

  private constructor(options: ClientOptions) {
    this.#spawn = options.spawn
    this.#folder = options.folder
    this.#options = options.options
    const queueBytesMax = options.queueBytesMax ?? 64 * 1024 * 1024
    this.#payloads = new PayloadQueue(queueBytesMax)
    this.#onFault = options.onFault ?? (() => {})
    this.#shelf = new ShelfClient({
      reader: {
        shelfItem: (kind, id) => this.#ask('shelfItem', kind, id),
        shelfItems: (query, mark) => this.#ask('shelfItems', query, mark),
      },
      wake: () => this.#tickSoon(),
      send: () => this.#sendTick(),
      now: () => systemClock.now(),
      queueBytesMax,
      bytesMax: this.#options.shelfBytesMax,
    })
  }

  /**
   * Starts the thread, and resolves when all of the journal is in the database. The folder's lock has
   * to be held, and the journal not yet be written.
   * @throws Error when the store cannot be opened
   */
  static async start(options: ClientOptions): Promise<StoreClient> {
    const client = new StoreClient(options)
    await client.#start()
    return client
  }

  /** The last segment of a lane of the journal that was there when the thread was started. */
  segment(lane = 0): number {
    return this.#segments.find((segment) => laneOf(segment) === lane) ?? laneStart(lane)
  }

  /**
   * Another thread is going to write a lane of the journal.
   * @param hand  gives it a port to the ledger's thread, now and after each death of that one
   * @returns ends it
   */
  join(lane: number, hand: (port: MessagePort) => void): () => void {
    const joined = { lane, hand }
    this.#joined.add(joined)
    this.#connect(joined)
    return () => void this.#joined.delete(joined)
  }

  /** How often the thread died and was started again. */
  get restarts(): number {
    return this.#restarts
  }

  get shelf(): Shelf {
    return this.#shelf
  }

  /** Something was written to the journal. Many such signs become one message. */
  wake(): void {
    this.#written = true
    this.#tickSoon()
  }

  /** Dropped, and counted, when too much waits already. */
  keep(payload: Payload): void {
    if (this.#closed) this.#payloads.drop(payload)
    else this.#payloads.keep(payload)
    this.#tickSoon()
  }

  calls(query: CallQuery): Promise<CallPage> {
    return this.#ask('calls', query)
  }

  /** With the payloads that this thread gave before. */
  call(id: CallId): Promise<WholeCall | null> {
    if (!this.#closed) this.#sendTick()
    return this.#ask('call', id)
  }

  costs(query: CostQuery): Promise<CostReport> {
    return this.#ask('costs', query)
  }

  spanSums(query: SpanQuery): Promise<SpanReport> {
    return this.#ask('spanSums', query)
  }

  performance(query: PerformanceQuery): Promise<PerformanceReport> {
    return this.#ask('performance', query)
  }

  scan(query: ScanQuery): Promise<ScanPage> {
    return this.#ask('scan', query)
  }

  prices(): Promise<readonly PriceRow[]> {
    return this.#ask('prices')
  }

  addPrices(drafts: readonly PriceDraft[], at: Instant): Promise<readonly PriceRow[]> {
    return this.#ask('addPrices', drafts, at)
  }

  decidePrice(id: number, confirmed: boolean, at: Instant): Promise<PriceRow | null> {
    return this.#ask('decidePrice', id, confirmed, at)
  }

  addRevenue(rows: readonly RevenueRow[]): Promise<RevenueAdded> {
    return this.#ask('addRevenue', rows)
  }

  revenue(span: RevenueSpan): Promise<readonly RevenueRow[]> {
    return this.#ask('revenue', span)
  }

  spent(query: SpentQuery): Promise<readonly Spent[]> {
    return this.#ask('spent', query)
  }

  async health(): Promise<LedgerHealth> {
    const health = await this.#ask('health')
    return {
      ...health,
      payloadsDropped: health.payloadsDropped + this.#payloads.dropped,
      shelfDropped: health.shelfDropped + this.#shelf.dropped,
      threadRestarts: this.#restarts,
    }
  }

  keys(): Promise<readonly KeyRow[]> {
    return this.#ask('keys')
  }

  addKey(key: KeyRow): Promise<void> {
    return this.#ask('addKey', key)
  }

  revokeKey(id: string, at: Instant): Promise<boolean> {
    return this.#ask('revokeKey', id, at)
  }

  setKeyBudget(id: string, budget: KeyRow['budget']): Promise<boolean> {
    return this.#ask('setKeyBudget', id, budget)
  }

  putAlarm(row: AlarmRow): Promise<void> {
    return this.#ask('putAlarm', row)
  }

  alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return this.#ask('alarms', query)
  }

  addFeedback(row: FeedbackRow, words: FeedbackWords): Promise<FeedbackRow> {
    return this.#ask('addFeedback', row, words)
  }

  feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]> {
    return this.#ask('feedback', query)
  }

  feedbackRates(query: FeedbackRateQuery): Promise<readonly FeedbackRate[]> {
    return this.#ask('feedbackRates', query)
  }

  addCertificate(draft: CertificateDraft): Promise<CertificateRow> {
    return this.#ask('addCertificate', draft)
  }

  certificates(): Promise<readonly CertificateRow[]> {
    return this.#ask('certificates')
  }

  /** What is in memory here goes with what is on the disk. */
  async eraseSome(erasure: Erasure): Promise<ErasureStep> {
    if (!this.#closed) this.#sendTick()
    const step = await this.#ask('eraseSome', erasure)
    if (step.done && !erasure.dry) this.#shelf.forget(erasure.customer, erasure.before)
    return step
  }

  /** Resolves when everything that was given is kept and the thread has ended. */
  async close(): Promise<void> {
    if (this.#closed) return this.#closed.promise
    this.#closed = Promise.withResolvers()
    if (this.#respawnTimer) clearTimeout(this.#respawnTimer)
    if (!this.#worker) this.#closed.resolve()
    else {
      this.#sendTick()
      this.#send({ type: 'close' })
    }
    return this.#closed.promise
  }

  #ask<Name extends Method>(method: Name, ...args: Args<Name>): Promise<Answer<Name>> {
    if (!this.#worker || this.#closed) return Promise.reject(this.#unavailable())
    this.#asks += 1
    const id = this.#asks
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#asked.set(id, { resolve, reject })
    this.#send({ type: 'ask', id, method, args })
    return promise as Promise<Answer<Name>>
  }

  async #start(): Promise<void> {
    const started = Promise.withResolvers<readonly number[]>()
    this.#started = started
    const worker = this.#spawn()
    this.#worker = worker
    worker.addEventListener('message', ({ data }) => this.#hear(data as FromLedger))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#death = new Error(event.message)
    })
    worker.addEventListener('close', () => this.#died(worker))
    this.#send({
      type: 'start',
      folder: this.#folder,
      options: this.#options,
      fresh: this.#fresh,
    })
    for (const joined of this.#joined) this.#connect(joined)
    this.#segments = await started.promise
    this.#respawnMs = respawnMsMin
    if (!this.#fresh) this.#onFault('thread', null)
    this.#fresh = false
  }

  #hear(message: FromLedger): void {
    switch (message.type) {
      case 'ready':
        this.#started?.resolve(message.segments)
        return
      case 'failed':
        this.#death = revived(message.error)
        this.#worker?.terminate()
        return
      case 'answer':
        this.#asked.get(message.id)?.resolve(message.value)
        this.#asked.delete(message.id)
        return
      case 'sums':
        this.#asked.get(message.id)?.resolve(unpackedSums(message.sums))
        this.#asked.delete(message.id)
        return
      case 'refusal':
        this.#asked.get(message.id)?.reject(revived(message.error))
        this.#asked.delete(message.id)
        return
      case 'taken':
        this.#payloads.taken(message.count)
        return
      case 'shelved':
        this.#shelf.taken(message.count)
        return
      case 'fault':
        this.#onFault(message.part, message.error && revived(message.error))
        return
      case 'closed':
        if (message.error) this.#closed?.reject(revived(message.error))
        this.#worker?.terminate()
    }
  }

  /** The thread has ended: because it was told to, or because it failed. */
  #died(worker: Worker): void {
    if (worker !== this.#worker) return
    this.#worker = null
    const error = this.#unavailable()
    for (const { reject } of this.#asked.values()) reject(error)
    this.#asked.clear()
    this.#payloads.lost()
    this.#shelf.died()
    if (this.#closed) {
      this.#closed.resolve()
      return
    }
    const started = this.#started
    this.#started = null
    if (this.#fresh) {
      started?.reject(this.#death ?? new Error('The thread of the ledger ended as it started.'))
      return
    }
    this.#onFault('thread', this.#death ?? new Error('The thread of the ledger ended.'))
    started?.reject(error)
    this.#respawnTimer = setTimeout(() => this.#respawn(), this.#respawnMs)
    this.#respawnMs = Math.min(this.#respawnMs * 2, respawnMsMax)
  }

  #respawn(): void {
    if (this.#closed) return
    this.#restarts += 1
    this.#death = null
    // A failure is met again by `#died`, which tries once more.
    this.#start().catch(() => {})
    this.wake()
  }

  #tickSoon(): void {
    if (this.#tick === null && !this.#closed)
      this.#tick = setTimeout(() => this.#sendTick(), tickMs)
  }

  #sendTick(): void {
    if (this.#tick) clearTimeout(this.#tick)
    this.#tick = null
    if (!this.#worker) return // all of it waits for the next thread
    const tick: Tick = {
      type: 'tick',
      written: this.#written,
      ...this.#payloads.take(),
      shelf: this.#shelf.take(),
    }
    this.#worker.postMessage(tick, handedOver(tick))
    this.#written = false
  }

  #connect({ lane, hand }: Joined): void {
    if (!this.#worker) return // done when there is one
    const { port1, port2 } = new MessageChannel()
    this.#worker.postMessage({ type: 'join', lane, port: port1 } satisfies ToLedger, [port1])
    hand(port2)
  }

  #send(message: ToLedger): void {
    this.#worker?.postMessage(message)
  }

  #unavailable(): Error {
    return ledgerUnavailable().because(this.#death ?? new Error('The thread of the ledger ended.'))
  }
}
