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
  return fits.test(id) ? id : hashed(id, length)
}

function hashed(id: string, length: number): string {
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

/**
 * The ids of one request, for whoever takes none twice: some makers count their calls anew with each turn. One that
 * comes again is replaced as one that does not fit is, and results go to the calls that have none yet.
 */
export class DistinctIds {
  readonly #callIds: CallIds
  readonly #times = new Map<string, number>()
  /** Calls without a result, in their order. */
  readonly #open = new Map<string, string[]>()

  constructor(callIds: CallIds) {
    this.#callIds = callIds
  }

  readonly ofCall = (id: string): string => {
    const times = this.#times.get(id) ?? 0
    this.#times.set(id, times + 1)
    const made =
      times === 0 ? fitId(id, this.#callIds) : hashed(`${times} ${id}`, this.#callIds.length)
    const open = this.#open.get(id)
    if (open === undefined) this.#open.set(id, [made])
    else open.push(made)
    return made
  }

  /** One of no call keeps its own, and is the provider's to refuse. */
  readonly ofResult = (id: string): string =>
    this.#open.get(id)?.shift() ?? fitId(id, this.#callIds)
}

/** The object with the id in this field as the target takes it; the same object where it does already. */
export function withFitId<Held extends Extra>(held: Held, field: string, callIds: CallIds): Held {
  return withId(held, field, (id) => fitId(id, callIds))
}

export function withId<Held extends Extra>(
  held: Held,
  field: string,
  change: (id: string) => string,
): Held {
  const id = held[field]
  const made = typeof id === 'string' ? change(id) : id
  return made === id ? held : { ...held, [field]: made }
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
