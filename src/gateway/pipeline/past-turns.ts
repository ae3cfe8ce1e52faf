import type { Call } from '../../core/call.ts'
import type { Reply } from '../../core/reply.ts'
import type { Recall, Target } from '../../dialects/dialect.ts'
import type { Door } from '../../providers/provider.ts'
import { leavesState, type Whose } from '../vault/vault.ts'
import type { PricedStop } from './admit.ts'
import { forCustomer } from './attribute.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import type { Trip } from './trip.ts'

/**
 * What is remembered of the call's past turns, where its target wants something of them or they carry
 * signatures. Null for all others, which wait for nothing.
 */
export function recallTurns(
  { key, snapshot, dialect }: Trip,
  call: Call,
  stop: PricedStop,
  door: Door,
  target: Target,
  { vault }: Pick<Parts, 'vault'>,
): Promise<Recall | null> | null {
  if (call.operation !== 'chat' || !holdsTurns(call)) return null
  const wants = door.dialect.turnsWant?.(call, target) ?? null
  if (wants === null && dialect.carriesSigned?.(call.body) !== true) return null
  const to = { provider: stop.provider.id, model: stop.model }
  return vault.recall(call, wants, to, { keyId: key.id, words: snapshot.payloads })
}

/** False for a call that begins a conversation, in any dialect: it is not read for this. */
function holdsTurns({ body: { value } }: Call): boolean {
  const turns = value['messages'] ?? value['contents'] ?? value['input']
  if (typeof turns === 'string') return false
  return !Array.isArray(turns) || turns.some(isTurn)
}

/** Whatever is not said by the caller: in Responses the assistant's items have no role. */
function isTurn(item: unknown): boolean {
  const role = (item as { readonly role?: unknown } | null)?.role
  return role !== 'user' && role !== 'system' && role !== 'developer'
}

/** Keeps what an answer leaves to the next turn. */
export function rememberTurn(
  trip: Trip,
  stop: PricedStop,
  reply: Reply,
  parts: Pick<Parts, 'vault'>,
): void {
  if (leavesState(reply)) remember(trip, stop, reply, parts)
}

function remember(
  { call, key, snapshot, attribution }: Trip,
  { provider, model }: PricedStop,
  reply: Reply,
  { vault }: Pick<Parts, 'vault'>,
): void {
  const whose: Whose = {
    keyId: key.id,
    words: snapshot.payloads,
    ...forCustomer(attribution),
  }
  vault.remember(call, reply, { provider: provider.id, model }, whose, () => {
    const { dialect, quirks = {} } = doorFor(provider, call, model)
    return dialect.turnsWant?.(call, { model, quirks, outputMax: null }) ?? null
  })
}
