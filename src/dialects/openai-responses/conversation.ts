import type { Extra } from '../../core/call.ts'
import { invalidRequest } from '../../core/errors.ts'
import { editJson, JsonFault, type JsonObject, readJsonObject } from '../../core/json.ts'
import type { Conversations } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { placeOfItem } from './answer.ts'
import { readCall } from './call.ts'

/** What of a call and its answer a conversation is made of: items, as they came and were answered. */
export const conversations: Conversations = {
  asked: ({ body }) => (body.value['store'] === false ? null : itemsOf(body.value['input'])),

  answered: (answer) => {
    const response: unknown = JSON.parse(answer)
    if (!isObject(response) || typeof response['id'] !== 'string') return null
    const usage = isObject(response['usage']) ? response['usage'] : {}
    const tokens = usage['total_tokens']
    const output = itemsOf(response['output'])
    return {
      id: response['id'],
      items: output.map(asInput),
      itemIds: output.map(({ id }) => (typeof id === 'string' ? id : null)),
      tokens: typeof tokens === 'number' ? tokens : null,
    }
  },

  resumed: (call, earlier) => {
    const input = [...earlier, ...itemsOf(call.body.value['input'])]
    const edits = new Map([
      ['input', JSON.stringify(input)],
      ['previous_response_id', null],
    ])
    const resumed = readCall(reread(editJson(call.body, edits)))
    return { ...resumed, follows: call.follows ?? null }
  },

  references: ({ body }) =>
    itemsOf(body.value['input']).flatMap((item) => {
      const id = isReference(item) ? item['id'] : null
      return typeof id === 'string' ? id : []
    }),

  withItems: (call, found) => {
    const items = itemsOf(call.body.value['input'])
    const input = items.map((item) =>
      isReference(item) ? (found.get(String(item['id'])) ?? item) : item,
    )
    const edits = new Map([['input', JSON.stringify(input)]])
    return { ...readCall(reread(editJson(call.body, edits))), follows: call.follows ?? null }
  },

  placeOf: placeOfItem,
}

/** An id names an item at its maker, and means nothing when the item itself is given. */
function asInput(item: Extra): Extra {
  const leftOut = item['type'] === 'reasoning' ? ['status'] : ['status', 'id']
  return Object.fromEntries(Object.entries(item).filter(([name]) => !leftOut.includes(name)))
}

/** The type may be left out: then an item that is nothing but an id is meant. */
function isReference({ type, role, id }: Extra): boolean {
  return type === 'item_reference' || (type === undefined && role === undefined && id !== undefined)
}

function itemsOf(input: unknown): readonly Extra[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  return Array.isArray(input) ? input.filter(isObject) : []
}

function reread(text: string): JsonObject {
  try {
    return readJsonObject(text)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw invalidRequest(
      `The conversation so far is more than can be continued here: ${error.message} Begin a new one, or send its items yourself.`,
    ).at('previous_response_id')
  }
}
