import { InForce } from '../../config/in-force.ts'
import { SharedLimits } from '../../gateway/limits/shared-limits.ts'
import { Keyring } from '../../gateway/pipeline/keyring.ts'
import type { Parts } from '../../gateway/pipeline/parts.ts'
import { compatible, providers } from '../../providers/index.ts'
import { fillKeyring } from '../../server/key-desk.ts'
import { listen, type Listening } from '../../server/listen.ts'
import { Metrics } from '../../server/metrics.ts'
import { journalFolder } from '../../store/folders.ts'
import { JournalWriter } from '../../store/journal/writer.ts'
import type { KeyRow } from '../../store/ports.ts'
import { pepperOf } from '../../store/secrets.ts'
import { LaneClient } from '../../store/thread/lane.ts'
import { carried } from '../../store/thread/protocol.ts'
import { partsOf } from '../parts.ts'
import { CommonClock } from './clock.ts'
import { forwarder } from './inner.ts'
import { MainLink } from './link.ts'
import type { ConfigText, FromWorker, Look, Order, StartOrder, ToWorker } from './protocol.ts'
import { RemoteBell, RemoteIdempotentCalls, RemoteShelf } from './remote.ts'

/**
 * A further thread that serves calls. It has connections, health and a lane of the journal of its own;
 * limits are counted in memory that all threads share; what there is once, the main thread is asked for.
 * @see docs/decisions/0016-workers.md
 */
export class ServingThread {
  readonly #post: (message: FromWorker) => void
  readonly #end: () => void
  readonly #main: MainLink
  #lane: LaneClient | null = null
  /** It came before the order to start was carried out. */
  #ledgerPort: MessagePort | null = null
  #start: StartOrder | null = null
  #clock: CommonClock | null = null
  #running: Running | null = null

  /** @param end  ends the thread at once: another one takes its place */
  constructor(post: (message: FromWorker) => void, end: () => void) {
    this.#post = post
    this.#end = end
    this.#main = new MainLink(post)
  }

  hear(message: ToWorker): void {
    switch (message.type) {
      case 'start':
        this.#start = message
        this.#clock = new CommonClock(message.originUs)
        this.#askTime()
        return
      case 'time':
        if (this.#clock!.hear(message.elapsedUs)) this.#askTime()
        else if (this.#running === null) void this.#begin()
        return
      case 'ledger':
        if (this.#lane) this.#lane.connect(message.port)
        else this.#ledgerPort = message.port
        return
      case 'order':
        this.#obey(message.id, message.order)
        return
      case 'answer':
        this.#main.answer(message.id, message.value)
        return
      case 'refusal':
        this.#main.refuse(message.id, message.error)
        return
      case 'stop':
        void this.#stop()
    }
  }

  #askTime(): void {
    this.#clock!.ask()
    this.#post({ type: 'time' })
  }

  async #begin(): Promise<void> {
    try {
      this.#running = await this.#serve(this.#start!, this.#clock!)
      this.#post({ type: 'ready' })
    } catch (error) {
      this.#post({ type: 'failed', error: carried(error) })
    }
  }

  async #serve(order: StartOrder, clock: CommonClock): Promise<Running> {
    const { thread, folder, env, memory } = order
    const main = this.#main
    let { text, book } = order.configuration
    const inForce = new InForce({
      path: order.configPath,
      env,
      known: { providers, compatible },
      clock,
      read: () => text ?? '',
      book: () => book,
    })
    checkSame(inForce.current.snapshot.hash, order.configuration)
    const { settings } = inForce.current
    const snapshot = () => inForce.current.snapshot

    const keyring = new Keyring(pepperOf(folder))
    let rows = order.keys
    const refresh = (): void => fillKeyring(keyring, rows, snapshot())
    refresh()

    const lane = new LaneClient(settings.ledger.queueBytesMax)
    this.#lane = lane
    if (this.#ledgerPort) lane.connect(this.#ledgerPort)
    const journal = new JournalWriter({
      ...settings.ledger,
      folder: journalFolder(folder),
      lane: thread,
      after: order.after,
      onWritten: () => lane.wake(),
      onFault: (error) => main.tell({ type: 'journal', error: error && carried(error) }),
    })
    const metrics = new Metrics([])
    const parts = partsOf({
      snapshot,
      keyring,
      clock,
      ledger: journal,
      payloads: lane,
      shelf: new RemoteShelf(main),
      idempotentCalls: new RemoteIdempotentCalls(main),
      simulator: () => main.ask({ what: 'simulator' }),
      observe: metrics.observe,
      alarms: new RemoteBell(main),
      timezone: settings.timezone,
      env,
      shared: new SharedLimits(memory, thread),
      threads: memory.threads,
      thread,
    })
    await parts.experiments.load()
    const listening = listen(
      parts,
      { forward: forwarder(order.inner) },
      {
        host: settings.server.host,
        port: order.port,
        reusePort: true,
        limits: {
          bytesMax: settings.server.bodyLimitBytes,
          timeoutMs: settings.server.bodyTimeoutMs,
        },
        drainMs: settings.server.drainMs,
        onFault: (error, id) => {
          const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
          const entry = { event: 'internal_error', text: said, request_id: id, thread }
          main.tell({ type: 'log', entry: { level: 'error', ...entry } })
        },
      },
    )
    parts.shedding.start()
    return {
      parts,
      listening,
      journal,
      metrics,
      configure: (configuration) => {
        ;({ text, book } = configuration)
        const next = inForce.next()
        checkSame(next.snapshot.hash, configuration)
        inForce.put(next)
        refresh()
      },
      putKeys: (keys) => {
        rows = keys
        refresh()
      },
    }
  }

  #obey(id: number, order: Order): void {
    const running = this.#running!
    switch (order.what) {
      case 'look':
        this.#post({ type: 'done', id, done: lookAt(running) })
        return
      case 'keys':
        running.putKeys(order.keys)
        this.#post({ type: 'done', id, done: 'obeyed' })
        return
      case 'configure':
        this.#configure(id, order, running)
    }
  }

