import type { Candidate } from '../../routing/policy.ts'
import { nameOf } from '../../routing/policy.ts'
import { likelyCost } from './likely-cost.ts'
import type { Parts } from './parts.ts'
import { conversationFor, type Trip } from './trip.ts'

/**
 * Whether a conversation stays with the strong model, because it holds the prompt in its cache, and the cheap
 * models, who would have to read all of it anew, cost no less. Only in this direction: a policy that wants the strong
 * model for a turn gets it, whoever holds the prompt, so that pinning adds calls to it and takes none away, and no
 * proof is touched.
 * @param able  from cheap to strong
 * @param cheap  all that would be asked first; each of them is paid
 */
export function staysWithStrong(
  trip: Omit<Trip, 'overheadUs'>,
  able: readonly Candidate[],
  cheap: readonly Candidate[],
  { affinity, tokenRatios }: Pick<Parts, 'affinity' | 'tokenRatios'>,
): boolean {
  const strong = able.at(-1)
  const conversation = conversationFor(trip)
  const holder = conversation && affinity.holderOf(conversation)
  if (strong === undefined || holder?.model !== nameOf(strong)) return false
  const { call, snapshot, at } = trip
  const held = likelyCost(call, strong, snapshot, at, tokenRatios, { isHeld: true })
  const others = cheap.map((each) => likelyCost(call, each, snapshot, at, tokenRatios))
  if (held === null || others.includes(null)) return false
  return held <= others.reduce<bigint>((sum, cost) => sum + (cost ?? 0n), 0n)
}

export const staysReason = 'holds the prompt of this conversation, and costs no more than to leave'
