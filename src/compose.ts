import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve as absolute } from 'node:path'
import { Alarms } from './alarms/alarms.ts'
import { Webhook } from './alarms/webhook.ts'
import { swapTaskModel } from './config/edit.ts'
import type { Environment } from './config/environment.ts'
import { ConfigRefused, InForce } from './config/in-force.ts'
import type { Configuration } from './config/load.ts'
import { watchConfig } from './config/watch.ts'
import { type Instant, systemClock } from './core/clock.ts'
import { format } from './core/money.ts'
import { systemRandom } from './core/random.ts'
import { Secret } from './core/secret.ts'
import { Health } from './gateway/health/health.ts'
import { type BudgetNews, Budgets } from './gateway/limits/budgets.ts'
import { Rates } from './gateway/limits/rates.ts'
import { Objects } from './gateway/objects/objects.ts'
import type { BatchFacts } from './gateway/objects/batches/facts.ts'
import { Affinity } from './gateway/pipeline/affinity.ts'
import { GpuMeter } from './gateway/pipeline/gpu-meter.ts'
import { Keyring } from './gateway/pipeline/keyring.ts'
import type { Parts } from './gateway/pipeline/parts.ts'
import { restoreBudgets } from './gateway/pipeline/restore.ts'
import { TokenRatios } from './gateway/pipeline/token-ratio.ts'
import { fetchUpstream } from './gateway/upstream/fetch-upstream.ts'
import { SocketUpstream } from './gateway/upstream/socket-upstream.ts'
import type { Upstream } from './gateway/upstream/upstream.ts'
import { Vault } from './gateway/vault/vault.ts'
import { compatible, providers } from './providers/index.ts'
import type { Control } from './server/control.ts'
import { modelsJson, statusJson } from './server/describe.ts'
import { KeyDesk } from './server/key-desk.ts'
import { listen } from './server/listen.ts'
import { gauges, Metrics } from './server/metrics.ts'
import { batchDialects, findRoute } from './server/routes.ts'
import { Watchdog } from './server/watchdog.ts'
import { type Embedded, startStore } from './store/embedded.ts'
import { Documents } from './store/files/documents.ts'
import { KeptFiles } from './store/files/kept-files.ts'
import { openStore } from './store/offline.ts'
import type { StoreOptions } from './store/options.ts'
import type { Store } from './store/ports.ts'
import { adminKeyPath, pepperOf, writeAdminKey } from './store/secrets.ts'
import { version } from './server/version.ts'

export interface ComposeOptions {
  /** Absolute; null when there is no file. */
  readonly configPath: string | null
  readonly env: Environment
  /** Before the file's and the environment's. */
  readonly port?: number
  /** One JSON object a line, for whoever keeps the gateway's log. */
  readonly log: (entry: LogEntry) => void
  /** Reaches the providers in place of the network. */
  readonly upstream?: Upstream
}

export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error'
  readonly event: string
  readonly text: string
  readonly [fact: string]: unknown
}

export interface Gateway {
  readonly url: string
  readonly providers: readonly string[]
  readonly tasks: readonly string[]
  readonly warnings: readonly string[]
  readonly adminKeyPath: string
  /** True when this start made the first admin key. */
  readonly adminKeyMade: boolean
  reload(): Promise<void>
  /** Ends open calls, writes what is left, gives the store free. */
  stop(): Promise<void>
}

const clock = systemClock

/**
 * A running gateway: everything is made here and handed out.
 * @throws ConfigRefused, or Error with a sentence when store or port cannot be had
 */
