import type { Money } from '../core/money.ts'
import type { Random } from '../core/random.ts'

/** A model at a provider that may be asked. */
export interface Candidate {
  /** Id of the provider in the configuration. */
  readonly provider: string
  /** The model's id at that provider. */
  readonly model: string
  /** Its part of the traffic under the weighted policy; any positive number, only ratios count. */
  readonly weight: number
}

/** All a policy may look at. It is data, so a policy can be replayed on the past. */
export interface View {
  readonly random: Random
  /** What the call sticks to (a session, a customer, a key); null when it sticks to nothing. */
  readonly stickyTo: string | null
  /** Microseconds that first contents took of late; null when none was measured. */
  readonly firstContentUs: (candidate: Candidate) => number | null
  /** Picodollars for the tokens that this call is likely to use; null when the model has no price. */
  readonly price: (candidate: Candidate) => Money | null
}

export interface Step {
  readonly candidate: Candidate
  /** Why it stands where it stands, in words for the ledger. */
  readonly reason: string
  /** How it is to be served, in its seller's word; absent: as everybody is. */
  readonly mode?: string
}

/** Candidates in the order to ask them; none twice. */
export type Plan = readonly Step[]
export type Policy = (candidates: readonly Candidate[], view: View) => Plan

/** 'provider/model' */
export function nameOf({ provider, model }: Pick<Candidate, 'provider' | 'model'>): string {
  return `${provider}/${model}`
}
