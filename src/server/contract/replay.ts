import type { Model } from '../../catalog/model.ts'

/** Calls of the past, packed: `ids` are 16 bytes each, `values` 64-bit floats by `columns`, both in base64. */
export interface ReplayCallsJson {
  readonly looked: number
  /** To be sent as `after` for the next page; null on the last. */
  readonly next: string | null
  readonly ids: string
  readonly values: string
  readonly columns: readonly string[]
  /** What the columns `model` and `task` count in. */
  readonly models: readonly string[]
  readonly tasks: readonly (string | null)[]
}

export interface ReplayRequestsJson {
  /** In the order in which they were asked for; calls that are not there are left out. */
  readonly calls: readonly {
    readonly id: string
    /** In which the request is written. */
    readonly dialect: string
    /** Null where it was not kept. */
    readonly request: unknown
  }[]
}

export interface ReplayModelsJson {
  readonly models: readonly {
    readonly id: string
    /** Whether its provider is configured. */
    readonly live: boolean
    /** Null: the catalog does not know it. */
    readonly model: Model | null
  }[]
}
