import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** That a store holds traffic which nobody sent, and from when to when. Money made of it is nobody's. */
export interface Simulated {
  readonly seed: number
  /** RFC 3339; the first simulated call, and where the simulation ends. */
  readonly since: string
  readonly until: string
}

const name = 'simulated.json'

/** Null for a store of real calls. */
export function readSimulated(folder: string): Simulated | null {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Simulated
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null
    throw error
  }
}

export function writeSimulated(folder: string, simulated: Simulated): void {
  writeFileSync(join(folder, name), `${JSON.stringify(simulated)}\n`, { mode: 0o600 })
}
