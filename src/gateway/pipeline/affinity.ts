import type { Call } from '../../core/call.ts'

/** A prompt cache that has not been used for this long is gone (Anthropic 5 min or 1 h, OpenAI 1 h at most). */
const keptUs = 3_600_000_000
/** Conversations that are remembered; the one that was used longest ago goes first: about 3 MB. */
const conversationsMax = 20_000
/** Characters of the opening that tell conversations apart. */
const openingMax = 8_000

/** Who answered a conversation last, and so holds its prompt in a cache. */
export interface CacheHolder {
  /** 'provider/model' */
  readonly model: string
  /** Fingerprint of the provider's key: caches belong to the account. */
  readonly credential: string | null
}

/**
 * Remembers, for a while, which provider and key hold the cache of a conversation, so that its next
 * turn is asked there: of that model where a weighted task would draw anew, and with that key of a
 * provider that has several. An order that the file names stands, and who is down is passed over.
 * Nothing of it is on disk: after a restart a conversation has a holder again with its next answer.
 */
export class Affinity {
  readonly #holders = new Map<number | bigint, CacheHolder & { readonly atUs: number }>()
  readonly #elapsedUs: () => number

  /** @param elapsedUs  microseconds on a monotonic clock */
  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  /** Null for a conversation that begins, or was not heard of for an hour. */
  holderOf({ id, goesOn }: Conversation): CacheHolder | null {
    if (!goesOn) return null
    const holder = this.#holders.get(id)
    if (holder === undefined) return null
    return this.#elapsedUs() - holder.atUs > keptUs ? null : holder
  }

  note({ id }: Conversation, { model, credential }: CacheHolder): void {
    this.#holders.delete(id)
    this.#holders.set(id, { model, credential, atUs: this.#elapsedUs() })
    if (this.#holders.size <= conversationsMax) return
    const [oldest] = this.#holders.keys()
    if (oldest !== undefined) this.#holders.delete(oldest)
  }
}

/** What tells a conversation from others: who it is with, and all that was said before the first answer. */
export interface Conversation {
  readonly id: number | bigint
  /** Somebody has answered in it before. */
  readonly goesOn: boolean
}

/** Where each dialect keeps what is said once, and what is said in turn. */
const standing = ['system', 'instructions', 'systemInstruction', 'preamble'] as const
const turns = ['messages', 'input', 'contents'] as const

/**
 * Reads only the body's own words, in whichever dialect: it has to be cheap, and to be wrong costs no
 * more than a cache that is not met.
 * @param keyId  conversations of two keys are two
 * @returns null for calls that are no conversations
 */
export function conversationOf(
  { operation, body: { value } }: Call,
  keyId: string,
): Conversation | null {
  if (operation !== 'chat') return null
  const list = turnsIn(value)
  if (list === null) return null
  let opening = keyId
  for (const name of standing) {
    const said = value[name]
    if (said !== undefined) opening += textOf(said)
  }
  let goesOn = false
  for (const turn of list) {
    if (isAnswer(turn)) {
      goesOn = true
      break
    }
    if (opening.length < openingMax) opening += textOf(turn)
  }
  return { id: Bun.hash(opening.slice(0, openingMax)), goesOn }
}

function turnsIn(body: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  for (const name of turns) {
    const said = body[name]
    if (Array.isArray(said)) return said
  }
  return null
}

function isAnswer(turn: unknown): boolean {
  if (typeof turn !== 'object' || turn === null) return false
  const { role, type } = turn as { readonly role?: unknown; readonly type?: unknown }
  return (
    role === 'assistant' || role === 'model' || type === 'function_call' || type === 'reasoning'
  )
}

/** A separator in front, so that two short texts are not one long one. */
function textOf(said: unknown): string {
  return `\0${typeof said === 'string' ? said : wordsOf(said).slice(0, openingMax)}`
}

/** Clients move their marks for the cache on with each turn: they are no part of what was said. */
function wordsOf(said: unknown): string {
  const text = JSON.stringify(said)
  return text.includes('"cache') ? JSON.stringify(said, withoutMarks) : text
}

function withoutMarks(name: string, value: unknown): unknown {
  if (name === 'cache_control') return undefined
  return Array.isArray(value) ? value.filter((block) => !isPoint(block)) : value
}

/** What Bedrock marks with is a block of its own. */
function isPoint(block: unknown): boolean {
  return typeof block === 'object' && block !== null && 'cachePoint' in block
}