export async function composeGateway(options: ComposeOptions): Promise<Gateway> {
  const startedAt = clock.now()
  const { log } = options
  const ledgerThreads = new LedgerThreads()
  let recordable = true
  let alarms: Alarms | null = null
  const opened: Opened = await ledgerThreads.orNone(async () => {
    const inForce = new InForce({
      path: options.configPath,
      env: options.env,
      known: { providers, compatible },
      clock,
    })
    const folder = absolute(inForce.current.settings.storePath)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const embedded = await startStore({
      folder,
      spawn: () => ledgerThreads.spawn(),
      options: storeOptions(inForce.current),
      onFault: (part, error) => {
        if (part === 'journal') recordable = error === null
        if (error === null) alarms?.resolve('ledger_fault', part)
        else {
          log({ level: 'error', event: 'ledger_fault', text: error.message, part })
          alarms?.raise('ledger_fault', part, `The ledger's ${part} fails: ${error.message}`)
        }
      },
    })
    return { inForce, folder, embedded }
  })
  try {
    return await composeOn(opened, options, startedAt, {
      recordable: () => recordable,
      tellFaultsTo: (raised) => {
        alarms = raised
      },
    })
  } catch (error) {
    await opened.embedded.close()
    throw error
  }
}

interface Opened {
  readonly inForce: InForce
  readonly folder: string
  readonly embedded: Embedded
}

interface StoreFaults {
  /** Whether calls can be recorded. */
  readonly recordable: () => boolean
  readonly tellFaultsTo: (alarms: Alarms) => void
}

/** The gateway on its store. */
async function composeOn(
  { inForce, folder, embedded }: Opened,
  options: ComposeOptions,
  startedAt: Instant,
  faults: StoreFaults,
): Promise<Gateway> {
  const { log } = options
  const { settings } = inForce.current
  const { store } = embedded
  const alarms = new Alarms(clock, store, () => {})
  faults.tellFaultsTo(alarms)
  deliverAlarms(alarms, inForce.current)

  const keyring = new Keyring(pepperOf(folder))
  const snapshot = () => inForce.current.snapshot
  const keyDesk = new KeyDesk({ settings: store, keyring, snapshot, clock })
  await keyDesk.load()
  const adminKeyMade = await mintFirstAdmin(keyDesk, folder)

  const budgets = new Budgets(settings.timezone, budgetAlarm(alarms))
  const restore = (next: Configuration): Promise<void> =>
    restoreBudgets(
      next.snapshot,
      [...keyring.all(), ...next.snapshot.keys],
      budgets,
      store,
      settings.timezone,
      clock.now(),
    )
  await restore(inForce.current)

  const health = new Health({
    elapsedUs: () => clock.elapsedUs(),
    chance: () => systemRandom.next(),
    onChange: ({ subject, down, why }) => {
      const kind = subject.includes('#') ? 'provider_key' : 'provider_down'
      if (down) alarms.raise(kind, subject, `${subject} is left alone for a while: ${why}`)
      else alarms.resolve(kind, subject)
    },
  })
  const simulator = new SimulatorThread()
  const watchdog = new Watchdog(store, alarms)
  const metrics = new Metrics(
    gauges({
      journal: embedded.journal,
      health: () => watchdog.health,
      resting: () => health.closed().length,
      alarms: () => alarms.open(),
      activeCalls: () => listening.activeCalls,
    }),
  )
  const parts: Parts = {
    snapshot,
    keyring,
    clock,
    random: systemRandom,
    ledger: embedded.ledger,
    payloads: embedded.payloads,
    shelf: embedded.shelf,
    vault: new Vault(embedded.shelf, () => clock.now()),
    budgets,
    rates: new Rates(),
    health,
    upstream: options.upstream ?? (isProxied(options.env) ? fetchUpstream : new SocketUpstream()),
    gpus: new GpuMeter(() => clock.elapsedUs()),
    tokenRatios: new TokenRatios(),
    affinity: new Affinity(() => clock.elapsedUs()),
    alarms,
    simulator: () => simulator.address(),
    observe: metrics.observe,
  }

  const objects = await openObjects(parts, folder, inForce, (error, subject) => {
    const text = error instanceof Error ? error.message : String(error)
    log({ level: 'error', event: 'batch_fault', text, subject })
  })

  /** One reload after another: each sees what the one before it left in force. */
  let reloading: Promise<readonly string[]> = Promise.resolve([])
  const reloadNow = async (): Promise<readonly string[]> => {
    try {
      const next = inForce.next()
      for (const text of restartNeeded(inForce.current, next))
        log({ level: 'warning', event: 'restart_needed', text })
      await restore(next)
      inForce.put(next)
      keyDesk.refresh()
      deliverAlarms(alarms, next)
      alarms.resolve('configuration_refused', inForce.path ?? 'environment')
      log({
        level: 'info',
        event: 'configuration_in_force',
        text: 'The configuration was read again.',
        hash: next.snapshot.hash,
      })
      return []
    } catch (error) {
      const sentences =
        error instanceof ConfigRefused ? error.sentences : [(error as Error).message]
      alarms.raise(
        'configuration_refused',
        inForce.path ?? 'environment',
        `The last good configuration stays in force. ${sentences[0] ?? ''}`,
      )
      log({ level: 'error', event: 'configuration_refused', text: sentences.join(' | ') })
      return sentences
    }
  }
  const reload = (): Promise<readonly string[]> => {
    reloading = reloading.then(reloadNow)
    return reloading
  }

  const control: Control = {
    ...controlOf({ store, alarms, inForce, keyDesk, startedAt }),
    status: (activeCalls) =>
      statusJson({
        version,
        startedAt,
        config: configFacts(inForce),
        snapshot: snapshot(),
        store,
        resting: health.closed(),
        activeCalls,
      }),
    reload,
    swap: (task, models) => swapInFile(inForce, task, models, reload),
  }
  const listening = listen(parts, control, metrics, {
    host: settings.server.host,
    port: options.port ?? settings.server.port,
    limits: { bytesMax: settings.server.bodyLimitBytes, timeoutMs: settings.server.bodyTimeoutMs },
    uploads: {
      bytesMax: settings.files.bytesMax,
      timeoutMs: uploadPatience * settings.server.bodyTimeoutMs,
    },
    objects,
    drainMs: settings.server.drainMs,
    version,
    ready: faults.recordable,
    onFault: (error, id) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      log({ level: 'error', event: 'internal_error', text, request_id: id })
    },
  })
  const watching =
    inForce.path === null
      ? null
      : watchConfig(inForce.path, () => void reload(), { seen: inForce.text ?? '' })
  objects.start()
  void watchdog.start().then(() => tellRecovered(watchdog, alarms))

  return {
    url: listening.url,
    providers: [...snapshot().providers.keys()],
    tasks: [...snapshot().tasks.keys()],
    warnings: inForce.current.warnings,
    adminKeyPath: adminKeyPath(folder),
    adminKeyMade,
    reload: async () => void (await reload()),
    stop: async () => {
      watching?.close()
      watchdog.stop()
      await Promise.all([listening.stop(), objects.stop(settings.server.drainMs)])
      parts.upstream.close()
      simulator.stop()
      await embedded.close()
    },
  }
}

