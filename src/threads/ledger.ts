import { parentPort } from 'node:worker_threads'
import { redact, redactJson } from '../privacy/redact.ts'
import { LocalStore } from '../store/local.ts'
import type { ShelfChange } from '../store/ports.ts'
import {
  carried,
  type Args,
  type FromLedger,
  type LaneTick,
  type Method,
  type Part,
  type ToLedger,
} from '../store/thread/protocol.ts'
import { packedSums } from '../store/thread/sums-pack.ts'
import { Inbox } from './inbox.ts'
import { HelperThreads, stepBehindCalls } from './priority.ts'
import { Rests } from './rests.ts'

/**
 * The ledger's thread: it brings the journal into the database, keeps payloads, syncs the journal to
 * the disk, and answers queries. Each piece of work takes some milliseconds and then gives way to the
 * others, so that no query holds up loading and no backlog holds up a query.
 */

/**
 * From a wake-up to the look. What is written meanwhile goes into the same transaction, where each row
 * costs less the more there are. On a single core calls wait while it runs, so it has to be short when
 * there are few callers. Queries do not wait for it, they look themselves.
 */
const gatherMs = 100
/** The same for payloads. Not as long, so that both seldom run at once. */
const gatherPayloadsMs = 75
/**
 * A busy second's calls take some looks at the journal, and some transactions of payloads. Whoever is behind by
 * more than these does not rest until it has caught up.
 */
const restingSteps = 8
/** The journal is looked at this often without a wake-up. */
const pollMs = 200
/** From a write to the sync that brings it to the disk: a power cut loses what came in between. */
const syncMs = 50
const housekeepingMs = 60_000
const housekeepingAgainMs = 50
/** Changes of the shelf in one transaction. */
const shelveCount = 50
/** Removals that could not be made are tried again after this, and so many of them are. */
const removeAgainMs = 1_000
const unremovedMax = 50_000

class LedgerThread {
  readonly #store: LocalStore
  readonly #rests = new Rests()
  readonly #polling: ReturnType<typeof setInterval>
  #housekeeping: ReturnType<typeof setTimeout>
  readonly #helpers = new HelperThreads()
  #gathering = false
  #loading = false
  /** Looks in a row that have left something to read. */
  #unfinishedLooks = 0
  /** Transactions of payloads in a row that have left enough for another. */
  #fullInboxes = 0
  /** A sync runs, or is about to. */
  #syncing = false
  #unsynced = false
  #keeping = false
  #closed = false
  /** The main thread's first. */
  readonly #inboxes: Inbox[] = [new Inbox(post)]
  #shelving = false
  #shelf: ShelfChange[] = []
  #unremoved: readonly ShelfChange[] = []
  /** Parts that fail, by the words of their last error. */
  readonly #faults = new Map<Part, string>()

