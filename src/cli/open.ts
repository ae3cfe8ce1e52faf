import { resolve as absolute } from 'node:path'
import { InForce } from '../config/in-force.ts'
import { systemClock } from '../core/clock.ts'
import type { PriceVersion } from '../catalog/book.ts'
import { keptVersions } from '../compose/book.ts'
import type { Composed } from '../compose/offline.ts'
import { compatible, providers } from '../providers/index.ts'
import type { Context } from './command.ts'
import { configPathOf, portOf } from './config-path.ts'

/** The configuration that a command is about. */
export interface OpenedFile {
  /** Absolute; null when there is none. */
  readonly path: string | null
  readonly host: string
  readonly port: number
  readonly store: string
  readonly inForce: InForce
  /** The store, opened without a gateway. */
  readonly compose: () => Promise<Composed>
}

/** Prices are those that a gateway would take: of the file, of the store's book, of the catalog. @throws CommandError, ConfigRefused */
export function openFile(context: Context): OpenedFile {
  const path = configPathOf(context)
  const { env } = context
  let book: readonly PriceVersion[] = []
  const inForce = new InForce({
    path,
    env,
    known: { providers, compatible },
    clock: systemClock,
    book: () => book,
  })
  const { server, storePath } = inForce.current.settings
  book = keptVersions(absolute(storePath))
  if (book.length > 0) inForce.put(inForce.next())
  return {
    path,
    host: server.host,
    port: portOf({ option: () => undefined, env }) ?? server.port,
    store: absolute(storePath),
    inForce,
    compose: async () => {
      const { composeOffline } = await import('../compose/offline.ts')
      return composeOffline({ configPath: path, env })
    },
  }
}
