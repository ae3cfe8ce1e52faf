import type { SharedLimits, SharedMemory } from '../../gateway/limits/shared-limits.ts'
import type { KeyRow } from '../../store/ports.ts'
import { carried, revived } from '../../store/thread/protocol.ts'
import type { Bell } from '../alarms.ts'
import type { LogEntry } from '../options.ts'
import type { ThreadDesk } from './desk.ts'
import type { ConfigText, FromWorker, Look, Order, StartOrder, ToWorker } from './protocol.ts'

const respawnMsMin = 100
const respawnMsMax = 5_000
/** A thread that does not answer for so long is busy with something else; who asked is not kept waiting. */
const orderMsMax = 5_000
const lookMsMax = 1_000
/** Beyond the time that calls may take to end. */
const stopMsMax = 5_000

/** Starts threads on `threads/serving.ts`. */
interface Threads {
  spawn(): Worker
}

export interface WorkersOptions {
  readonly memory: SharedMemory
  readonly limits: SharedLimits
  readonly desk: ThreadDesk
  readonly alarms: Bell
  readonly log: (entry: LogEntry) => void
  /** What is the same for each of them. */
  readonly order: Pick<StartOrder, 'folder' | 'configPath' | 'env' | 'port' | 'inner' | 'originUs'>
  /** As they are when a thread is started. */
  readonly configuration: () => ConfigText
  readonly keys: () => readonly KeyRow[]
  /** The last segment of a lane that the ledger has read. */
  readonly segment: (lane: number) => number
  /** Connects a lane with the ledger's thread; returns what ends that. */
  readonly join: (lane: number, hand: (port: MessagePort) => void) => () => void
  /** A thread's lane of the journal cannot be written, and why; null when it can again. */
  readonly onJournal: (thread: number, error: Error | null) => void
  readonly now: () => number
  readonly drainMs: number
}

/** The further threads that serve calls: started, told what changes, asked how they are, replaced, stopped. */
export class Workers {
  readonly #threads: readonly WorkerThread[]
  readonly #options: WorkersOptions

