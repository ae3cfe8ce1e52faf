import type { Extra } from './extra.ts'
import type { Measured } from './usage.ts'

/** Documents to be put in order by how well they answer a query. */
export interface Rerank {
  readonly operation: 'rerank'
  readonly query: string
  /** Texts, or objects with fields. */
  readonly documents: readonly (string | Extra)[]
  readonly topN: number | null
  /** Whether the documents come back with their scores; null when the caller did not say. */
  readonly returnDocuments: boolean | null
  readonly extra: Extra
}

export interface RerankReply {
  readonly operation: 'rerank'
  readonly id: string | null
  readonly model: string | null
  /** Best first. */
  readonly results: readonly RankedDocument[]
  readonly measured: Measured | null
  readonly extra: Extra
}

export interface RankedDocument {
  /** Position in the request's list. */
  readonly index: number
  readonly score: number
  readonly document: string | Extra | null
}
