import { pathUnknown } from '../core/errors.ts'
import { forgetAnswer, keptAnswer } from '../gateway/pipeline/conversation.ts'
import type { Shelf } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import { decoded } from './request.ts'

/** GET and DELETE /v1/responses/{id}: answers that are kept for calls that go on from them. */

/** @throws response_not_found */
export function showResponse({ shelf, key, rest }: Asked): Promise<unknown> {
  return keptAnswer(need(shelf), key.id, decoded(rest))
}

/** @throws response_not_found */
export async function deleteResponse({ shelf, key, rest }: Asked): Promise<unknown> {
  const id = decoded(rest)
  await forgetAnswer(need(shelf), key.id, id)
  return { id, object: 'response', deleted: true }
}

function need(shelf: Shelf | undefined): Shelf {
  if (shelf === undefined) throw pathUnknown('GET', '/v1/responses/* without a running gateway')
  return shelf
}
