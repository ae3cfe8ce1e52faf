import { mkdirSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { Alarms } from '../alarms/alarms.ts'
import type { Environment } from '../config/environment.ts'
import { ConfigRefused, InForce } from '../config/in-force.ts'
import type { Configuration } from '../config/load.ts'
import { watchConfig } from '../config/watch.ts'
import { type Instant, systemClock } from '../core/clock.ts'
import { systemRandom } from '../core/random.ts'
import { Health } from '../gateway/health/health.ts'
import { KeyRoom } from '../gateway/health/key-room.ts'
import { Latencies } from '../gateway/health/latencies.ts'
import { RetryBudget } from '../gateway/health/retry-budget.ts'
import { Budgets } from '../gateway/limits/budgets.ts'
import { Rates } from '../gateway/limits/rates.ts'
import { Shedding } from '../gateway/limits/shedding.ts'
import { Affinity } from '../gateway/pipeline/affinity.ts'
import { GpuMeter } from '../gateway/pipeline/gpu-meter.ts'
import { IdempotentCalls } from '../gateway/pipeline/idempotent-calls.ts'
import { KeepingRoom } from '../gateway/pipeline/keeping.ts'
import { Keyring } from '../gateway/pipeline/keyring.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import { restoreBudgets } from '../gateway/pipeline/restore.ts'
import { TokenRatios } from '../gateway/pipeline/token-ratio.ts'
import { fetchUpstream } from '../gateway/upstream/fetch-upstream.ts'
import { SocketUpstream } from '../gateway/upstream/socket-upstream.ts'
import { Vault } from '../gateway/vault/vault.ts'
import { compatible, providers } from '../providers/index.ts'
import type { Control } from '../server/control.ts'
import { statusJson } from '../server/describe.ts'
import { KeyDesk } from '../server/key-desk.ts'
import { listen } from '../server/listen.ts'
import { gauges, Metrics } from '../server/metrics.ts'
import { version } from '../server/version.ts'
import { Watchdog } from '../server/watchdog.ts'
import { type Embedded, startStore } from '../store/embedded.ts'
import { removeAddress, writeAddress } from '../store/address.ts'
import { adminKeyPath, pepperOf } from '../store/secrets.ts'
import { budgetAlarm, deliverAlarms, healthAlarm, sheddingAlarm, tellRecovered } from './alarms.ts'
import { configFacts, controlOf, swapInFile } from './control.ts'
import { openObjects, uploadPatience } from './objects.ts'
import type { ComposeOptions } from './options.ts'
import { mintFirstAdmin, restartNeeded, storeOptions } from './start.ts'
import { LedgerThreads, SimulatorThread } from './threads.ts'
import { knownPrices, LedgerVerifier } from './verifier.ts'

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
    const serves = inForce.current.settings.ledger.whenUnavailable === 'serve'
    const embedded = await startStore({
      folder,
      spawn: () => ledgerThreads.spawn(),
      options: storeOptions(inForce.current),
      journal: inForce.current.settings.ledger,
      onFault: (part, error) => {
        if (part === 'journal') recordable = error === null || serves
        if (error === null) alarms?.resolve('ledger_fault', part)
        else {
          log({ level: 'error', event: 'ledger_fault', text: error.message, part })
          const meanwhile =
            part === 'journal' && serves ? ' Calls are served, and their rows wait in memory.' : ''
          const says = `The ledger's ${part} fails: ${error.message}${meanwhile}`
          alarms?.raise('ledger_fault', part, says)
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
    onChange: healthAlarm(alarms),
  })
  const shedding = new Shedding({
    elapsedUs: () => clock.elapsedUs(),
    chance: () => systemRandom.next(),
    onChange: sheddingAlarm(alarms),
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
      shedding: () => shedding,
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
    shedding,
    health,
    latencies: new Latencies(() => clock.elapsedUs()),
    keyRoom: new KeyRoom(() => clock.elapsedUs()),
    retryBudget: new RetryBudget(() => clock.elapsedUs()),
    upstream: options.upstream ?? (isProxied(options.env) ? fetchUpstream : new SocketUpstream()),
    gpus: new GpuMeter(() => clock.elapsedUs()),
    tokenRatios: new TokenRatios(),
    idempotentCalls: new IdempotentCalls(),
    keepingRoom: new KeepingRoom(),
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

  const checkup = new LedgerVerifier(folder, true, () => knownPrices(snapshot(), clock.now()))
  const control: Control = {
    ...controlOf({ store, alarms, inForce, keyDesk, startedAt, checkup }),
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
  writeAddress(folder, listening.url)
  const watching =
    inForce.path === null
      ? null
      : watchConfig(inForce.path, () => void reload(), { seen: inForce.text ?? '' })
  objects.start()
  shedding.start()
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
      removeAddress(folder)
      watching?.close()
      watchdog.stop()
      shedding.stop()
      checkup.stop()
      await Promise.all([listening.stop(), objects.stop(settings.server.drainMs)])
      parts.upstream.close()
      simulator.stop()
      await embedded.close()
    },
  }
}

/** `fetch` knows how to go through a proxy that the environment names; our own sockets do not. */
function isProxied(env: Environment): boolean {
  return ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some(
    (name) => (env[name] ?? '') !== '',
  )
}
