import { type Instant, systemClock } from '../../core/clock.ts'
import { ledgerUnavailable } from '../../core/errors.ts'
import type { CallId } from '../../core/ids.ts'
import type { StoreOptions } from '../options.ts'
import type {
  AlarmRow,
  CallPage,
  CallQuery,
  CostQuery,
  CostReport,
  DroppedPayload,
  KeyRow,
  LedgerHealth,
  Payload,
  PayloadWriter,
  Shelf,
  Spent,
  SpentQuery,
  Store,
  WholeCall,
} from '../ports.ts'
import {
  type Answer,
  type Args,
  type FromLedger,
  type Method,
  type Part,
  revived,
  type ToLedger,
} from './protocol.ts'
import { ShelfClient } from './shelf.ts'

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

/** Payloads and wake-ups are sent together, this often. */
const tickMs = 10
const respawnMsMin = 100
const respawnMsMax = 5000
/** Dropped payloads that are noted by name, of one tick. */
const namedMax = 1000

interface Asked {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

interface Queued {
  readonly payload: Payload
  readonly bytes: number
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
  readonly #queueBytesMax: number
  readonly #onFault: (part: StorePart, error: Error | null) => void

  #worker: Worker | null = null
  #started: PromiseWithResolvers<number> | null = null
  #closed: PromiseWithResolvers<void> | null = null
  #fresh = true
  #segment = 0
  #restarts = 0
  #respawnMs = respawnMsMin
  #respawnTimer: ReturnType<typeof setTimeout> | null = null
  #death: Error | null = null

  readonly #asked = new Map<number, Asked>()
  #asks = 0

  #tick: ReturnType<typeof setTimeout> | null = null
  #written = false
  #queue: Queued[] = []
  /** Sent, and not dealt with yet. */
  #sent: number[] = []
  #waitingBytes = 0
  #dropped = 0
  #named: DroppedPayload[] = []
  readonly #shelf: ShelfClient

  private constructor(options: ClientOptions) {
    this.#spawn = options.spawn
    this.#folder = options.folder
    this.#options = options.options
    this.#queueBytesMax = options.queueBytesMax ?? 64 * 1024 * 1024
    this.#onFault = options.onFault ?? (() => {})
    this.#shelf = new ShelfClient({
      reader: {
        shelfItem: (kind, id) => this.#ask('shelfItem', kind, id),
        shelfItems: (query, mark) => this.#ask('shelfItems', query, mark),
      },
      wake: () => this.#tickSoon(),
      send: () => this.#sendTick(),
      now: () => systemClock.now(),
      queueBytesMax: this.#queueBytesMax,
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

  /** The last segment of the journal that was there when the thread was started. */
  get segment(): number {
    return this.#segment
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
    const bytes = bytesOf(payload)
    if (this.#waitingBytes + bytes > this.#queueBytesMax || this.#closed) {
      this.#dropped += 1
      const { callId, attempt, at } = payload
      if (this.#named.length < namedMax) this.#named.push({ callId, attempt, at })
    } else {
      this.#waitingBytes += bytes
      this.#queue.push({ payload, bytes })
    }
    this.#tickSoon()
  }

  calls(query: CallQuery): Promise<CallPage> {
    return this.#ask('calls', query)
  }

  call(id: CallId): Promise<WholeCall | null> {
    return this.#ask('call', id)
  }

  costs(query: CostQuery): Promise<CostReport> {
    return this.#ask('costs', query)
  }

  spent(query: SpentQuery): Promise<readonly Spent[]> {
    return this.#ask('spent', query)
  }

  async health(): Promise<LedgerHealth> {
    const health = await this.#ask('health')
    return {
      ...health,
      payloadsDropped: health.payloadsDropped + this.#dropped,
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

  putAlarm(row: AlarmRow): Promise<void> {
    return this.#ask('putAlarm', row)
  }

  alarms(query: { openOnly: boolean; limit: number }): Promise<readonly AlarmRow[]> {
    return this.#ask('alarms', query)
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
    const started = Promise.withResolvers<number>()
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
    this.#segment = await started.promise
    this.#respawnMs = respawnMsMin
    if (!this.#fresh) this.#onFault('thread', null)
    this.#fresh = false
  }

  #hear(message: FromLedger): void {
    switch (message.type) {
      case 'ready':
        this.#started?.resolve(message.segment)
        return
      case 'failed':
        this.#death = revived(message.error)
        this.#worker?.terminate()
        return
      case 'answer':
        this.#asked.get(message.id)?.resolve(message.value)
        this.#asked.delete(message.id)
        return
      case 'refusal':
        this.#asked.get(message.id)?.reject(revived(message.error))
        this.#asked.delete(message.id)
        return
      case 'taken':
        for (const bytes of this.#sent.splice(0, message.count)) this.#waitingBytes -= bytes
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
    // What was on the way is lost with the thread.
    this.#dropped += this.#sent.length
    for (const bytes of this.#sent.splice(0)) this.#waitingBytes -= bytes
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
    this.#sent.push(...this.#queue.map(({ bytes }) => bytes))
    this.#send({
      type: 'tick',
      written: this.#written,
      payloads: this.#queue.map(({ payload }) => payload),
      dropped: this.#dropped,
      named: this.#named,
      shelf: this.#shelf.take(),
    })
    this.#written = false
    this.#queue = []
    this.#dropped = 0
    this.#named = []
  }

  #send(message: ToLedger): void {
    this.#worker?.postMessage(message)
  }

  #unavailable(): Error {
    return ledgerUnavailable().because(this.#death ?? new Error('The thread of the ledger ended.'))
  }
}

/** Of UTF-16 text at its widest; Latin text takes half. */
function bytesOf({ request, answer }: Payload): number {
  return 2 * ((request?.length ?? 0) + (answer?.length ?? 0)) + 200
}
