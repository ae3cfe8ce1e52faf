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
}

export interface Step {
  readonly candidate: Candidate
  /** Why it stands where it stands, in words for the ledger. */
  readonly reason: string
}

/** Candidates in the order to ask them; none twice. */
export type Plan = readonly Step[]
export type Policy = (candidates: readonly Candidate[], view: View) => Plan
