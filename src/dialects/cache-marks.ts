import type { CacheMark, Chat, Extra, Message, Part, Tool } from '../core/call.ts'
import { noExtra } from '../core/call.ts'
import type { Quirks } from './dialect.ts'
import { type Fields, isObject } from './fields.ts'

/** Marks for the prompt cache, which Anthropic says as `cache_control` and others after it. */

interface Marked {
  readonly cache?: CacheMark
}

/** The mark beside these fields; nothing where there is none. */
export function readMark(wire: Fields): Marked {
  const control = wire.raw('cache_control')
  return isObject(control) ? { cache: { ttl: readTtl(control['ttl']) } } : noMark
}

const noMark: Marked = {}

export function readTtl(word: unknown): CacheMark['ttl'] {
  return word === '5m' || word === '1h' ? word : null
}

export function writeMark(part: Part | Tool): Extra {
  const mark = markOf(part)
  if (mark === undefined) return noExtra
  return { cache_control: { type: 'ephemeral', ...(mark.ttl === null ? {} : { ttl: mark.ttl }) } }
}

export function markOf(part: Part | Tool): CacheMark | undefined {
  return 'cache' in part ? part.cache : undefined
}

const holders = ['text', 'image', 'file', 'toolCall', 'toolResult'] as const

/** The same parts with a mark on the last of them, unless it has its own; null where it can hold none. */
export function markLast<Holder extends Part | Tool>(
  parts: readonly Holder[],
  cache: CacheMark,
): Holder[] | null {
  const last = parts.at(-1)
  if (last === undefined || !canHold(last)) return null
  return [...parts.slice(0, -1), { cache, ...last }]
}

function canHold(part: Part | Tool): boolean {
  if (!('type' in part)) return part.foreign === null
  return holders.some((kind) => kind === part.type)
}

/** Which marks a model takes. */
export interface MarkRoom {
  readonly max: number
  readonly on: readonly ((typeof holders)[number] | 'tool')[]
  /** On what stands within the result of a tool; else one there goes to the result. */
  readonly inResults: boolean
  /** It may be told for how long. */
  readonly ttl: boolean
}

/** As Anthropic has them. */
export const allMarks: MarkRoom = {
  max: 4,
  on: [...holders, 'tool'],
  inResults: true,
  ttl: true,
}

export const noMarks: MarkRoom = { max: 0, on: [], inResults: true, ttl: false }

/**
 * A conversation with the marks that there is room for. Of too many the last are kept: they stand for
 * the longest prompts.
 * @param unasked  the prompt is cached without marks as well
 * @returns the words for what became of the others
 */
export function fitMarks(
  chat: Chat,
  room: MarkRoom,
  unasked: boolean,
): { readonly chat: Chat; readonly words: readonly string[] } {
  if (!chat.tools.some(isMarked) && !chat.messages.some(holdsMark)) return { chat, words: [] }
  const lifted = room.inResults ? chat : changed(chat, liftFromResult)
  const marked = inPromptOrder(lifted).filter(isMarked)
  const fitting = marked.filter((part) => fits(part, room))
  const kept = new Set(fitting.slice(Math.max(fitting.length - room.max, 0)))
  const isCut = !room.ttl && [...kept].some((part) => markOf(part)?.ttl === '1h')
  const keep = <Holder extends Part | Tool>(part: Holder): Holder => {
    const mark = kept.has(part) ? markOf(part) : undefined
    const bare = withoutMark(part)
    const inner =
      'type' in bare && bare.type === 'toolResult' ? { ...bare, parts: bare.parts.map(keep) } : bare
    if (mark === undefined) return inner
    return { ...inner, cache: room.ttl ? mark : { ttl: null } }
  }
  return {
    chat: changed(lifted, keep),
    words: [
      ...(kept.size === marked.length ? [] : [leftWord(kept.size === 0 && unasked)]),
      ...(isCut ? ['cache_control.ttl="5m"'] : []),
    ],
  }
}

function leftWord(unasked: boolean): string {
  return unasked ? 'cache_control~automatic' : '-cache_control'
}

function isMarked(part: Part | Tool): boolean {
  return markOf(part) !== undefined
}

function holdsMark({ parts }: Message): boolean {
  return parts.some(
    (part) => isMarked(part) || (part.type === 'toolResult' && part.parts.some(isMarked)),
  )
}

/** No vendor takes a mark on an empty text. */
function fits(part: Part | Tool, { on }: MarkRoom): boolean {
  if (!('type' in part)) return on.includes('tool')
  if (part.type === 'text' && part.text === '') return false
  return on.some((kind) => kind === part.type)
}

function withoutMark<Holder extends Part | Tool>(part: Holder): Holder {
  if (!isMarked(part)) return part
  const { cache: _, ...bare } = part as Holder & Marked
  return bare as unknown as Holder
}

function liftFromResult<Holder extends Part | Tool>(part: Holder): Holder {
  if (!('type' in part) || part.type !== 'toolResult') return part
  const last = part.parts.findLast(isMarked)
  if (last === undefined) return part
  return { cache: markOf(last), ...part, parts: part.parts.map(withoutMark) }
}

/** Tools come first, then what the system says, then the turns, a result's own parts before itself. */
function inPromptOrder({ tools, messages }: Chat): readonly (Part | Tool)[] {
  const isStanding = ({ role }: Message): boolean => role === 'system' || role === 'developer'
  const parts = [
    ...messages.filter(isStanding),
    ...messages.filter((message) => !isStanding(message)),
  ].flatMap((message) => message.parts)
  return [
    ...tools,
    ...parts.flatMap((part) => (part.type === 'toolResult' ? [...part.parts, part] : [part])),
  ]
}

function changed(chat: Chat, change: <Holder extends Part | Tool>(part: Holder) => Holder): Chat {
  return {
    ...chat,
    tools: chat.tools.map(change),
    messages: chat.messages.map((message) => ({ ...message, parts: message.parts.map(change) })),
  }
}

/** What only helps a cache to be met, in the words of those who say it. */
const cacheHints: ReadonlySet<string> = new Set([
  'cache_control',
  'cachePoint',
  'prompt_cache_key',
  'prompt_cache_breakpoint',
])

/** The words for what only the caller's dialect can say. */
export function nativeWords({ native }: Chat, { cachesUnasked }: Quirks): string[] {
  return native.map((name) =>
    cachesUnasked === true && cacheHints.has(name) ? `${name}~automatic` : `-${name}`,
  )
}
