import { outwardId } from './ids.ts'
import type { Held, Owned } from './owned.ts'
import type { LiveProvider, Snapshot } from '../pipeline/snapshot.ts'

/** What a provider calls a model that a caller named: by its full name, by a task, or as the provider does. */
export function modelAt({ id }: LiveProvider, model: string, { tasks }: Snapshot): string {
  const meant = tasks.get(model)?.candidates.find(({ provider }) => provider === id)?.model
  if (meant !== undefined) return meant
  return model.startsWith(`${id}/`) ? model.slice(id.length + 1) : model
}

/** Files that a provider made belong to whom the batch or job belongs that they are of. */
export async function noteFiles(owned: Owned, held: Held, files: readonly string[]): Promise<void> {
  if (held.owner === null) return
  for (const id of files) {
    const outward = outwardId('file', { provider: held.provider, id })
    await owned.noteOnce('file', { ...held, outward, id, object: {} })
  }
}
