import type { Departure } from '../../core/departure.ts'
import type { FormFile } from '../../core/extra.ts'
import type { JsonObject } from '../../core/json.ts'
import type { ApiKey } from '../pipeline/snapshot.ts'

/** A request about objects, from a key that may make calls. */
export interface ObjectCall {
  readonly key: ApiKey
  /** The id in the path, as it was sent; '' for paths without one. */
  readonly id: string
  readonly query: URLSearchParams
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | null
  readonly readBody: () => Promise<JsonObject>
  readonly readForm: () => Promise<{ body: JsonObject; files: readonly FormFile[] }>
  readonly departure: Departure
}

export type ObjectAnswer =
  | { readonly kind: 'json'; readonly value: unknown }
  | {
      readonly kind: 'bytes'
      readonly mediaType: string
      readonly body: ReadableStream<Uint8Array>
    }

export function json(value: unknown): ObjectAnswer {
  return { kind: 'json', value }
}
