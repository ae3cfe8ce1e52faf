import type { Catalog } from '../../catalog/catalog.ts'
import type { Secret } from '../../core/secret.ts'
import type { DataPromise, Provider } from '../../providers/provider.ts'
import type { Candidate } from '../../routing/policy.ts'
import type { TaskCanary, TaskRouting, TaskShadow } from '../experiments/settings.ts'
import type { Bounds } from '../limits/limits.ts'

/**
 * The configuration as the pipeline reads it: whole, checked and immutable. A reload makes a new
 * one; a call keeps the one it began with.
 */
export interface Snapshot {
  /** Of the effective configuration, secrets left out: 16 hex digits. On every record. */
  readonly hash: string
  readonly payloads: 'full' | 'redacted' | 'none'
  readonly unknownPrices: 'serve' | 'refuse'
  readonly providers: ReadonlyMap<string, LiveProvider>
  readonly tasks: ReadonlyMap<string, Task>
  /** The keys that the file names. Those of the store stand beside them. */
  readonly keys: readonly FileKey[]
  readonly customers: ReadonlyMap<string, Bounds>
  /** For each customer that is not named. */
  readonly customerDefault: Bounds | null
  readonly features: ReadonlyMap<string, Bounds>
  /** Null, or absent: what a call names by address is not fetched. */
  readonly media?: MediaFetching | null
  readonly catalog: Catalog
}

/** How pictures and documents are fetched for models that take only bytes. */
export interface MediaFetching {
  /** All that one call names. */
  readonly bytesMax: number
  /** 'http://media.internal:9000': permitted wherever they are. */
  readonly origins: ReadonlySet<string>
}

/** A provider as it is live: its facts, and what the file says of it. */
export interface LiveProvider {
  readonly id: string
  readonly facts: Provider
  readonly baseUrl: string
  /** True when the file names a base URL of its own: then only the provider's first door is used. */
  readonly baseUrlOverridden: boolean
  readonly keys: readonly Secret[]
  readonly data: DataPromise
  readonly jurisdiction: string | null
  /** Where it serves, as its address or the file says; null or absent: not known. */
  readonly region?: string | null
  readonly timeouts: Partial<Timeouts>
  /** Of single models, by the ids that it knows. */
  readonly modelTimeouts: ReadonlyMap<string, Partial<Timeouts>>
  /** Headers that the file adds; they may be as secret as keys. */
  readonly headers: ReadonlyMap<string, Secret>
  readonly bounds: Bounds
}

/** Milliseconds. */
export interface Timeouts {
  readonly connect: number
  readonly headers: number
  readonly first_content: number
  readonly idle: number
  readonly total: number
}

export interface Task {
  readonly name: string
  readonly policy: 'fixed' | 'weighted' | 'fastest' | 'cheapest' | 'cascade' | 'learned'
  readonly candidates: readonly Candidate[]
  /** Open weights by their name, for which the candidates were found; absent where models are named. */
  readonly weights?: string
  readonly sticky: 'session' | 'customer' | 'key' | null
  readonly timeouts: Partial<Timeouts>
  /** The least that a provider must promise; every candidate here meets it, and `notIn`. */
  readonly data: DataPromise | null
  readonly notIn: readonly string[]
  /** A model that would not get every parameter of a call is not asked. */
  readonly strict: boolean
  /** How much worse a model may be and still be taken for no worse; absent where the file does not say. */
  readonly margin?: number
  /** Null: no answer is kept. */
  readonly cache: TaskCache | null
  /** Null: nobody is asked beside a model that is slow. */
  readonly hedge: Hedge | null
  /** Whether another model goes on where an answer broke off after it was shown. */
  readonly resume: 'continue' | null
  /** What `cascade` and `learned` go by; null under all other policies. */
  readonly routing: TaskRouting | null
  /** Null: nobody else is asked the same. */
  readonly shadow: TaskShadow | null
  /** Null: no model takes the task over. */
  readonly canary: TaskCanary | null
  readonly bounds: Bounds
}

/** When a second model is asked beside one that has said nothing yet. */
export interface Hedge {
  /** Milliseconds, or the part of the model's own times to the first content that are shorter. */
  readonly after: { readonly ms: number } | { readonly quantile: number }
  /** Of the task's calls, from 0 to 1. */
  readonly most: number
}

/** How answers of a task are kept, and given again. */
export interface TaskCache {
  readonly ttlMs: number
  /** Who is given whose answers: each customer of a key its own, each key its own, or all alike. */
  readonly scope: 'customer' | 'key' | 'task'
}

export type KeyRole = 'caller' | 'viewer' | 'admin'

/** A credential as the gateway knows it, without its secret. */
export interface ApiKey {
  readonly id: string
  readonly role: KeyRole
  readonly env: string | null
  /** Null: every task and model. */
  readonly tasks: ReadonlySet<string> | null
  readonly bounds: Bounds
}

export interface FileKey extends ApiKey {
  readonly secret: Secret
}
