import type { JsonObject } from './json.ts'

/** What the vendor keeps, by its id. */
export interface Stored {
  readonly key: string
  readonly object: JsonObject
  readonly content: Uint8Array | null
}
