import type { Extra } from '../core/call.ts'
import { isObject } from './fields.ts'

/**
 * The ids of tool calls are made by one vendor and refused by another. What fits stays; what does not is
 * replaced by a hash of itself, which is the same in the call, in its result and in every later turn.
 */
export interface CallIds {
  readonly fits: RegExp
  /** Of the hash, in hexadecimal digits. */
  readonly length: number
}

/**
 * Anthropic's, and Bedrock's.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html (read 2026-11-22)
 */
export const wordIds: CallIds = { fits: /^[\w-]{1,64}$/, length: 40 }

/** OpenAI's: "string too long. Expected a string with maximum length 40". */
export const shortIds: CallIds = { fits: /^.{1,40}$/s, length: 40 }

/** The same of its Responses, where the error says 64. */
export const responsesIds: CallIds = { fits: /^.{1,64}$/s, length: 40 }

/** What every vendor takes but Mistral. */
const plainIds: CallIds = { fits: /^[\w-]{1,40}$/, length: 40 }

export function fitId(id: string, { fits, length }: CallIds): string {
  if (fits.test(id)) return id
  return new Bun.CryptoHasher('sha256').update(id).digest('hex').slice(0, length)
}

/** An id that the gateway makes: it may go to anybody with the next turn. */
export function ownId(id: string): string {
  return fitId(id, plainIds)
}

/**
 * What a tool call is known by that came without an id: the same in whole answers and in streams. Blank
 * where the answer has none either: the next turn's would be the same, so whoever passes it on makes one.
 */
export function madeToolId(answerId: string, choice: number, place: number): string {
  return answerId === '' ? '' : ownId(`call_${answerId}-${choice}-${place}`)
}

/** The object with the id in this field as the target takes it; the same object where it does already. */
export function withFitId<Held extends Extra>(held: Held, field: string, callIds: CallIds): Held {
  const id = held[field]
  if (typeof id !== 'string' || callIds.fits.test(id)) return held
  return { ...held, [field]: fitId(id, callIds) }
}

/** The messages with the blocks of their content changed; the same list where none was. */
export function eachBlock<Message extends object>(
  messages: readonly Message[],
  change: (block: Extra) => Extra,
): readonly Message[] {
  return eachOf(messages, (message) => {
    const content = isObject(message) ? message['content'] : null
    if (!Array.isArray(content)) return message
    const made = eachOf<unknown>(content, (block) => (isObject(block) ? change(block) : block))
    return made === content ? message : { ...message, content: made }
  })
}

/** The list with its items changed; the same list where none was. */
export function eachOf<Item>(
  items: readonly Item[],
  change: (item: Item) => Item,
): readonly Item[] {
  const made = items.map(change)
  return made.some((item, index) => item !== items[index]) ? made : items
}
