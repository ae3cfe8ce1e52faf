import { watch, type FSWatcher } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

export interface ConfigWatch {
  /**
   * Reads the file now and hands it over, changed or not: what the environment says may have changed.
   * @throws Error when the file cannot be read
   */
  reload(): Promise<void>
  close(): void
}

export interface WatchOptions {
  /** The text that is in force, so that a change since it was read is seen. */
  readonly seen?: string
  /** Told once when the file cannot be read; what is in force stays so. */
  readonly onTrouble?: (sentence: string) => void
}

/** Editors write in several steps, and several files. */
const settleMs = 50
/** In a folder where something is written all the time, nothing ever settles. */
const unsettledMs = 500
/** A file that is empty is about to be written, more often than it is meant. */
const emptyMs = 500
/** How often a file or folder that is gone is looked for. */
const goneMs = 1_000

/**
 * Hands over the text of a file each time it has changed. The folder is watched, not the file, so it
 * does not matter whether the file is written, replaced, or a link that is turned to another one.
 * A file that is gone is waited for.
 */
export function watchConfig(
  path: string,
  onChange: (text: string) => void,
  { seen, onTrouble }: WatchOptions = {},
): ConfigWatch {
  return new FileWatch(resolve(path), onChange, seen ?? null, onTrouble ?? (() => {}))
}

class FileWatch implements ConfigWatch {
  readonly #path: string
  readonly #onChange: (text: string) => void
  readonly #onTrouble: (sentence: string) => void
  #watchers: FSWatcher[] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  /** When the first of the events came that no look has followed yet; milliseconds, monotonic. */
  #firstEventMs: number | null = null
  /** One look after the other. */
  #looking: Promise<void> = Promise.resolve()
  #hash: bigint | null
  #emptyBefore = false
  #troubled = false
  #closed = false

  constructor(
    path: string,
    onChange: (text: string) => void,
    seen: string | null,
    onTrouble: (sentence: string) => void,
  ) {
    this.#path = path
    this.#onChange = onChange
    this.#onTrouble = onTrouble
    this.#hash = seen === null ? null : Bun.hash.xxHash64(seen)
    this.#lookIn(0)
  }

  reload(): Promise<void> {
    const reloaded = this.#looking.then(async () => {
      const text = await readFile(this.#path, 'utf8')
      this.#take(text)
    })
    this.#looking = reloaded.catch(() => {})
    return reloaded
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#watch([])
  }

  #lookSoon(): void {
    const now = performance.now()
    this.#firstEventMs ??= now
    this.#lookIn(Math.max(0, Math.min(settleMs, this.#firstEventMs + unsettledMs - now)))
  }

  #lookIn(ms: number): void {
    if (this.#closed) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#firstEventMs = null
      this.#looking = this.#looking
        .then(() => this.#look())
        .catch((error: Error) => this.#onTrouble(`${this.#path}: ${error.message}`))
    }, ms)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    let text: string
    try {
      // Watched first, read then: nothing is missed in between.
      this.#watch([dirname(this.#path), dirname(await realpath(this.#path))])
      text = await readFile(this.#path, 'utf8')
    } catch (error) {
      this.#wait(error as Error)
      return
    }
    this.#troubled = false
    const hash = Bun.hash.xxHash64(text)
    const first = this.#hash === null
    if (hash === this.#hash) {
      this.#emptyBefore = false
      return
    }
    if (text.trim() === '' && !this.#emptyBefore) {
      this.#emptyBefore = true
      this.#lookIn(emptyMs)
      return
    }
    if (first) this.#hash = hash
    else this.#take(text)
  }

  #take(text: string): void {
    this.#emptyBefore = false
    this.#hash = Bun.hash.xxHash64(text)
    if (!this.#closed) this.#onChange(text)
  }

  /** The file is gone, or its folder. */
  #wait({ message }: Error): void {
    if (!this.#troubled) {
      this.#troubled = true
      this.#onTrouble(`${this.#path} cannot be read (${message}). What is in force stays so.`)
    }
    this.#watch([dirname(this.#path)])
    this.#lookIn(goneMs)
  }

  /**
   * Watches these folders: the file's, and the one that it leads to when it is a link. Each time anew,
   * because a folder that was deleted and made again is another one, of which the old watcher would
   * never tell anything.
   */
  #watch(folders: readonly string[]): void {
    const old = this.#watchers
    this.#watchers = []
    for (const folder of this.#closed ? [] : new Set(folders)) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#lookSoon())
        watcher.on('error', () => this.#lookIn(goneMs))
        this.#watchers.push(watcher)
      } catch {
        // Not there, or no watches left: the file is looked for as long as it is gone.
      }
    }
    for (const watcher of old) watcher.close()
  }
}
