import type { Instant } from '../core/clock.ts'
import type { Model, PriceSegment } from './model.ts'

/** A model and the price that is valid for it at an instant; null when none is known. */
export interface Found {
  readonly model: Model
  readonly segment: PriceSegment | null
}

export interface Catalog {
  /** Null when the catalog does not know this model at this provider. */
  find(provider: string, model: string, at: Instant): Found | null
  /** What a provider is known to sell. */
  models(provider: string): readonly Model[]
}