/** Files take longer to arrive than questions: so many times the limit of a body. */
const uploadPatience = 10

async function openObjects(
  parts: Parts,
  folder: string,
  inForce: InForce,
  onFault: (error: unknown, subject: string) => void,
): Promise<Objects> {
  const { files } = inForce.current.settings
  const limits = { bytesMax: files.totalMax }
  return new Objects({
    parts,
    kept: await KeptFiles.open(join(folder, 'files'), limits, clock),
    documents: await Documents.open<BatchFacts>(join(folder, 'files', 'batches')),
    dialects: batchDialects(),
    settings: () => {
      const { settings } = inForce.current
      return { concurrent: settings.batches.concurrent, keepMs: settings.files.keepMs }
    },
    onFault,
  })
}

/** The first thread reads its code while the configuration is read, and is waiting when it is needed. */
class LedgerThreads {
  #waiting: Worker | null = newLedgerThread()

  spawn(): Worker {
    const thread = this.#waiting ?? newLedgerThread()
    this.#waiting = null
    return thread
  }

  /** Runs `start`; when it fails before a thread was needed, none is left behind. */
  async orNone<Started>(start: () => Promise<Started>): Promise<Started> {
    try {
      return await start()
    } catch (error) {
      this.#waiting?.terminate()
      throw error
    }
  }
}

