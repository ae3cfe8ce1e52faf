import { invalidRequest } from '../../core/errors.ts'
import type { Held } from './owned.ts'

/** What can be listed. */
interface Listable {
  readonly id?: unknown
  readonly created_at?: unknown
}

/** A page of a list, newest first unless the query says otherwise. @throws invalid_request */
export function pageOf<Item extends Listable>(
  items: readonly Item[],
  query: URLSearchParams,
  { usual, most }: { readonly usual: number; readonly most: number },
): { object: 'list'; data: Item[]; first_id: unknown; last_id: unknown; has_more: boolean } {
  const limit = Number(query.get('limit') ?? usual)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw invalidRequest(`'limit' has to be a whole number from 1 to ${most}.`).at('limit')
  }
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') {
    throw invalidRequest("'order' has to be asc or desc.").at('order')
  }
  const sorted = items.toSorted(newestFirst)
  if (order === 'asc') sorted.reverse()
  const after = query.get('after')
  const from = after === null ? 0 : sorted.findIndex(({ id }) => id === after) + 1
  if (after !== null && from === 0) {
    throw invalidRequest("'after' is the id of nothing that is in this list.").at('after')
  }
  const data = sorted.slice(from, from + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < sorted.length,
  }
}

/** Those of one second by their ids, so that a page begins where the one before it ended. */
function newestFirst(left: Listable, right: Listable): number {
  const by = Number(right.created_at) - Number(left.created_at)
  if (by !== 0 && !Number.isNaN(by)) return by
  const [one, other] = [String(left.id), String(right.id)]
  return one === other ? 0 : one < other ? 1 : -1
}

/** Providers are asked for so many objects at once. */
const atOnce = 8
/** And for so many in one listing; the others are told as they were seen last. */
const askedMax = 100

/**
 * Objects as they were seen last, and those that may have changed since as their providers have them
 * now. Where that cannot be had, what was seen last stands; what was never seen is left out.
 */
export async function lately(
  noted: readonly Held[],
  isOpen: (held: Held) => boolean,
  show: (held: Held) => Promise<Held['object']>,
): Promise<readonly Held['object'][]> {
  const seen = new Map(noted.map((held) => [held.outward, held.object]))
  const open = noted.filter(isOpen).slice(0, askedMax).values()
  const ask = async (): Promise<void> => {
    for (const held of open) {
      const object = await show(held).catch(() => held.object)
      seen.set(held.outward, object)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask))
  return [...seen.values()].filter((object) => 'id' in object)
}
