import type { Extra } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { type GatewayError, invalidRequest, responseNotFound } from '../../core/errors.ts'
import type { Shelf } from '../../store/ports.ts'
import type { Attempt } from './attempt.ts'
import { forCustomer } from './attribute.ts'
import type { Door } from '../../providers/provider.ts'
import type { Parts } from './parts.ts'
import type { Thread, Trip } from './trip.ts'

/**
 * Conversations that callers leave at the server, in dialects that have a word for it. A provider that
 * keeps them itself, and is asked again, is given the id; for all others the gateway puts what was said
 * in front of the call. Each turn is kept by the id of its answer, for the key that made it alone.
 */

/** A turn as it is kept. */
interface Turn extends Thread {
  /** Who answered, and whether it keeps what was said itself. */
  readonly provider: string
  readonly credential: string | null
  readonly keeps: boolean
  /** JSON text, as the caller got it. */
  readonly answer: string
}

interface KeptTurn extends Turn {
  /** Characters, as it is kept. */
  readonly size: number
}

/** Where an item stands: the answer, and the place in it. */
type Place = readonly [answer: string, index: number]

const kind = 'response'
const itemKind = 'response item'

/** As long as OpenAI keeps them. @see https://platform.openai.com/docs/guides/conversation-state (read 2026-11-21) */
const keptUs = 30 * 86_400_000_000

/** Turns of one conversation that are followed back: more than an agent takes in a day. */
const turnsMax = 2_000
/** Of what is put in front of a call, or in place of ids: an id of 30 bytes may stand for an answer of millions. */
const bytesMax = 64_000_000

/**
 * Finds what the call goes on from.
 * @throws response_not_found; invalid_request when the conversation has become too large
 */
export async function resume(trip: Trip, { shelf }: Pick<Parts, 'shelf'>): Promise<void> {
  const { conversations } = trip.dialect
  if (!conversations || trip.call.operation !== 'chat') return
  await putItemsInPlace(trip, shelf)
  const { call } = trip
  const follows = call.follows ?? null
  const own = conversations.asked(call)
  const before = follows === null ? null : await need(shelf, trip.key.id, follows)
  const ownTokensMax = call.inputTokensMax
  if (before !== null && before.keeps && mayBeAsked(before.provider, trip)) {
    trip.pinnedTo = before
    trip.call = { ...call, inputTokensMax: ownTokensMax + before.tokensMax }
  } else if (before !== null) {
    trip.call = conversations.resumed(call, await itemsUpTo(before, trip, shelf))
  }
  if (own !== null)
    trip.thread = {
      follows,
      asked: own,
      tokensMax: ownTokensMax + (before?.tokensMax ?? 0),
    }
}

/**
 * Items that the call names by their ids instead of repeating them. What their maker keeps itself goes
 * on as it is when it is asked again, and what nobody here knows is for the provider to judge.
 */
async function putItemsInPlace(trip: Trip, shelf: Shelf): Promise<void> {
  const { conversations } = trip.dialect
  const found = new Map<string, Extra>()
  const references = conversations!.references(trip.call)
  for (const id of new Set(references)) {
    const place = conversations!.placeOf(id) ?? (await placeOf(id, trip.key.id, shelf))
    const turn = place && (await find(shelf, trip.key.id, place[0]))
    if (!place || !turn) continue
    if (turn.keeps && mayBeAsked(turn.provider, trip)) trip.pinnedTo = turn
    else {
      const item = conversations!.answered(turn.answer)?.items[place[1]]
      if (item) found.set(id, item)
    }
  }
  if (found.size === 0) return
  const sizes = new Map([...found].map(([id, item]) => [id, JSON.stringify(item).length]))
  const bytes = references.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
  if (bytes > bytesMax) throw tooLarge().at('input')
  trip.call = conversations!.withItems(trip.call, found)
}

async function placeOf(id: string, keyId: string, shelf: Shelf): Promise<Place | null> {
  const item = await shelf.get(itemKind, shelfId(keyId, id))
  return item && (JSON.parse(item.value) as Place)
}

