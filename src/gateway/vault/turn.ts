import type { Chat, Message, Part, ReasoningPart, ToolCallPart } from '../../core/call.ts'

/** A turn of the assistant: what it said and called, and by what it is known. */
export interface Turn {
  readonly callIds: readonly string[]
  /** Its parts of text, joined: how a turn without calls is known. */
  readonly text: string
  readonly thoughts: readonly ReasoningPart[]
  readonly calls: readonly ToolCallPart[]
  /** Signatures and sealed thoughts in it. */
  readonly signed: readonly string[]
  /** By which it is kept, then what else leads to it: a client may send calls in another order. */
  readonly keys: readonly [string, ...string[]]
}

/**
 * The assistant's turns of a conversation, in their order.
 *
 * An id that no vendor makes twice is enough to know a turn by. Some count their calls
 * ('functions.weather:0') and texts like 'Yes.' are said again and again: such a turn is known by
 * all that was said before it as well, or the thoughts of one conversation would go into another.
 * @param scope  whose turns: the same words of two scopes have nothing in common
 */
export function turnsOf(messages: readonly Message[], scope: string): Turn[] {
  const spoken = messages.map((message) =>
    message.role === 'assistant' ? turnIn(message.parts) : null,
  )
  const isVague = spoken.some((turn) => turn !== null && !turn.calls.every(isUnique))
  const before = isVague || spoken.some((turn) => turn?.calls.length === 0) ? hashOf(scope) : null
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const turn = spoken[index]
    if (turn) turns.push({ ...turn, keys: keysOf(turn, scope, before?.copy() ?? null) })
    if (before) tell(before, message)
  }
  return turns
}

/** The last turn of a conversation that this answer continues. */
export function turnAfter(chat: Chat, parts: readonly Part[], scope: string): Turn {
  const answer: Message = { role: 'assistant', parts, name: null, extra: {} }
  return turnsOf([...chat.messages, answer], scope).at(-1)!
}

function turnIn(parts: readonly Part[]): Omit<Turn, 'keys'> {
  const thoughts = parts.filter((part) => part.type === 'reasoning')
  const calls = parts.filter((part) => part.type === 'toolCall')
  return {
    callIds: calls.map(({ id }) => id),
    text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    thoughts,
    calls,
    signed: [
      ...thoughts.flatMap(({ signature, sealed }) => [signature, sealed]),
      ...parts.map((part) =>
        part.type === 'toolCall' || part.type === 'text' ? part.signature : null,
      ),
    ].filter((value): value is string => typeof value === 'string' && value !== ''),
  }
}

/** What a signature is known by. */
export function signedKey(signed: string): string {
  return hashOf('signed', signed).digest('hex').slice(0, keyDigits)
}

type Hash = Bun.CryptoHasher

const keyDigits = 40
/** Random ids of vendors have 16 and more characters; those that count name the tool. */
const uniqueLengthMin = 16

function isUnique({ id, name }: ToolCallPart): boolean {
  return id.length >= uniqueLengthMin && !(name !== '' && id.includes(name))
}

function keysOf(
  { calls, text }: Omit<Turn, 'keys'>,
  scope: string,
  before: Hash | null,
): [string, ...string[]] {
  const unique = calls.filter(isUnique).map(({ id }) => hashOf('call', scope, id))
  if (unique.length > 0 && unique.length === calls.length) return digests(unique)
  const hash = before ?? hashOf(scope)
  if (calls.length === 0) return digests([told(hash, 'text', text)])
  const [first] = calls
  return digests([
    told(hash, 'turn', first!.id, first!.name, canonical(first!.arguments)),
    ...unique,
  ])
}

function digests(hashes: readonly Hash[]): [string, ...string[]] {
  return hashes.map((hash) => hash.digest('hex').slice(0, keyDigits)) as [string, ...string[]]
}

function tell(hash: Hash, { role, parts }: Message): void {
  const results = (part: Part): readonly Part[] =>
    part.type === 'toolResult' ? part.parts : [part]
  for (const part of parts.flatMap(results)) {
    if (part.type === 'text') told(hash, role, part.text)
    else if (part.type === 'toolCall') told(hash, role, part.name)
  }
}

function hashOf(...texts: readonly string[]): Hash {
  return told(new Bun.CryptoHasher('sha256'), ...texts)
}

/** Each text with its length before it, so that no two lists of texts are one. */
function told(hash: Hash, ...texts: readonly string[]): Hash {
  for (const text of texts) hash.update(`${text.length}:${text}`)
  return hash
}

/** Clients read arguments and write them again: other spaces, and another order of keys. */
function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    )
  } catch {
    return text
  }
}
