/** /api/config, /api/settings and /api/changes. */

export interface ConfigJson {
  /** The file's name; null where the gateway runs without one, and all else is of what the environment says. */
  readonly file: string | null
  /** Keys that are written out in it are marked '(hidden-1)', and put back when it is applied. */
  readonly text: string
  /** SHA-256 of the file as it is, to be sent when it is applied. */
  readonly hash: string
  /** Whether that is what is in force. */
  readonly in_force: boolean
  readonly issues: readonly ConfigIssueJson[]
}

export interface ConfigIssueJson {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** 'tasks.support.models[1]'; empty for what concerns the whole file. */
  readonly path: string
  readonly sentence: string
}

export interface ConfigCheckJson {
  /** Why it would be refused, in the order of the text; empty: it would be taken. */
  readonly issues: readonly ConfigIssueJson[]
  /** What holds and may not be meant. */
  readonly warnings: readonly string[]
  /** What takes effect at the next start. */
  readonly restart: readonly string[]
}

export interface ConfigAppliedJson extends Omit<ConfigCheckJson, 'issues'> {
  readonly hash: string
}

/** What was set and is looked at more often than changed. */
export interface SettingsJson {
  readonly file: string | null
  readonly store: string
  readonly timezone: string
  /** What is kept of prompts and answers. */
  readonly payloads: 'full' | 'redacted' | 'none'
  readonly payloads_kept_s: number
  readonly rows_kept_s: number
  readonly workers: number
  readonly when_unavailable: 'refuse' | 'serve'
  readonly alarms_told: boolean
}

/** Something that was changed through /api, or was to be. */
export interface ChangeJson {
  readonly id: string
  readonly at: string
  /** The key of whoever did it; 'local' is a command where no gateway ran. */
  readonly key: string
  readonly method: string
  readonly route: string
  readonly summary: string
  /** Why it was refused; null: it was done. */
  readonly refused: string | null
}

export interface ChangesJson {
  /** The newest first. */
  readonly changes: readonly ChangeJson[]
  /** To be sent as `before` for the next page; null on the last. */
  readonly next: string | null
}