function mayBeAsked(provider: string, { call, snapshot }: Trip): boolean {
  const task = snapshot.tasks.get(call.model)
  return task
    ? task.candidates.some((candidate) => candidate.provider === provider)
    : call.model.startsWith(`${provider}/`)
}

/** All that was said, oldest first. @throws response_not_found when a part of it is gone; invalid_request */
async function itemsUpTo(last: KeptTurn, { dialect, key }: Trip, shelf: Shelf): Promise<Extra[]> {
  const turns = [last]
  let bytes = last.size
  // A vendor that gave one id twice would make a circle.
  const seen = new Set<string>()
  for (let { follows } = last; follows !== null; { follows } = turns.at(-1)!) {
    if (seen.has(follows) || seen.size >= turnsMax) throw responseNotFound(follows.slice(0, 80))
    seen.add(follows)
    const turn = await need(shelf, key.id, follows)
    bytes += turn.size
    if (bytes > bytesMax) throw tooLarge().at('previous_response_id')
    turns.push(turn)
  }
  return turns
    .toReversed()
    .flatMap(({ asked, answer }) => [
      ...asked,
      ...(dialect.conversations!.answered(answer)?.items ?? []),
    ])
}

/** Keeps a turn that came to its end. */
export function keepTurn(
  { key, thread, dialect, snapshot, attribution }: Trip,
  { stop, credential }: Attempt,
  door: Door,
  answer: string,
  { shelf, clock }: Pick<Parts, 'shelf' | 'clock'>,
): void {
  if (thread === null) return
  const said = dialect.conversations!.answered(answer)
  if (said === null) return
  const turn: Turn = {
    ...thread,
    provider: stop.provider.id,
    credential: credential?.fingerprint() ?? null,
    keeps: door.keepsConversations === true && door.dialect.id === dialect.id,
    answer,
    tokensMax: said.tokens ?? thread.tokensMax + Buffer.byteLength(answer),
  }
  const at = clock.now()
  const common = {
    owner: key.id,
    ...forCustomer(attribution),
    at,
    expiresAt: (at + keptUs) as Instant,
  }
  const id = shelfId(key.id, said.id)
  shelf.put({ ...common, kind, id, value: JSON.stringify(turn) }, snapshot.payloads)
  for (const [index, itemId] of said.itemIds.entries()) {
    if (itemId === null || dialect.conversations!.placeOf(itemId) !== null) continue
    const value = JSON.stringify([said.id, index] satisfies Place)
    shelf.put({ ...common, kind: itemKind, id: shelfId(key.id, itemId), value }, 'absent')
  }
}

/** An answer that was kept, as its caller got it. @throws response_not_found */
export async function keptAnswer(shelf: Shelf, keyId: string, id: string): Promise<unknown> {
  return JSON.parse((await need(shelf, keyId, id)).answer)
}

/** Conversations that went on from it cannot be continued any more. @throws response_not_found */
export async function forgetAnswer(shelf: Shelf, keyId: string, id: string): Promise<void> {
  await need(shelf, keyId, id)
  shelf.remove(kind, shelfId(keyId, id))
}

async function need(shelf: Shelf, keyId: string, id: string): Promise<KeptTurn> {
  const turn = await find(shelf, keyId, id)
  if (turn === null) throw responseNotFound(id.slice(0, 80)).at('previous_response_id')
  return turn
}

async function find(shelf: Shelf, keyId: string, id: string): Promise<KeptTurn | null> {
  const item = await shelf.get(kind, shelfId(keyId, id))
  if (item?.owner !== keyId) return null
  return { ...(JSON.parse(item.value) as Turn), size: item.value.length }
}

function tooLarge(): GatewayError {
  return invalidRequest(
    `The conversation so far has more than ${bytesMax / 1_000_000} MB, which is more than can be continued here. Begin a new one, or send those of its items that still matter.`,
  )
}

/** Providers choose the ids of their answers: one key's can never be in the place of another's. */
function shelfId(keyId: string, id: string): string {
  return JSON.stringify([keyId, id.slice(0, 200)])
}