  #configure(
    id: number,
    { configuration, orEnd }: Extract<Order, { what: 'configure' }>,
    running: Running,
  ): void {
    try {
      running.configure(configuration)
      this.#post({ type: 'done', id, done: 'obeyed' })
    } catch (error) {
      const entry = { event: 'thread_unfit', text: String(error), thread: this.#start!.thread }
      this.#main.tell({ type: 'log', entry: { level: 'warning', ...entry } })
      if (orEnd) this.#end()
      else this.#post({ type: 'done', id, done: 'unfit' })
    }
  }

  async #stop(): Promise<void> {
    try {
      const running = this.#running
      if (running === null) return
      running.parts.shedding.stop()
      await running.listening.stop()
      await running.parts.experiments.stop()
      running.parts.checks.close()
      running.parts.upstream.close()
      await running.journal.close().finally(() => this.#lane!.close())
    } catch (error) {
      const text = `Thread ${this.#start!.thread} did not stop as it should: ${String(error)}`
      this.#main.tell({ type: 'log', entry: { level: 'error', event: 'stop_failed', text } })
    } finally {
      this.#post({ type: 'stopped' })
    }
  }
}

interface Running {
  readonly parts: Parts
  readonly listening: Listening
  readonly journal: JournalWriter
  readonly metrics: Metrics
  readonly configure: (configuration: ConfigText) => void
  readonly putKeys: (keys: readonly KeyRow[]) => void
}

/** Two threads that answer by two configurations would be worse than one thread less. */
function checkSame(hash: string, meant: ConfigText): void {
  if (hash === meant.hash) return
  throw new Error(
    `The configuration has the hash ${hash}, and the main thread's has ${meant.hash}.`,
  )
}

function lookAt({ parts, listening, journal, metrics }: Running): Look {
  const { delayMs, shed } = parts.shedding
  return {
    activeCalls: listening.activeCalls,
    shedding: { delayMs, shed },
    journal: journal.stats(),
    resting: parts.health.closed(),
    learnedRates: parts.health.rates.rates(),
    counts: metrics.counts(),
  }
}
