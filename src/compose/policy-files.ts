import { dirname, resolve } from 'node:path'
import { type ConfigWatch, watchConfig } from '../config/watch.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'

/** Watches the policies that tasks name, so that one that was made anew is in force without another word. */
export class PolicyFiles {
  readonly #folder: string
  readonly #reload: () => void
  readonly #watches = new Map<string, ConfigWatch>()

  /** @param configPath  of the file in which they are named; paths begin at its folder */
  constructor(configPath: string, reload: () => void) {
    this.#folder = dirname(configPath)
    this.#reload = reload
  }

  /** Watches what is named now, and nothing else. */
  follow({ tasks }: Pick<Snapshot, 'tasks'>): void {
    const named = new Map<string, boolean>()
    for (const { routing } of tasks.values()) {
      if (routing === null || routing.path === null) continue
      named.set(resolve(this.#folder, routing.path), routing.fitted !== null)
    }
    for (const [path, watch] of this.#watches) {
      if (named.has(path)) continue
      watch.close()
      this.#watches.delete(path)
    }
    for (const [path, isRead] of named) {
      if (this.#watches.has(path)) continue
      // One that could not be read is news as soon as it is there.
      const options = isRead ? {} : { seen: '' }
      this.#watches.set(path, watchConfig(path, this.#reload, options))
    }
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close()
    this.#watches.clear()
  }
}
