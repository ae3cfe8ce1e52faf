import { join } from 'node:path'
import { type Configuration, loadConfig } from '../../src/config/load.ts'
import { partsOf } from '../../src/compose/parts.ts'
import { Secret } from '../../src/core/secret.ts'
import { Experiments } from '../../src/gateway/experiments/experiments.ts'
import { Health } from '../../src/gateway/health/health.ts'
import { Latencies } from '../../src/gateway/health/latencies.ts'
import { IdempotentCallsHere } from '../../src/gateway/pipeline/idempotent-calls.ts'
import { Keyring } from '../../src/gateway/pipeline/keyring.ts'
import type { Parts } from '../../src/gateway/pipeline/parts.ts'
import { restoreBudgets } from '../../src/gateway/pipeline/restore.ts'
import { compatible, providers } from '../../src/providers/index.ts'
import { fillKeyring } from '../../src/server/key-desk.ts'
import { JournalWriter } from '../../src/store/journal/writer.ts'
import { LocalStore } from '../../src/store/local.ts'
import { journalFolder } from '../../src/store/folders.ts'
import { MemoryShelf } from '../../src/store/memory-shelf.ts'
import { storeDefaults } from '../../src/store/options.ts'
import { timeZone, wrongYaml, yamlOf } from './config.ts'
import type { Disk, Mount } from './disk.ts'
import type { Network } from './network.ts'
import type { Life, World } from './world.ts'

/** A gateway from its start to its death: the pipeline and all it is given, without server and threads. */
export class Process implements Life {
  readonly number: number
  readonly parts: Parts
  readonly writer: JournalWriter
  readonly mount: Mount
  /** Never resolves while it lives. */
  readonly death: Promise<'dead'>
  /** Configurations by the hash that rows name them by. */
  readonly rounds: Map<string, number>
  readonly #die: () => void
  readonly #world: World
  #configuration: Configuration
  over = false

  private constructor(
    number: number,
    { world, network, disk, folder, sabotage }: Place,
    after: number,
    round: number,
    rounds: Map<string, number>,
    configuration: Configuration,
  ) {
    this.number = number
    this.#world = world
    this.rounds = rounds
    const { promise, resolve } = Promise.withResolvers<'dead'>()
    this.death = promise
    this.#die = () => resolve('dead')
    const clock = world.clockOf(this)
    const timers = world.timersOf(this)
    this.mount = disk.mount()
    this.writer = new JournalWriter({
      folder: journalFolder(folder),
      after,
      clock,
      timers,
      files: this.mount,
      segmentBytesMax: 500_000,
      queueBytesMax: 2_000_000,
    })
    this.#configuration = configuration
    rounds.set(configuration.snapshot.hash, round)
    const keyring = new Keyring(new Secret('0123456789abcdef0123456789abcdef'))
    fillKeyring(keyring, [], configuration.snapshot)
    const shelf = new MemoryShelf(() => clock.now(), 10_000_000)
    const random = world.chance(`process ${number}`)
    const alarms = { raise: () => {}, resolve: () => {} }
    const elapsedUs = (): number => clock.elapsedUs()
    this.parts = sabotage({
      ...partsOf({
        snapshot: () => this.#configuration.snapshot,
        keyring,
        ledger: this.writer,
        payloads: { keep: () => {} },
        shelf,
        idempotentCalls: new IdempotentCallsHere(() => Promise.resolve(null)),
        simulator: () => Promise.reject(new Error('there is none')),
        observe: () => {},
        clock,
        alarms,
        timezone: timeZone,
        env: {},
        shared: null,
        threads: 1,
        upstream: network.upstreamOf(this, timers),
      }),
      random,
      health: new Health({ elapsedUs, chance: () => random.next(), onChange: () => {} }),
      latencies: new Latencies(elapsedUs),
      experiments: new Experiments({ clock, random, shelf, alarms }),
    })
  }

  /** Starts on what the process before it left on the disk. */
  static async start(
    number: number,
    round: number,
    rounds: Map<string, number>,
    place: Place,
  ): Promise<Process> {
    const { world, folder } = place
    const configuration = configured(yamlOf(round), world)
    if ('errors' in configuration)
      throw new Error(configuration.errors.map(({ sentence }) => sentence).join(' '))
    const store = openStore(folder, world)
    try {
      store.catchUp()
      const process = new Process(
        number,
        place,
        Math.max(0, ...store.segments),
        round,
        rounds,
        configuration.config,
      )
      const { snapshot } = configuration.config
      await restoreBudgets(
        { snapshot, keys: snapshot.keys },
        null,
        process.parts.budgets,
        store,
        timeZone,
        world.wall,
      )
      return process
    } finally {
      await store.close()
    }
  }

  /** @returns false when it was refused, and the one in force stays */
  reload(round: number, wrong: boolean): boolean {
    const next = configured(wrong ? wrongYaml(round) : yamlOf(round), this.#world)
    if ('errors' in next) return false
    this.#configuration = next.config
    this.rounds.set(next.config.snapshot.hash, round)
    fillKeyring(this.parts.keyring, [], next.config.snapshot)
    return true
  }

  /** As by SIGKILL: whatever it was about to do, nobody sees. */
  kill(): void {
    if (this.over) return
    this.over = true
    this.mount.unmount()
    this.#die()
  }
}

export interface Place {
  readonly world: World
  readonly network: Network
  readonly disk: Disk
  readonly folder: string
  readonly sabotage: (parts: Parts) => Parts
}

export function openStore(folder: string, world: World): LocalStore {
  const clock = world.clockOf({ over: false })
  return new LocalStore(folder, { ...storeDefaults, timeZone }, { masker: null }, clock)
}

function configured(text: string, world: World) {
  const source = { text, path: join('/', 'freehold.yaml') }
  return loadConfig(source, { env: {}, providers, compatible, now: world.wall })
}
