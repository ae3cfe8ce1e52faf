import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchema } from '../../config/json-schema.ts'
import { instant, systemClock } from '../../core/clock.ts'
import { readSimulated, type Simulated } from '../../store/simulated.ts'
import { lockFolder } from '../../store/sqlite/lock.ts'
import { buildDemo } from './build.ts'
import { demoConfig } from './config.ts'
import { hourUs } from './traffic.ts'

/** After so long without traffic its events are past, and it is made anew. */
const staleUs = 14 * 24 * hourUs

export interface DemoOptions {
  readonly folder: string
  readonly seed: number
  /** Also where there is one already. */
  readonly anew: boolean
  readonly onProgress: (share: number, attempts: number) => void
  readonly signal: AbortSignal
}

export interface Demo {
  readonly configPath: string
  readonly simulated: Simulated
  /** Attempts that this start has written. */
  readonly attempts: number
  readonly isNew: boolean
}

/**
 * A folder with the demo's configuration and its store, filled up to now.
 * @throws RangeError where the folder has something else in it; Error when its store is in use
 */
export async function prepareDemo(options: DemoOptions): Promise<Demo> {
  const { folder, seed, anew, onProgress, signal } = options
  const configPath = join(folder, 'freehold.yaml')
  const storePath = join(folder, 'store')
  const now = systemClock.now()
  const found = existsSync(storePath) ? readSimulated(storePath) : null
  const other = [configPath, storePath].find((path) => existsSync(path))
  if (found === null && other !== undefined && !existsSync(unfinishedPath(folder)))
    throw new RangeError(
      `${other} is there already and is not the demo's. Name another folder: freehold demo FOLDER`,
    )
  const before = found === null || anew || now - instant(found.until) > staleUs ? null : found
  if (before === null) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Whoever looks at the demo meanwhile keeps it.
    if (existsSync(storePath)) lockFolder(storePath).release()
    writeFileSync(unfinishedPath(folder), 'The demo in this folder is being made.\n')
    rmSync(storePath, { recursive: true, force: true })
    writeFileSync(configPath, demoConfig())
    writeFileSync(
      join(folder, 'freehold.schema.json'),
      `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    )
  }
  const built = await buildDemo({ configPath, seed, before, now, onProgress, signal })
  rmSync(unfinishedPath(folder), { force: true })
  return { configPath, ...built, isNew: before === null }
}

/** Left by a start that was ended: the next one may begin anew in its place. */
function unfinishedPath(folder: string): string {
  return join(folder, 'unfinished')
}
