import type { Instant } from '../../core/clock.ts'
import type { WatchState } from '../../routing/audit.ts'
import type { BanditState } from '../../routing/bandit.ts'
import type { SequenceState } from '../../stats/sequence.ts'
import type { DrillState } from './drill.ts'
import type { RoutedTask } from './settings.ts'

const stateVersion = 1

/** What is remembered of a task's routing over a restart. Money is text in picodollars. */
export interface RouteState {
  readonly version: typeof stateVersion
  /** Of the policy that all else is about; null: none is fitted. */
  policy: string | null
  adoptedAt: Instant
  /** What the models cost when the policy came into force; null until it was looked at. */
  prices: string | null
  /** What each model called itself in its first answer under the policy. */
  versions: Record<string, string>
  /** Why the policy is void until there is another one. */
  voided: { readonly why: string; readonly at: Instant } | null
  watch: WatchState | null
  day: DayState
  sums: SumState
  canary: CanaryState | null
  /** How often the shadow said what callers were told; absent before its first answer. */
  shadow?: ShadowState
  /** What the policy and the strong model alone have come to; absent where nothing learns. */
  bandit?: BanditState
  /** The last drill that the task was part of; absent: there was none. */
  drill?: DrillState
}

/** Counts of one day in UTC. */
export interface DayState {
  /** Days since 1970. */
  number: number
  calls: number
  /** Of the day before; null when it was not seen. */
  callsBefore: number | null
  audits: number
  auditCost: string
  shadowCost: string
}

/** Since the policy came into force. */
export interface SumState {
  calls: number
  escalated: number
  fallbacks: number
  /** What calls cost for their callers, and what the strong model would have cost for the same tokens. */
  cost: string
  strongCost: string
  /** Calls of which one of the two is not known. */
  unknown: number
  auditCost: string
  shadowCost: string
  audits: number
  /** Audits that no grader could tell anything from. */
  ungraded: number
  /** Audits and shadows that were drawn and not asked: too dear, too many at once, without a price. */
  skipped: number
  shadows: number
}

export interface CanaryState {
  /** Of its settings: others are another canary. */
  readonly id: string
  step: number
  since: Instant
  /** In this step. */
  calls: number
  rolledBack: { readonly why: string; readonly at: Instant } | null
  /** The last step was passed. */
  promoted: boolean
}

export interface ShadowState {
  /** 'provider/model': another shadow begins anew. */
  readonly model: string
  /** Of answers that could be compared. */
  sequence: SequenceState
  /** Answers of which no grader could tell. */
  ungraded: number
}

export function newState(policy: string | null, now: Instant): RouteState {
  return {
    version: stateVersion,
    policy,
    adoptedAt: now,
    prices: null,
    versions: {},
    voided: null,
    watch: null,
    day: newDay(now, null),
    sums: {
      calls: 0,
      escalated: 0,
      fallbacks: 0,
      cost: '0',
      strongCost: '0',
      unknown: 0,
      auditCost: '0',
      shadowCost: '0',
      audits: 0,
      ungraded: 0,
      skipped: 0,
      shadows: 0,
    },
    canary: null,
  }
}

const dayUs = 86_400_000_000

/** The day of an instant, which begins anew when another one has begun. */
export function dayOf(day: DayState, now: Instant): DayState {
  const number = Math.floor(now / dayUs)
  if (day.number === number) return day
  return newDay(now, day.number === number - 1 ? day.calls : null)
}

function newDay(now: Instant, callsBefore: number | null): DayState {
  const number = Math.floor(now / dayUs)
  return { number, calls: 0, callsBefore, audits: 0, auditCost: '0', shadowCost: '0' }
}

/** Two threads' sums as one. */
export function added(left: SumState, right: SumState): SumState {
  const names = Object.keys(left) as (keyof SumState)[]
  const sums = names.map((name) => {
    const [one, other] = [left[name], right[name]]
    return typeof one === 'number'
      ? [name, one + Number(other)]
      : [name, String(BigInt(one) + BigInt(other))]
  })
  return Object.fromEntries(sums) as SumState
}

/** What was kept, as text. Null: another version wrote it, or it is damaged; then the task begins anew. */
export function readState(text: string): RouteState | null {
  try {
    const value = JSON.parse(text) as RouteState | null
    return value !== null && value.version === stateVersion ? value : null
  } catch {
    return null
  }
}

/** What a task's state is of; null: no policy is fitted. */
export function policyOf({ routing }: RoutedTask): string | null {
  const facts = routing?.fitted?.facts
  // Calibrated anew it may come to the same rule, which is proven of the prices and models of that day.
  return facts === undefined ? null : `${facts.sha256} ${facts.made ?? ''}`
}

/** Sums and proofs are of one policy; a canary, a shadow and a drill are of none. */
export function renewed(
  policy: string | null,
  before: RouteState | null,
  now: Instant,
): RouteState {
  const fresh = newState(policy, now)
  if (before === null) return fresh
  const drill = before.drill === undefined ? {} : { drill: before.drill }
  const shadow = before.shadow === undefined ? {} : { shadow: before.shadow }
  return { ...fresh, canary: before.canary, day: before.day, ...drill, ...shadow }
}
