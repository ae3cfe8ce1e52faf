import { Alarms, closeLeft } from '../alarms/alarms.ts'
import type { InForce } from '../config/in-force.ts'
import type { Configuration } from '../config/load.ts'
import { watchConfig } from '../config/watch.ts'
import { type Instant, systemClock } from '../core/clock.ts'
import { rememberedOf } from '../gateway/pipeline/idempotency.ts'
import { IdempotentCallsHere } from '../gateway/pipeline/idempotent-calls.ts'
import { makeSharedMemory, SharedLimits } from '../gateway/limits/shared-limits.ts'
import { Keyring } from '../gateway/pipeline/keyring.ts'
import { type Budgeted, restoreBudgets } from '../gateway/pipeline/restore.ts'
import { Changes } from '../server/changes.ts'
import type { Control } from '../server/control.ts'
import { statusJson } from '../server/describe.ts'
import { Front } from '../server/front.ts'
import { KeyDesk } from '../server/key-desk.ts'
import { type Desk, listen } from '../server/listen.ts'
import { gauges } from '../server/gauges.ts'
import { Metrics } from '../server/metrics.ts'
import { Sessions } from '../server/sessions.ts'
import { browserUrl, signInPath } from '../server/session.ts'
import { version } from '../server/version.ts'
import { adviceNow } from '../server/advice.ts'
import { Advisor } from '../server/advisor.ts'
import { budgetsNow } from '../server/budgets.ts'
import { BudgetWatch } from '../server/budget-watch.ts'
import { Watchdog } from '../server/watchdog.ts'
import { type Embedded, startStore } from '../store/embedded.ts'
import { removeAddress, writeAddress } from '../store/address.ts'
import { adminKeyPath, pepperOf } from '../store/secrets.ts'
import { readSimulated } from '../store/simulated.ts'
import type { Book } from './book.ts'
import { configured } from './configured.ts'
import { bundle } from './bundle.ts'
import { deliverAlarms, tellRecovered } from './alarms.ts'
import { FileDesk } from './config-desk.ts'
import { configFacts, controlOf, swapInFile } from './control.ts'
import { openObjects, uploadPatience } from './objects.ts'
import type { ComposeOptions } from './options.ts'
import { partsOf } from './parts.ts'
import { PolicyFiles } from './policy-files.ts'
import { Prices } from './price-desk.ts'
import { Reloads } from './reloads.ts'
import { mintFirstAdmin, storeOptions } from './start.ts'
import { StoreFaults } from './store-faults.ts'
import { EvalRuns } from './eval-runs.ts'
import { StudyThread } from './studies.ts'
import { LedgerThreads, ServingThreads, SimulatorThread } from './threads.ts'
import { knownPrices, LedgerVerifier } from './verifier.ts'
import { AlarmTally } from './workers/alarm-tally.ts'
import { ThreadDesk } from './workers/desk.ts'
import { innerPath, removeInner } from './workers/inner.ts'
import type { ConfigText, Look } from './workers/protocol.ts'
import { together } from './workers/sums.ts'
import { Workers } from './workers/workers.ts'

export interface Gateway {
  readonly url: string
  readonly providers: readonly string[]
  readonly tasks: readonly string[]
  readonly warnings: readonly string[]
  readonly adminKeyPath: string
  /** True when this start made the first admin key. */
  readonly adminKeyMade: boolean
  /** A one-time link to the dashboard, for whoever has just got their first key; null at later starts. */
  readonly signInLink: string | null
  reload(): Promise<void>
  /** What was learned of the providers' health and rates is forgotten: for exchanges that have nothing to do with each other. */
  forgetHealth(): void
  /** Ends open calls, writes what is left, gives the store free. */
  stop(): Promise<void>
}

const clock = systemClock

/** A file that changes that often is not waited for. */
const readsMax = 3

/**
 * A running gateway: everything is made here and handed out.
 * @throws ConfigRefused, or Error with a sentence when store or port cannot be had
 */
export async function composeGateway(options: ComposeOptions): Promise<Gateway> {
  const startedAt = clock.now()
  const { log } = options
  const ledgerThreads = new LedgerThreads()
  const servingThreads = new ServingThreads(options.servingThread)
  const faults = new StoreFaults(log)
  let embedded: Embedded | null = null
  try {
    return await ledgerThreads.orNone(async () => {
      const { inForce, folder, openBook } = configured(options)
      const { settings } = inForce.current
      servingThreads.prepare(settings.server.workers - 1)
      faults.serves = settings.ledger.whenUnavailable === 'serve'
      embedded = await startStore({
        folder,
        spawn: () => ledgerThreads.spawn(),
        options: storeOptions(inForce.current),
        journal: settings.ledger,
        onFault: faults.tell,
      })
      const book = await openBook(embedded.store)
      const opened = { inForce, book, folder, embedded, faults, servingThreads }
      return composeOn(opened, options, startedAt)
    })
  } catch (error) {
    servingThreads.end()
    await (embedded as Embedded | null)?.close()
    throw error
  }
}

