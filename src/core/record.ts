import type { Instant } from './clock.ts'
import type { CallId } from './ids.ts'
import type { Money } from './money.ts'
import type { Usage, UsageSource } from './usage.ts'

/** Why there was this attempt. Overhead spend is told apart from what the caller was served. */
export type AttemptRole =
  | 'served'
  | 'retry'
  | 'fallback'
  | 'cascade_step'
  | 'shadow'
  /** The strong model beside a routed answer, or the other way round, to see whether the routing holds. */
  | 'audit'
  /** Asked beside another that was slow; whichever answers first is the one that served. */
  | 'hedge'
  /** Goes on from what was said, where an answer broke off. */
  | 'resume'
  | 'judge'
  | 'probe'
  /** Answered from the response cache of the task. */
  | 'cache_hit'
  /** The answer of an earlier call with the same `Idempotency-Key`, once more. */
  | 'replay'
  /** No provider was asked: the gateway refused the call. */
  | 'refused'
  /** Adds to the cost of an attempt of before that was rated wrongly; it asks nobody. */
  | 'correction'

/** Asked for nobody's call: what it costs is no caller's spending, and what it says is no answer. */
export const asideRoles = ['shadow', 'audit'] as const satisfies readonly AttemptRole[]

export function isAside(role: string): boolean {
  return (asideRoles as readonly string[]).includes(role)
}

/** Who ended the exchange, and how: one word a row, in log, metric and ledger. */
export type EndState =
  | 'complete'
  | 'provider_error'
  | 'provider_cut'
  | 'timeout'
  | 'unreachable'
  | 'caller_left'
  /** Another that was asked at the same time answered first. */
  | 'cancelled'
  | 'refused'
  | 'gateway_error'
  | 'shutdown'
  | 'unknown'

export type CostSource = 'table' | 'own' | 'gpu' | 'none' | 'unknown'

/**
 * All that is remembered about one exchange with a provider; a call is the attempts that share its
 * id. Unknown is null, never zero. Instants are microseconds UTC, durations microseconds from a
 * monotonic clock, money picodollars.
 * @see docs/decisions/0004-ledger.md
 */
export interface AttemptRecord {
  readonly callId: CallId
  /** 1 for the first exchange of a call; 0 for a call that was refused before any. */
  readonly attempt: number
  readonly at: Instant

  // Who, and what for.
  readonly keyId: string
  readonly env: string | null
  readonly customer: string | null
  readonly feature: string | null
  readonly session: string | null

  // What was asked, and of whom.
  readonly operation: string
  readonly dialect: string
  /** The task or model as the caller named it. */
  readonly modelAsked: string
  /** The task's name; null when a model was called directly. */
  readonly task: string | null
  readonly provider: string | null
  /** The model at the provider that was asked. */
  readonly model: string | null
  /** The model that the answer named. */
  readonly modelServed: string | null
  /** Which of the provider's credentials was used: the first bytes of its hash, never the key. */
  readonly credential: string | null
  readonly role: AttemptRole
  readonly policy: string | null
  /** Why this model: 'first in order', 'share 90 of 100', 'after provider_failed'. */
  readonly reason: string | null
  readonly configHash: string
  /** Parameters renamed, clamped or dropped on the way, as `x-freehold-adapted` says them. */
  readonly adapted: string | null

  // What it took.
  readonly usage: Usage | null
  readonly usageSource: UsageSource
  /** The provider's own usage object as JSON text. */
  readonly usageRaw: string | null
  readonly cost: Money | null
  readonly costSource: CostSource
  /** Which line of which price list: 'deepseek/deepseek-v4-flash@2026-09-10'. */
  readonly priceId: string | null
  readonly reportedUsd: string | null

  // How it went.
  readonly stream: boolean
  readonly status: number | null
  readonly endState: EndState
  readonly errorCode: string | null
  /** What the provider said, masked and cut to 500 characters. */
  readonly errorText: string | null
  readonly finish: string | null
  readonly toolCalls: number | null
  /** The provider's id of the answer. */
  readonly answerId: string | null

  // How long it took, in microseconds.
  /** From the call's arrival to this attempt's start: what the gateway and earlier attempts took. */
  readonly queueUs: number | null
  readonly connectUs: number | null
  readonly firstByteUs: number | null
  readonly firstContentUs: number | null
  readonly totalUs: number | null
  /** The gateway's own share of the call's time: all of it less the time spent waiting for providers. */
  readonly overheadUs: number | null

  /**
   * What it cost less than what would have been done without the setting that `savedBy` names, at the tokens
   * that were used: negative where it cost more. Null where nothing was done otherwise, or one of the two
   * costs is not known.
   */
  readonly saved: Money | null
  /** How the provider was to serve it, in its own word: 'batch', 'flex', 'priority'. Null: as it serves everybody. */
  readonly mode: string | null
  /** Where the provider serves it, as its address says; null where that is not known. */
  readonly region: string | null
  /** What was done to spend less, as in 'wait+batch'; null: nothing. See `gateway/pipeline/saving.ts`. */
  readonly savedBy: string | null
}

/** What a row says of an exchange that was not, or of which nothing is known. */
export const noExchange = {
  modelServed: null,
  credential: null,
  policy: null,
  reason: null,
  adapted: null,
  usage: null,
  usageSource: 'none',
  usageRaw: null,
  priceId: null,
  reportedUsd: null,
  status: null,
  errorCode: null,
  errorText: null,
  finish: null,
  toolCalls: null,
  answerId: null,
  queueUs: null,
  connectUs: null,
  firstByteUs: null,
  firstContentUs: null,
  totalUs: null,
  overheadUs: null,
  saved: null,
  mode: null,
  region: null,
  savedBy: null,
} as const satisfies Partial<AttemptRecord>

/** Written before a provider is asked, so that a crash in between leaves a trace. */
export interface Intent {
  readonly callId: CallId
  readonly attempt: number
  readonly at: Instant
  readonly keyId: string
  readonly env: string | null
  readonly customer: string | null
  readonly feature: string | null
  readonly session: string | null
  readonly operation: string
  readonly dialect: string
  readonly modelAsked: string
  readonly task: string | null
  readonly provider: string
  readonly model: string
  readonly role: AttemptRole
  readonly stream: boolean
  readonly configHash: string
  /** What the attempt may cost at most; null when no price is known. */
  readonly ceiling: Money | null
}
