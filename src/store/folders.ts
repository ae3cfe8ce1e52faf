import { join } from 'node:path'

/** Where in a store's folder its journal is. */
export function journalFolder(folder: string): string {
  return join(folder, 'journal')
}
