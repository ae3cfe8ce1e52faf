import { readFileSync } from 'node:fs'
import type { PriceVersion } from '../catalog/book.ts'
import { type Clock, type Instant } from '../core/clock.ts'
import type { Environment } from './environment.ts'
import { type ConfigIssue, issueText } from './issue.ts'
import { type Configuration, type Loaded, loadConfig } from './load.ts'
import type { Known } from './resolve-providers.ts'

export interface InForceOptions {
  /** Null: there is no file, and the environment says who is live. */
  readonly path: string | null
  readonly env: Environment
  readonly known: Known
  readonly clock: Clock
  /** The file's text; read from the disk unless somebody has it already. */
  readonly read?: (path: string) => string
  /** Versions of prices, as the store has them when the file is read. */
  readonly book?: () => readonly PriceVersion[]
}

/** A configuration was refused; each sentence names file, line and column. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused'
  readonly sentences: readonly string[]

  constructor(path: string | null, issues: readonly ConfigIssue[]) {
    const sentences = issues.map((issue) => issueText(path ?? 'environment', issue))
    super(sentences.join('\n'))
    this.sentences = sentences
  }
}

/**
 * The configuration that is in force: whole or not at all. A file that is refused leaves the last
 * good one standing, and says why.
 */
export class InForce {
  readonly path: string | null
  readonly #options: InForceOptions
  #current: Configuration
  #loadedAt: Instant
  #changing: Promise<unknown> = Promise.resolve()
  /** The file as it was read last; null when there is none. */
  text: string | null = null
  /** The text of the configuration that is in force. */
  #textInForce: string | null
  /** Why the file as it stands now was refused; empty when it is in force. */
  refused: readonly string[] = []

  /** @throws ConfigRefused when there is no good one to begin with; Error when it cannot be read */
  constructor(options: InForceOptions) {
    this.path = options.path
    this.#options = options
    this.#current = this.#read()
    this.#textInForce = this.text
    this.#loadedAt = options.clock.now()
  }

  get textInForce(): string | null {
    return this.#textInForce
  }

  get current(): Configuration {
    return this.#current
  }

  get loadedAt(): Instant {
    return this.#loadedAt
  }

  /** The configuration as the file says it now, not yet in force. @throws as the constructor does */
  next(): Configuration {
    try {
      return this.#read()
    } catch (error) {
      this.refused = error instanceof ConfigRefused ? error.sentences : [(error as Error).message]
      throw error
    }
  }

  put(configuration: Configuration): void {
    this.#current = configuration
    this.#textInForce = this.text
    this.#loadedAt = this.#options.clock.now()
    this.refused = []
  }

  /** Changes of the file go one after the other: each is made in what the one before it left. */
  change<Result>(work: () => Promise<Result>): Promise<Result> {
    const changed = this.#changing.then(work)
    this.#changing = changed.catch(() => {})
    return changed
  }

  /** What would become of a text in the file's place. Nothing is changed. */
  tryOut(text: string | null): Loaded {
    const { path, env, known, clock, book } = this.#options
    const source = path === null || text === null ? null : { text, path }
    const now = clock.now()
    return loadConfig(source, { env, ...known, now, ...(book && { book: book() }) })
  }

  #read(): Configuration {
    const { path, read } = this.#options
    this.text = path === null ? null : (read?.(path) ?? readFileSync(path, 'utf8'))
    const loaded = this.tryOut(this.text)
    if ('errors' in loaded) throw new ConfigRefused(path, loaded.errors)
    return loaded.config
  }
}
