import type { Environment } from '../config/environment.ts'
import type { Upstream } from '../gateway/upstream/upstream.ts'

export interface ComposeOptions {
  /** Absolute; null when there is no file. */
  readonly configPath: string | null
  readonly env: Environment
  /** Before the file's and the environment's. */
  readonly port?: number
  /** One JSON object a line, for whoever keeps the gateway's log. */
  readonly log: (entry: LogEntry) => void
  /** Reaches the providers in place of the network. */
  readonly upstream?: Upstream
  /** Starts a further thread that serves calls. */
  readonly servingThread?: () => Worker
}

export interface LogEntry {
  readonly level: 'info' | 'warning' | 'error'
  readonly event: string
  readonly text: string
  readonly [fact: string]: unknown
}
