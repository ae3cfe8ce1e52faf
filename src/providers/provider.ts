import type { Operation } from '../core/call.ts'
import type { Instant } from '../core/clock.ts'
import type { Secret } from '../core/secret.ts'
import type { Dialect, HeaderReader, PathOf, ProviderWords, Quirks } from '../dialects/dialect.ts'

export type { HeaderReader }

/** What happens to prompts at a provider, from loosest to strictest. */
export const dataPromises = ['any', 'no-training', 'on-premises'] as const
export type DataPromise = (typeof dataPromises)[number]

/** A vendor or an engine: where to send, how to sign, what is peculiar. Data; nothing runs here. */
export interface Provider {
  /** Stable; part of model names ('acme/large') and of every record. */
  readonly id: string
  readonly name: string
  readonly kind: 'vendor' | 'aggregator' | 'engine' | 'simulator' | 'compatible'
  /** Null: the configuration must name one. `${NAME}` is what the environment says, and has to be set. */
  readonly baseUrl: string | null
  readonly sign: Sign
  /** The environment's names for its key, the first that is set counts. Empty: no key is needed. */
  readonly keyNames: readonly string[]
  /** Or else names whose values, joined by colons, are its key; an optional one may be unset. */
  readonly keyParts?: { readonly needed: readonly string[]; readonly optional: readonly string[] }
  /** An engine may run without a key: then calls go unsigned. */
  readonly keyOptional?: boolean
  /** Which wire format serves which operation, best first; one of the caller's own dialect goes before. */
  readonly doors: Readonly<Partial<Record<Operation, readonly Door[]>>>
  /** Files, batches and fine-tuning jobs that it keeps. */
  readonly objects?: KeptObjects
  /** Rules read in order; the first that fits tells the class of an error. Then the status does. */
  readonly errors?: readonly ErrorRule[]
  /** The wait a provider asks for in words or headers of its own. `Retry-After` is read for all. */
  readonly waitMs?: (headers: HeaderReader, words: ProviderWords) => number | null
  /** Headers of the caller that are passed on. Everything else stays here. */
  readonly passHeaders?: readonly string[]
  /** Headers that every request carries. */
  readonly headers?: Readonly<Record<string, string>>
  readonly data: DataPromise
  /** Who sells it writes its price card in this currency. */
  readonly currency?: 'USD' | 'CNY'
  /** Where these facts were read, and when. */
  readonly source: string
}

export interface Door {
  readonly dialect: Dialect
  /** Stands open to models whose id matches; absent: to all. */
  readonly models?: RegExp
  /** An answer's id stands for the conversation up to it: the provider keeps what was said, for weeks. */
  readonly keepsConversations?: true
  /** Instead of the dialect's path. */
  readonly path?: string | PathOf
  /** Instead of the provider's base URL. */
  readonly baseUrl?: string
  /** Instead of the provider's way to sign. */
  readonly sign?: Sign
  readonly quirks?: Quirks
}

/** What a provider keeps for its callers: in OpenAI's wire format, but for what stands here. */
export interface KeptObjects {
  /** Where they are, when that is not the base URL. */
  readonly at?: (base: string) => string
  readonly files?: KeptFiles
  readonly batches?: KeptBatches
  /** Batches in Anthropic's wire format, without files: lines of the gateway's own batches go there. */
  readonly messageBatches?: true
  readonly fineTuning?: KeptJobs
}

export interface KeptFiles {
  /** What for, in OpenAI's words; absent: for anything. */
  readonly purposes?: readonly string[]
  /** Its own words for some of them. */
  readonly words?: Readonly<Record<string, string>>
  /** Where files are sent to, instead of /files. */
  readonly uploadPath?: string
  /** The field of the form that wants the file's name beside the file. */
  readonly nameField?: string
}

export interface KeptBatches {
  /** Paths that a batch may ask, and the provider's own words for them. */
  readonly paths: Readonly<Record<string, string>>
}

export interface KeptJobs {
  /** Whose wire format its jobs are in. */
  readonly speaks: 'openai' | 'mistral' | 'together'
}

/** A request that is about to go out. */
export interface Unsigned {
  /** POST unless it says otherwise. */
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly at: Instant
}

/** How the key goes into the headers. */
export type Sign =
  | { readonly kind: 'bearer' }
  | { readonly kind: 'header'; readonly name: string }
  /** A signature over the whole request: the headers to add. */
  | {
      readonly kind: 'request'
      readonly sign: (request: Unsigned, credential: Secret) => Readonly<Record<string, string>>
    }
  | { readonly kind: 'none' }

export const bearer: Sign = { kind: 'bearer' }
export const noSignature: Sign = { kind: 'none' }

export function header(name: string): Sign {
  return { kind: 'header', name }
}

/** Failover, health and the caller's status follow from the class and from nothing else. */
export const errorClasses = [
  'caller',
  'context',
  'content',
  'key',
  'quota',
  'arrears',
  'rate',
  'overload',
  'vendor',
  'retired',
] as const

export type ErrorClass = (typeof errorClasses)[number]

export interface ErrorRule {
  readonly class: ErrorClass
  readonly status?: number
  /** Any of these as the body's code or type. */
  readonly codes?: readonly string[]
  readonly message?: RegExp
}