function newLedgerThread(): Worker {
  return new Worker(new URL('./threads/ledger.ts', import.meta.url))
}

/** The store of a configuration without a gateway, for commands. */
export interface Composed {
  /** Answers a path of /api as a gateway would. @throws GatewayError */
  ask(method: string, path: string, body?: unknown): Promise<unknown>
  close(): Promise<void>
}

/** @throws ConfigRefused, or Error when another process owns the store */
export async function composeOffline(
  options: Pick<ComposeOptions, 'configPath' | 'env'>,
): Promise<Composed> {
  const inForce = new InForce({
    path: options.configPath,
    env: options.env,
    known: { providers, compatible },
    clock,
  })
  const folder = absolute(inForce.current.settings.storePath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const store = openStore(folder, storeOptions(inForce.current))
  const keyring = new Keyring(pepperOf(folder))
  const snapshot = () => inForce.current.snapshot
  const keyDesk = new KeyDesk({ settings: store, keyring, snapshot, clock })
  await keyDesk.load()
  const alarms = new Alarms(clock, store, () => {})
  const startedAt = clock.now()
  const reload = async (): Promise<readonly string[]> => {
    inForce.put(inForce.next())
    return []
  }
  const control: Control = {
    ...controlOf({ store, alarms, inForce, keyDesk, startedAt }),
    status: (activeCalls) =>
      statusJson({
        version,
        startedAt,
        config: configFacts(inForce),
        snapshot: snapshot(),
        store,
        resting: [],
        activeCalls,
      }),
    reload,
    swap: (task, models) => swapInFile(inForce, task, models, reload),
  }
  return {
    ask: async (method, path, body) => {
      const [bare = '', query = ''] = path.split('?')
      const { route, rest } = findRoute(method, bare)
      if (!('answer' in route)) throw new RangeError(`${path} is not answered without a gateway.`)
      return route.answer({
        key: whoeverRunsTheCommand,
        rest,
        query: new URLSearchParams(query),
        header: () => null,
        readBody: async () => ({
          text: '',
          value: (body ?? {}) as Record<string, unknown>,
          members: [],
        }),
        control,
        activeCalls: 0,
      })
    },
    close: () => store.close(),
  }
}

/** Who can open the store's folder may do everything with it. */
const whoeverRunsTheCommand = {
  id: 'local',
  role: 'admin',
  env: null,
  tasks: null,
  bounds: { budget: null, rate: null },
} as const

interface ControlSources {
  readonly store: Store
  readonly alarms: Alarms
  readonly inForce: InForce
  readonly keyDesk: KeyDesk
  readonly startedAt: Instant
}

/** What a running gateway and a command without one have in common. */
function controlOf({
  store,
  alarms,
  inForce,
  keyDesk,
}: ControlSources): Omit<Control, 'status' | 'reload' | 'swap'> {
  return {
    store,
    alarms,
    clock,
    snapshot: () => inForce.current.snapshot,
    timezone: inForce.current.settings.timezone,
    models: () => modelsJson(inForce.current.snapshot, clock),
    keys: async () => keyDesk.list(),
    createKey: (wish) => keyDesk.create(wish),
    revokeKey: (id) => keyDesk.revoke(id),
  }
}

function configFacts(inForce: InForce) {
  const { path, loadedAt, refused } = inForce
  return { path, loadedAt, refused, warnings: inForce.current.warnings }
}

/** @throws RangeError with a sentence; ConfigRefused when the model cannot stand there */
async function swapInFile(
  inForce: InForce,
  task: string,
  models: readonly string[],
  reload: () => Promise<readonly string[]>,
): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }> {
  const { path } = inForce
  if (path === null) {
    throw new RangeError(
      'There is no configuration file, and so no task to change. To make one: freehold init',
    )
  }
  const namesOf = (): readonly string[] =>
    inForce.current.snapshot.tasks
      .get(task)
      ?.candidates.map(({ provider, model }) => `${provider}/${model}`) ?? []
  const before = namesOf()
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, swapTaskModel(text, task, models))
  const refused = await reload()
  if (refused.length === 0) return { before, after: namesOf() }
  writeFileSync(path, text)
  await reload()
  throw new RangeError(
    `The file is as it was, because with the swap it would be refused: ${refused.join(' ')}`,
  )
}