  constructor(threads: Threads, options: WorkersOptions) {
    this.#options = options
    this.#threads = Array.from(
      { length: options.memory.threads - 1 },
      (_, index) => new WorkerThread(index + 1, threads, options),
    )
  }

  /** Resolves when all of them serve. @throws Error when one cannot */
  async start(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.start()))
  }

  /**
   * Resolves when the configuration is in force in all of them.
   * @param orEnd  one that cannot make the same of it is replaced
   * @returns false when one has not made the same of it: a file that it names was changed meanwhile
   */
  async configure(configuration: ConfigText, orEnd: boolean): Promise<boolean> {
    const outcomes = await this.#order({ what: 'configure', configuration, orEnd })
    return !outcomes.includes('unfit')
  }

  /** Resolves when all of them know these keys and no others. */
  async putKeys(keys: readonly KeyRow[]): Promise<void> {
    await this.#order({ what: 'keys', keys })
  }

  /** What each is doing; of one that does not answer what it did when it was asked last. */
  async look(): Promise<readonly Look[]> {
    const looks = await Promise.all(this.#threads.map((thread) => thread.look()))
    return looks.filter((look) => look !== null)
  }

  /** Lets open calls end, and ends the threads. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop(this.#options.drainMs)))
  }

  async #order(order: Order): Promise<readonly Outcome[]> {
    const outcomes = await Promise.all(
      this.#threads.map((thread) => thread.obey(order, orderMsMax)),
    )
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome !== 'late') continue
      const text = `Thread ${index + 1} has not answered for ${orderMsMax / 1_000} s, and follows as soon as it does.`
      this.#options.log({ level: 'warning', event: 'thread_late', text, order: order.what })
    }
    return outcomes
  }
}

/** What came of an order. */
type Outcome = Look | 'obeyed' | 'unfit' | 'late' | 'gone'

/** One place among the threads, whoever stands in it. */
class WorkerThread {
  readonly #thread: number
  readonly #threads: Threads
  readonly #options: WorkersOptions
  #worker: Worker | null = null
  #started: PromiseWithResolvers<void> | null = null
  #isReady = false
  #stopped: PromiseWithResolvers<void> | null = null
  #leave: (() => void) | null = null
  #respawnMs = respawnMsMin
  #respawnTimer: ReturnType<typeof setTimeout> | null = null
  #death: Error | null = null
  #orders = 0
  readonly #ordered = new Map<number, (outcome: Outcome) => void>()
  #look: Look | null = null

  constructor(thread: number, threads: Threads, options: WorkersOptions) {
    this.#thread = thread
    this.#threads = threads
    this.#options = options
  }

  start(): Promise<void> {
    const { order, memory, configuration, keys, segment, join } = this.#options
    const worker = this.#threads.spawn()
    const thread = this.#thread
    const started = Promise.withResolvers<void>()
    this.#worker = worker
    this.#started = started
    this.#death = null
    worker.addEventListener('message', ({ data }) => this.#hear(data as FromWorker))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#death = new Error(event.message)
    })
    worker.addEventListener('close', () => this.#died(worker))
    this.#leave = join(thread, (port) => {
      worker.postMessage({ type: 'ledger', port } satisfies ToWorker, [port])
    })
    this.#send({
      ...order,
      type: 'start',
      thread,
      memory,
      configuration: configuration(),
      keys: keys(),
      after: segment(thread),
    })
    return started.promise
  }

  /** Of a thread that is being replaced nothing is waited for: it begins with what is in force then. */
  async obey(order: Order, msMax: number): Promise<Outcome> {
    if (!this.#worker) return 'gone'
    // It may have begun with what was in force before, and is told as soon as it listens.
    if (this.#isReady) return this.#ask(order, msMax)
    return this.#started!.promise.then(
      () => this.#ask(order, msMax),
      () => 'gone',
    )
  }

  async look(): Promise<Look | null> {
    if (!this.#isReady) return this.#look
    const look = await this.#ask({ what: 'look' }, lookMsMax)
    if (typeof look === 'object') this.#look = look
    return this.#look
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopped ??= Promise.withResolvers()
    if (this.#respawnTimer) clearTimeout(this.#respawnTimer)
    if (this.#isReady) {
      this.#send({ type: 'stop' })
      const late = setTimeout(() => this.#stopped!.resolve(), drainMs + stopMsMax)
      await this.#stopped.promise
      clearTimeout(late)
    }
    this.#worker?.terminate()
    this.#leave?.()
  }

  #ask(order: Order, msMax: number): Promise<Outcome> {
    this.#orders += 1
    const id = this.#orders
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const late = setTimeout(() => {
      this.#ordered.delete(id)
      resolve('late')
    }, msMax)
    this.#ordered.set(id, (outcome) => {
      clearTimeout(late)
      resolve(outcome)
    })
    this.#send({ type: 'order', id, order })
    return promise
  }

  #hear(message: FromWorker): void {
    const { desk, onJournal, now } = this.#options
    switch (message.type) {
      case 'time':
        this.#send({ type: 'time', elapsedUs: now() })
        return
      case 'ready':
        this.#isReady = true
        this.#respawnMs = respawnMsMin
        this.#options.alarms.resolve('worker_died', this.#name)
        this.#started?.resolve()
        return
      case 'failed':
        this.#death = revived(message.error)
        this.#worker?.terminate()
        return
      case 'done':
        this.#ordered.get(message.id)?.(message.done)
        this.#ordered.delete(message.id)
        return
      case 'ask':
        void this.#answer(message.id, desk.answer(this.#thread, message.ask))
        return
      case 'journal':
        onJournal(this.#thread, message.error && revived(message.error))
        return
      case 'stopped':
        this.#stopped?.resolve()
        return
      default:
        desk.hear(this.#thread, message)
    }
  }

  async #answer(id: number, answer: Promise<unknown>): Promise<void> {
    const worker = this.#worker
    const message = await answer.then(
      (value): ToWorker => ({ type: 'answer', id, value }),
      (error: unknown): ToWorker => ({ type: 'refusal', id, error: carried(error) }),
    )
    if (worker === this.#worker) this.#send(message)
  }

  /** Its connections are cut, what it held is free again, and its open calls come back as unknown. */
  #died(worker: Worker): void {
    if (worker !== this.#worker) return
    const { limits, desk, log, alarms, onJournal } = this.#options
    const wasReady = this.#isReady
    this.#worker = null
    this.#isReady = false
    this.#leave?.()
    for (const tell of this.#ordered.values()) tell('gone')
    this.#ordered.clear()
    limits.release(this.#thread)
    desk.leave(this.#thread)
    onJournal(this.#thread, null)
    this.#look = this.#look && { ...this.#look, activeCalls: 0, resting: [] }
    if (this.#stopped) {
      this.#stopped.resolve()
      return
    }
    const why = this.#death?.message ?? 'it ended without a word'
    if (!wasReady) this.#started?.reject(new Error(`${this.#name}: ${why}`))
    const text = `${this.#name} that serves calls has died: ${why}. Another one takes its place; calls that it had open are on the ledger as unknown.`
    log({ level: 'error', event: 'worker_died', text, thread: this.#thread })
    alarms.raise('worker_died', this.#name, text)
    this.#respawnTimer = setTimeout(() => this.#respawn(), this.#respawnMs)
    this.#respawnMs = Math.min(this.#respawnMs * 2, respawnMsMax)
  }

  #respawn(): void {
    if (this.#stopped) return
    // A failure is met again by `#died`, which tries once more.
    this.start().catch(() => {})
  }

  get #name(): string {
    return `thread ${this.#thread}`
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }
}
