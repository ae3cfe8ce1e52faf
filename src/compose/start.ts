import type { Configuration } from '../config/load.ts'
import { Secret } from '../core/secret.ts'
import { KeyDesk } from '../server/key-desk.ts'
import type { StoreOptions } from '../store/options.ts'
import { writeAdminKey } from '../store/secrets.ts'

export function storeOptions({ settings }: Configuration): Partial<StoreOptions> {
  const dayMs = 86_400_000
  return {
    timeZone: settings.timezone,
    rowsDays: settings.retention.rowsMs / dayMs,
    payloadDays: settings.retention.payloadsMs / dayMs,
  }
}

/** @returns the id of the admin key that was made; null when there was one */
export async function mintFirstAdmin(keyDesk: KeyDesk, folder: string): Promise<string | null> {
  if (keyDesk.hasAdmin) return null
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
  return id
}

/** What only a start can change. */
export function restartNeeded(
  { settings: old }: Configuration,
  { settings: next }: Configuration,
): readonly string[] {
  const told: [string, boolean][] = [
    ['server', JSON.stringify(old.server) !== JSON.stringify(next.server)],
    ['store', old.storePath !== next.storePath],
    ['ledger', JSON.stringify(old.ledger) !== JSON.stringify(next.ledger)],
    ['timezone', old.timezone !== next.timezone],
    ['files', JSON.stringify(old.files) !== JSON.stringify(next.files)],
    ['retention', JSON.stringify(old.retention) !== JSON.stringify(next.retention)],
  ]
  return told
    .filter(([, changed]) => changed)
    .map(([name]) => `${name} was changed; that takes effect at the next start.`)
}
