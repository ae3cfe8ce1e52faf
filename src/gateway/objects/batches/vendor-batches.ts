import type { Secret } from '../../../core/secret.ts'
import type { LiveProvider } from '../../pipeline/snapshot.ts'
import type { By } from '../ask-provider.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { Told } from './vendor-told.ts'

/** Where a vendor's batches are, and who asks there. */
export interface VendorPlace {
  readonly live: LiveProvider
  readonly credential: Secret | null
  readonly by: By
  readonly parts: Parts
}

/** Lines on their way. */
export interface Load {
  /** The vendor's word for the path that they ask. */
  readonly path: string
  readonly mark: string
  readonly lines: readonly { readonly place: number; readonly body: string }[]
}

/** A batch of which nothing more comes. */
export interface Ended {
  told(): AsyncGenerator<Told>
  /** What people wrote lies at the vendor no longer than it has to. */
  forget(): Promise<void>
}

/** A vendor's own batches in one wire format. Each throws what the provider said. */
export interface VendorBatches {
  /** @returns the vendor's id */
  submit(place: VendorPlace, load: Load): Promise<string>
  /** One that was given away while nobody could note it; null: the vendor has none that is known to be it. */
  find(place: VendorPlace, mark: string): Promise<string | null>
  /** Null while it runs. */
  look(place: VendorPlace, id: string): Promise<Ended | null>
  cancel(place: VendorPlace, id: string): Promise<void>
}