interface Opened {
  readonly inForce: InForce
  readonly book: Book
  readonly folder: string
  readonly embedded: Embedded
  readonly faults: StoreFaults
  readonly servingThreads: ServingThreads
}

/** The gateway on its store. */
async function composeOn(
  { inForce, book, folder, embedded, faults, servingThreads }: Opened,
  options: ComposeOptions,
  startedAt: Instant,
): Promise<Gateway> {
  const { log } = options
  const { settings } = inForce.current
  const { store } = embedded
  const alarms = new Alarms(clock, store, () => {})
  faults.tellTo(alarms)
  deliverAlarms(alarms, inForce.current)

  const { workers: threads } = settings.server
  const memory = threads > 1 ? makeSharedMemory(threads) : null
  const limits = memory && new SharedLimits(memory, 0)
  const tally = new AlarmTally(alarms)
  const bell = memory ? tally.of(0) : alarms
  let workers: Workers | null = null

  const keyring = new Keyring(pepperOf(folder))
  const snapshot = () => inForce.current.snapshot
  const keyDesk = new KeyDesk({
    settings: store,
    keyring,
    snapshot,
    clock,
    restore: (keys) => restore({ snapshot: snapshot(), keys }, counting()),
    onChange: async (rows) => workers?.putKeys(rows),
  })
  await keyDesk.load()
  const sessions = new Sessions({ keyring, shelf: embedded.shelf, clock })
  await sessions.load()

  /** What is in force, with its keys. */
  const counting = (): Budgeted => ({ snapshot: snapshot(), keys: keyring.all() })
  const restore = (next: Budgeted, before: Budgeted | null): Promise<void> =>
    restoreBudgets(next, before, parts.budgets, store, settings.timezone, clock.now())

  const simulator = new SimulatorThread()
  const watchdog = new Watchdog(store, alarms)
  /** Threads as they were when they were looked at last. */
  let looks: readonly Look[] = []
  const lookAround = async (): Promise<ReturnType<typeof together>> => {
    looks = (await workers?.look()) ?? []
    return all()
  }
  const all = () => {
    const here = {
      activeCalls: listening.activeCalls,
      shedding: parts.shedding,
      journal: embedded.journal(),
      resting: parts.health.closed(),
      learnedRates: parts.health.rates.rates(),
    }
    return together([here, ...looks])
  }
  const metrics = new Metrics(
    gauges({
      journal: () => all().journal,
      health: () => watchdog.health,
      resting: () => all().resting.length,
      learnedRates: () => all().learnedRates,
      alarms: () => alarms.open(),
      activeCalls: () => all().activeCalls,
      shedding: () => all().shedding,
    }),
  )
  const idempotentCalls = new IdempotentCallsHere((id) => rememberedOf(id, embedded))
  const parts = partsOf({
    snapshot,
    keyring,
    clock,
    ledger: embedded.ledger,
    payloads: embedded.payloads,
    shelf: embedded.shelf,
    idempotentCalls,
    simulator: () => simulator.address(),
    observe: metrics.observe,
    alarms: bell,
    timezone: settings.timezone,
    env: options.env,
    shared: limits,
    threads,
    thread: 0,
    upstream: options.upstream,
  })
  await restore(counting(), null)
  const firstAdmin = await mintFirstAdmin(keyDesk, folder)
  await parts.experiments.load()

  const objects = await openObjects(parts, folder, inForce, (error, subject) => {
    const text = error instanceof Error ? error.message : String(error)
    log({ level: 'error', event: 'batch_fault', text, subject })
  })

  let bookInForce = book.versions
  const configText = (): ConfigText => ({
    text: inForce.textInForce,
    hash: snapshot().hash,
    book: bookInForce,
  })

  const policyFiles: PolicyFiles | null =
    inForce.path === null ? null : new PolicyFiles(inForce.path, () => void reload())
  /** Puts what the files say in force, in all threads. @throws ConfigRefused */
  const putNext = async (): Promise<Configuration> => {
    for (let reads = 1; ; reads += 1) {
      const { versions } = book
      const next = inForce.next()
      const { keys } = next.snapshot
      await restore({ snapshot: next.snapshot, keys: [...keyring.all(), ...keys] }, counting())
      inForce.put(next)
      bookInForce = versions
      policyFiles?.follow(next.snapshot)
      keyDesk.refresh()
      // A policy that was changed between two looks at it is read once more.
      const isLast = reads === readsMax
      const isSame = (await workers?.configure(configText(), isLast)) ?? true
      if (isSame || isLast) return next
    }
  }
  const { reload } = new Reloads({ inForce, alarms, log, put: putNext })

  const prices = new Prices({
    store,
    ledger: embedded.ledger,
    alarms,
    clock,
    timezone: settings.timezone,
    snapshot,
    onChange: async () => {
      await book.load()
      return reload()
    },
  })
  const checkup = new LedgerVerifier(folder, true, () => knownPrices(snapshot(), clock.now()))
  const studies = new StudyThread()
  const control: Control = {
    ...controlOf({
      store,
      alarms,
      inForce,
      keyDesk,
      startedAt,
      checkup,
      prices,
      studies,
      evals: new EvalRuns(folder),
      changes: new Changes(embedded.shelf, clock),
    }),
    simulated: readSimulated(folder),
    config: new FileDesk(inForce, reload),
    status: async () => {
      const { resting, learnedRates, activeCalls } = await lookAround()
      return statusJson({
        version,
        startedAt,
        simulated: control.simulated,
        config: configFacts(inForce),
        snapshot: snapshot(),
        store,
        resting,
        learnedRates,
        activeCalls,
      })
    },
    reload,
    swap: (task, models) => swapInFile(inForce, task, models, reload),
  }
  const advisor = new Advisor({
    alarms,
    clock,
    advise: () => adviceNow(control),
    isWatched: () => control.economics().advice.watched,
  })
  const budgetWatch = new BudgetWatch({ alarms, clock, budgets: () => budgetsNow(control) })
  const inner = memory && innerPath(folder)
  const desk: Desk = {
    control,
    sessions,
    front: new Front(
      () => bundle(options.env),
      (error) => log({ level: 'error', event: 'dashboard_fault', text: String(error) }),
    ),
    objects,
    uploads: {
      bytesMax: settings.files.bytesMax,
      timeoutMs: uploadPatience * settings.server.bodyTimeoutMs,
    },
    metrics: async () => {
      await lookAround()
      return metrics.text(looks.map(({ counts }) => counts))
    },
    ready: () => faults.recordable,
    inner,
  }
  const listening = listen(parts, desk, {
    host: settings.server.host,
    port: options.port ?? settings.server.port,
    reusePort: memory !== null,
    limits: { bytesMax: settings.server.bodyLimitBytes, timeoutMs: settings.server.bodyTimeoutMs },
    drainMs: settings.server.drainMs,
    onFault: (error, id) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      log({ level: 'error', event: 'internal_error', text, request_id: id })
    },
  })
  const stopServing = async (): Promise<void> => {
    await Promise.all([listening.stop(), objects.stop(settings.server.drainMs), workers?.stop()])
    await listening.stopInner()
    if (inner !== null) removeInner(folder, inner)
  }
  if (memory !== null && limits !== null && inner !== null) {
    const { shelf } = embedded
    const simulated = () => simulator.address()
    workers = new Workers(servingThreads, {
      memory,
      limits,
      desk: new ThreadDesk({ shelf, idempotentCalls, simulator: simulated, alarms: tally, log }),
      alarms,
      log,
      order: {
        folder,
        configPath: inForce.path,
        env: { ...options.env },
        port: listening.port,
        inner,
        originUs: clock.now() - clock.elapsedUs(),
      },
      configuration: configText,
      keys: () => keyDesk.rows,
      segment: embedded.segment,
      join: embedded.join,
      onJournal: (thread, error) => faults.tell(`journal of thread ${thread}`, error),
      now: () => clock.elapsedUs(),
      drainMs: settings.server.drainMs,
    })
    try {
      await workers.start()
    } catch (error) {
      await stopServing()
      throw error
    }
  }
  writeAddress(folder, listening.url)
  const watching =
    inForce.path === null
      ? null
      : watchConfig(inForce.path, () => void reload(), { seen: inForce.text ?? '' })
  policyFiles?.follow(snapshot())
  objects.start()
  parts.shedding.start()
  advisor.start()
  budgetWatch.start()
  void watchdog.start().then(() => tellRecovered(watchdog, alarms))
  // A store that cannot be written is told where that happens.
  closeLeft(store, startedAt).catch(() => {})

  return {
    url: listening.url,
    providers: [...snapshot().providers.keys()],
    tasks: [...snapshot().tasks.keys()],
    warnings: inForce.current.warnings,
    adminKeyPath: adminKeyPath(folder),
    adminKeyMade: firstAdmin !== null,
    signInLink:
      firstAdmin &&
      browserUrl(listening.url) + signInPath(sessions.makeLink(firstAdmin, 'admin').token),
    reload: async () => void (await reload()),
    forgetHealth: () => parts.health.forget(),
    stop: async () => {
      removeAddress(folder)
      watching?.close()
      policyFiles?.close()
      watchdog.stop()
      parts.shedding.stop()
      checkup.stop()
      advisor.stop()
      budgetWatch.stop()
      studies.stop()
      await stopServing()
      await parts.experiments.stop()
      parts.checks.close()
      parts.upstream.close()
      simulator.stop()
      await embedded.close()
    },
  }
}