function storeOptions({ settings }: Configuration): Partial<StoreOptions> {
  const dayMs = 86_400_000
  return {
    timeZone: settings.timezone,
    rowsDays: settings.retention.rowsMs / dayMs,
    payloadDays: settings.retention.payloadsMs / dayMs,
  }
}

async function mintFirstAdmin(keyDesk: KeyDesk, folder: string): Promise<boolean> {
  if (keyDesk.hasAdmin) return false
  const names = new Set(keyDesk.list().map(({ id }) => id))
  const id = names.has('admin') ? `admin-${Date.now()}` : 'admin'
  const { secret } = await keyDesk.create({
    id,
    role: 'admin',
    env: null,
    tasks: null,
    budget: null,
  })
  writeAdminKey(folder, new Secret(secret))
  return true
}

function deliverAlarms(alarms: Alarms, { settings }: Configuration): void {
  const { alarmWebhook } = settings
  alarms.deliverTo(
    alarmWebhook === null ? () => {} : new Webhook(alarmWebhook.reveal(), clock).deliver,
  )
}

function budgetAlarm(alarms: Alarms): (news: BudgetNews) => void {
  return ({ scoped, spent, share }) => {
    const { kind, value, budget } = scoped
    const subject = `${kind} ${value}`
    const text = `${format(spent)} of ${format(budget.limit)} per ${budget.per} are spent.`
    if (share < 1) alarms.raise('budget_near', subject, text)
    else alarms.raise('budget_spent', subject, `${text} Further calls are refused.`)
  }
}

/** `fetch` knows how to go through a proxy that the environment names; our own sockets do not. */
function isProxied(env: Environment): boolean {
  return ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some(
    (name) => (env[name] ?? '') !== '',
  )
}

/** What only a start can change. */
function restartNeeded(
  { settings: old }: Configuration,
  { settings: next }: Configuration,
): readonly string[] {
  const told: [string, boolean][] = [
    ['server', JSON.stringify(old.server) !== JSON.stringify(next.server)],
    ['store', old.storePath !== next.storePath],
    ['timezone', old.timezone !== next.timezone],
    ['files', JSON.stringify(old.files) !== JSON.stringify(next.files)],
    ['retention', JSON.stringify(old.retention) !== JSON.stringify(next.retention)],
  ]
  return told
    .filter(([, changed]) => changed)
    .map(([name]) => `${name} was changed; that takes effect at the next start.`)
}

function tellRecovered({ health }: Watchdog, alarms: Alarms): void {
  if (health === null || health.recovered === 0) return
  alarms.raise(
    'intents_recovered',
    'ledger',
    `${health.recovered} attempts were under way when an earlier process died. They are on the ledger as unknown.`,
  )
}

/** The simulator in a thread of its own, started by the first call that needs it. */
class SimulatorThread {
  #worker: Worker | null = null
  #address: Promise<string> | null = null

  address(): Promise<string> {
    this.#address ??= this.#start()
    return this.#address
  }

  stop(): void {
    this.#worker?.terminate()
  }

  #start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const worker = new Worker(new URL('../simulator/worker.ts', import.meta.url))
    this.#worker = worker
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<{ url?: string; error?: string }>) => {
        if (data.url !== undefined) resolve(data.url)
        else if (data.error !== undefined) reject(new Error(data.error))
      },
    )
    const ended = (): void => {
      this.#address = null
      reject(new Error('the simulator ended'))
    }
    worker.addEventListener('error', ended)
    worker.addEventListener('close', ended)
    return promise
  }
}
