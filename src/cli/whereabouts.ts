import { readFileSync } from 'node:fs'
import { dirname, resolve as absolute } from 'node:path'

const usualStore = './data'

/**
 * The store that a configuration names, read without a look at the rest of the file: to check all of it makes a
 * command slower, and the gateway that runs has done so. Null: only who reads the whole file can tell.
 * @param path  absolute; null when there is no file
 */
export function storeNamedBy(path: string | null): string | null {
  if (path === null) return absolute(usualStore)
  try {
    const tree: unknown = Bun.YAML.parse(readFileSync(path, 'utf8'))
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return null
    const { store = usualStore } = tree as { store?: unknown }
    // What is in the environment may be anywhere.
    if (typeof store !== 'string' || store === '' || store.includes('$')) return null
    return absolute(dirname(path), store)
  } catch {
    return null
  }
}
