import type { Instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import type { CallOutcome } from '../../routing/canary.ts'
import type { Candidate } from '../../routing/policy.ts'

/** Leaving a provider for real, with a share of its calls and for a while. Plain data: it lies on the shelf. */
export interface Drill {
  readonly id: string
  readonly provider: string
  /** Of the calls that the provider would have answered. */
  readonly share: number
  readonly startedAt: Instant
  readonly until: Instant
  /** The key of whoever began it. */
  readonly by: string
  readonly tasks: readonly DrilledTask[]
  /** Null: nobody has ended it before its time. */
  readonly ended: { readonly at: Instant; readonly why: string } | null
}

export interface DrilledTask {
  readonly task: string
  /** Who answers in place of the provider. */
  readonly model: Candidate
}

/** What a drill has come to in one task, as one thread saw it. Money is text in picodollars. */
export interface DrillState {
  /** Of the drill: another one begins anew. */
  readonly id: string
  /** Calls that the substitute was asked first, and that told something. */
  calls: number
  /** Of them: failed, with an answer that does not fit, or refused. */
  broken: number
  failed: number
  invalid: number
  refused: number
  /** Calls that were drawn and that the substitute is known not to take. They stayed. */
  unable: number
  /** What calls cost, and what the provider that is left would have taken for the same tokens. */
  cost: string
  instead: string
  /** Calls of which one of the two is not known: they are in neither sum. */
  unknown: number
  /** Calls of the provider that were not drawn, for comparison. */
  others: number
  othersBroken: number
  takenBack: { readonly why: string; readonly at: Instant } | null
}

export function newDrillState(id: string): DrillState {
  return {
    id,
    calls: 0,
    broken: 0,
    failed: 0,
    invalid: 0,
    refused: 0,
    unable: 0,
    cost: '0',
    instead: '0',
    unknown: 0,
    others: 0,
    othersBroken: 0,
    takenBack: null,
  }
}

/** A call that has ended. */
export interface DrilledCall {
  readonly id: string
  readonly side: 'drawn' | 'unable' | 'other'
  /** Of its first exchange; null: it does not tell, because the caller left. */
  readonly first: CallOutcome | null
  readonly cost: Money | null
  readonly instead: Money | null
}

export function bookDrilled(state: DrillState, { side, first, cost, instead }: DrilledCall): void {
  if (side === 'unable') {
    state.unable += 1
    return
  }
  if (first === null) return
  const isInvalid = first.schemaValid === false
  const isRefused = first.refused === true
  const isBroken = first.failed || isInvalid || isRefused
  if (side === 'other') {
    state.others += 1
    state.othersBroken += Number(isBroken)
    return
  }
  state.calls += 1
  state.broken += Number(isBroken)
  state.failed += Number(first.failed)
  state.invalid += Number(isInvalid)
  state.refused += Number(isRefused)
  if (cost === null || instead === null) state.unknown += 1
  else {
    state.cost = String(BigInt(state.cost) + cost)
    state.instead = String(BigInt(state.instead) + instead)
  }
}

/** What was kept on the shelf, as text. Null: it is damaged. */
export function readDrill(text: string): Drill | null {
  try {
    const value = JSON.parse(text) as Drill | null
    return value !== null && typeof value.until === 'number' ? value : null
  } catch {
    return null
  }
}