  constructor({ folder, options, fresh }: ToLedger & { type: 'start' }) {
    this.#store = new LocalStore(folder, options, {
      masker: { redact, redactJson },
      rest: this.#rests.rest,
    })
    // Whoever starts waits for this.
    this.#rests.isHurried = true
    if (fresh) this.#store.catchUp()
    else this.#loadAll()
    this.#rests.isHurried = false
    this.#polling = setInterval(() => this.#load(), pollMs)
    this.#housekeeping = setTimeout(() => this.#housekeep(), housekeepingMs)
    stepBehindCalls()
    this.#helpers.watch()
    post({ type: 'ready', segments: this.#store.segments })
  }

  hear(message: Exclude<ToLedger, { type: 'start' }>): void {
    switch (message.type) {
      case 'ask':
        void this.#answer(message.id, message.method, message.args)
        return
      case 'join':
        this.#join(message.lane, message.port)
        return
      case 'tick':
        this.#receive(message, this.#inboxes[0]!)
        this.#shelf.push(...message.shelf)
        this.#shelve()
        return
      case 'close':
        void this.#close()
    }
  }

  #join(lane: number, port: MessagePort): void {
    this.#store.addLane(lane)
    const inbox = new Inbox((taken) => port.postMessage(taken))
    this.#inboxes.push(inbox)
    port.addEventListener('message', ({ data }) => this.#receive(data as LaneTick, inbox))
    port.addEventListener('close', () => this.#leave(inbox))
    port.start()
    this.#gather()
  }

  /** What came before its thread ended is kept all the same. */
  #leave(inbox: Inbox): void {
    const place = this.#inboxes.indexOf(inbox)
    if (place === -1 || this.#closed) return
    this.#inboxes.splice(place, 1)
    this.#try('payloads', () => this.#keepAllOf(inbox))
  }

  #receive(tick: LaneTick, inbox: Inbox): void {
    const { written, dropped, named } = tick
    if (written) {
      this.#gather()
      this.#syncSoon()
    }
    if (dropped > 0) {
      this.#try('payloads', () => this.#store.countDropped(dropped, named))
    }
    inbox.add(tick)
    this.#keep()
  }

  async #answer(id: number, method: Method, args: unknown[]): Promise<void> {
    // What was put on the shelf before somebody asks is there when he does.
    const erases = method === 'eraseSome'
    if (method === 'shelfItem' || method === 'shelfItems' || erases) this.#shelveAll()
    // And behind an eraser nothing is kept of what came before it.
    if (erases) this.#hurried(() => this.#keepAllThatWait())
    if (method === 'call')
      this.#hurried(() => this.#inboxes.forEach((inbox) => this.#keepSome(inbox)))
    try {
      if (method === 'spanSums') {
        const report = await this.#hurried(() =>
          this.#store.spanSums(...(args as Args<'spanSums'>)),
        )
        post({ type: 'sums', id, sums: packedSums(report) })
        return
      }
      const answer = this.#store[method] as (...args: unknown[]) => Promise<unknown>
      const value = await this.#hurried(() => answer.apply(this.#store, args))
      post({ type: 'answer', id, value })
    } catch (error) {
      post({ type: 'refusal', id, error: carried(error) })
    }
  }

  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    setTimeout(() => {
      this.#gathering = false
      this.#load()
    }, gatherMs)
  }

  /** One look at the journal a turn, until all of it is read. */
  #load(): void {
    if (this.#loading || this.#closed) return
    const more = this.#tryToLoad()
    this.#loading = more
    if (!more) return
    setImmediate(() => {
      this.#loading = false
      this.#load()
    })
  }

  /** It works again when all is loaded: the step before, over the head of a segment, writes nothing. */
  #tryToLoad(): boolean {
    try {
      const more = this.#store.load()
      this.#unfinishedLooks = more ? this.#unfinishedLooks + 1 : 0
      this.#goOnAs()
      if (!more) this.#report('loading', null)
      return more
    } catch (error) {
      this.#report('loading', error as Error)
      return false
    }
  }

  /** One transaction of each sender's payloads a turn, until none waits; a few wait for more. */
  #keep(): void {
    if (this.#keeping || this.#inboxes.every(({ isEmpty }) => isEmpty)) return
    this.#keeping = true
    const keep = (): void => {
      this.#keeping = false
      for (const inbox of this.#inboxes) this.#keepSome(inbox)
      const isFull = this.#inboxes.some((inbox) => inbox.isFull)
      this.#fullInboxes = isFull ? this.#fullInboxes + 1 : 0
      this.#goOnAs()
      this.#keep()
    }
    if (this.#inboxes.some(({ isFull }) => isFull)) setImmediate(keep)
    else setTimeout(keep, gatherPayloadsMs)
  }

  #keepAllThatWait(): void {
    for (const inbox of this.#inboxes) while (!inbox.isEmpty) this.#keepSome(inbox)
  }

  #keepSome(inbox: Inbox): void {
    const some = inbox.next()
    if (some.length === 0) return
    this.#try('payloads', () => this.#store.keep(some))
    inbox.tell({ type: 'taken', count: some.length })
  }

  /** With rests, or without: whoever is behind catches up first. */
  #goOnAs(): void {
    this.#rests.isHurried =
      this.#closed || Math.max(this.#unfinishedLooks, this.#fullInboxes) > restingSteps
  }

  /** Work that somebody waits for. */
  #hurried<Result>(work: () => Result): Result {
    this.#rests.isHurried = true
    try {
      return work()
    } finally {
      this.#goOnAs()
    }
  }

  /** One transaction of the shelf's changes a turn, until none waits. */
  #shelve(): void {
    if (this.#shelving || (this.#shelf.length === 0 && this.#unremoved.length === 0)) return
    this.#shelving = true
    const shelve = (): void => {
      this.#shelving = false
      this.#shelveSome()
      this.#shelve()
    }
    if (this.#shelf.length > 0) setImmediate(shelve)
    else setTimeout(shelve, removeAgainMs)
  }

  #shelveAll(): void {
    do this.#shelveSome()
    while (this.#shelf.length > 0)
  }

  /** What cannot be written is dropped, what cannot be removed is tried again. */
  #shelveSome(): void {
    const some = this.#shelf.splice(0, shelveCount)
    const changes = [...this.#unremoved, ...some]
    if (changes.length === 0) return
    const isDone = this.#try('shelf', () => {
      this.#store.shelve(changes)
      return true
    })
    this.#unremoved = isDone
      ? []
      : changes.filter((change) => 'gone' in change).slice(-unremovedMax)
    if (some.length > 0) post({ type: 'shelved', count: some.length })
  }

  /** What is written while a sync runs is left to the one after it. */
  #syncSoon(): void {
    this.#unsynced = true
    if (this.#syncing || this.#closed) return
    this.#syncing = true
    setTimeout(() => void this.#sync(), syncMs)
  }

  async #sync(): Promise<void> {
    this.#unsynced = false
    try {
      if (!this.#closed) await this.#store.syncJournal()
      this.#report('sync', null)
    } catch (error) {
      this.#report('sync', error as Error)
      this.#unsynced = true
    }
    this.#syncing = false
    if (this.#unsynced) this.#syncSoon()
  }

  #housekeep(): void {
    if (this.#closed) return
    const more = this.#try('housekeeping', () => this.#store.housekeep()) ?? false
    const waitMs = more ? housekeepingAgainMs : housekeepingMs
    this.#housekeeping = setTimeout(() => this.#housekeep(), waitMs)
  }

  /** Takes in what is left, and ends. What fails does not keep the rest from being done. */
  async #close(): Promise<void> {
    this.#closed = true
    this.#goOnAs()
    clearInterval(this.#polling)
    clearTimeout(this.#housekeeping)
    this.#helpers.stop()
    let failure: unknown = null
    const steps = [
      () => this.#keepAll(),
      () => this.#shelveAll(),
      () => this.#loadAll(),
      () => this.#store.syncJournal(),
      () => this.#store.close(),
    ]
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        failure ??= error
      }
    }
    post({ type: 'closed', error: failure === null ? null : carried(failure) })
  }

  #keepAll(): void {
    for (const inbox of this.#inboxes) this.#keepAllOf(inbox)
  }

  /** @throws Error of the last that could not be kept; the others are */
  #keepAllOf(inbox: Inbox): void {
    let failure: unknown = null
    while (!inbox.isEmpty) {
      try {
        this.#store.keep(inbox.next())
      } catch (error) {
        failure = error
      }
    }
    if (failure !== null) throw failure
  }

  #loadAll(): void {
    while (this.#store.load());
  }

  #try<Result>(part: Part, work: () => Result): Result | null {
    try {
      const result = work()
      this.#report(part, null)
      return result
    } catch (error) {
      this.#report(part, error as Error)
      return null
    }
  }

  /** Tells the main thread when something changed, not each time. */
  #report(part: Part, error: Error | null): void {
    if (this.#faults.get(part) === error?.message) return
    if (error) this.#faults.set(part, error.message)
    else this.#faults.delete(part)
    post({ type: 'fault', part, error: error && carried(error) })
  }
}

function post(message: FromLedger): void {
  parentPort?.postMessage(message)
}

let thread: LedgerThread | null = null

parentPort!.on('message', (message: ToLedger) => {
  if (message.type !== 'start') {
    thread?.hear(message)
    return
  }
  try {
    thread = new LedgerThread(message)
  } catch (error) {
    post({ type: 'failed', error: carried(error) })
  }
})
