import { Alarms } from '../alarms/alarms.ts'
import { ConfigRefused } from '../config/in-force.ts'
import { systemClock } from '../core/clock.ts'
import { Keyring } from '../gateway/pipeline/keyring.ts'
import { Changes, withItsChange } from '../server/changes.ts'
import type { Control, Studies } from '../server/control.ts'
import { statusJson } from '../server/describe.ts'
import { KeyDesk } from '../server/key-desk.ts'
import { findRoute } from '../server/routes.ts'
import { version } from '../server/version.ts'
import { EvalRuns } from './eval-runs.ts'
import { openStore } from '../store/offline.ts'
import { pepperOf } from '../store/secrets.ts'
import { readSimulated } from '../store/simulated.ts'
import { configured } from './configured.ts'
import { FileDesk } from './config-desk.ts'
import { configFacts, controlOf, swapInFile } from './control.ts'
import type { ComposeOptions } from './options.ts'
import { Prices } from './price-desk.ts'
import { storeOptions } from './start.ts'
import { knownPrices, LedgerVerifier } from './verifier.ts'

const clock = systemClock

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
  const { inForce, folder, openBook } = configured(options)
  const store = openStore(folder, storeOptions(inForce.current))
  const book = await openBook(store)
  const keyring = new Keyring(pepperOf(folder))
  const snapshot = () => inForce.current.snapshot
  const keyDesk = new KeyDesk({ settings: store, keyring, snapshot, clock })
  await keyDesk.load()
  const alarms = new Alarms(clock, store, () => {})
  const startedAt = clock.now()
  /** @returns why it was refused, as a gateway says it: whoever wrote the file takes that back */
  const reload = async (): Promise<readonly string[]> => {
    try {
      inForce.put(inForce.next())
      return []
    } catch (error) {
      return error instanceof ConfigRefused ? error.sentences : [(error as Error).message]
    }
  }
  const prices = new Prices({
    store,
    ledger: store,
    alarms,
    clock,
    timezone: inForce.current.settings.timezone,
    snapshot,
    onChange: async () => {
      await book.load()
      return reload()
    },
  })
  const checkup = new LedgerVerifier(folder, false, () => knownPrices(snapshot(), clock.now()))
  const control: Control = {
    ...controlOf({
      store,
      alarms,
      inForce,
      keyDesk,
      startedAt,
      checkup,
      prices,
      studies: studiesHere,
      evals: new EvalRuns(folder),
      changes: new Changes(
        {
          put: (item, words) => store.shelve([{ item, words }]),
          list: (query) => store.shelfItems(query, null),
        },
        clock,
      ),
    }),
    simulated: readSimulated(folder),
    config: new FileDesk(inForce, reload),
    status: (activeCalls) =>
      statusJson({
        version,
        startedAt,
        simulated: control.simulated,
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
      return withItsChange(route, {
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
    close: () => {
      checkup.stop()
      return store.close()
    },
  }
}

/** No call waits for a command. What is known of machines is read only where it is asked for. */
const studiesHere: Studies = {
  breakEven: async (order) => {
    const { measuredPoints, rents } = await import('../catalog/machines.ts')
    const { breakEvenStudy } = await import('../control/economics/breakeven-study.ts')
    return breakEvenStudy(order, { points: measuredPoints(), rents: rents() })
  },
}

/** Who can open the store's folder may do everything with it. */
const whoeverRunsTheCommand = {
  id: 'local',
  role: 'admin',
  env: null,
  tasks: null,
  bounds: { budget: null, rate: null },
} as const
