import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the gateway that runs on a store listens, for commands: a port may come from anywhere. */
const name = 'address'

export function writeAddress(folder: string, url: string): void {
  writeFileSync(join(folder, name), `${url}\n`, { mode: 0o600 })
}

/** A gateway that was killed leaves its address behind: whoever reads it asks whether it answers. */
export function readAddress(folder: string): string | null {
  try {
    return readFileSync(join(folder, name), 'utf8').trim()
  } catch {
    return null
  }
}

export function removeAddress(folder: string): void {
  rmSync(join(folder, name), { force: true })
}
