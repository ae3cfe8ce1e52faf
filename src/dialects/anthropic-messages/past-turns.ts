import type { Call, Extra, ReasoningPart } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Recall, Target, TurnWants } from '../dialect.ts'
import { isObject } from '../fields.ts'
import type { Parameters } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import type { WireMessage } from './wire.ts'

/**
 * While it thinks and calls tools, this API wants the signed thoughts of a turn back with the turn's
 * calls, and it refuses signatures that are not its own.
 * @see https://docs.claude.com/en/docs/build-with-claude/extended-thinking (read 2026-11-22)
 */
export function turnsWant(call: Call, target: Target): TurnWants | null {
  return thinksWithTools(call, thinksUnasked(target)) ? { thoughts: 'signed' } : null
}

function thinksUnasked({ quirks: { thoughts }, model }: Target): boolean {
  return thoughts?.unasked === true && thoughts.models?.test(model) !== false
}

function thinksWithTools({ body: { value }, dialect, meaning }: Call, unasked: boolean): boolean {
  if (dialect === 'anthropic-messages') {
    const { thinking, tools } = value
    if (!Array.isArray(tools)) return false
    return isObject(thinking) ? thinking['type'] !== 'disabled' : unasked
  }
  const chat = meaning()
  if (chat.operation !== 'chat' || chat.tools.length === 0) return false
  if (chat.reasoning === null) return unasked
  return chat.reasoning.enabled !== false && chat.reasoning.effort !== 'none'
}

/** Whether past turns carry what only its maker takes back. */
export function carriesSigned({ value }: JsonObject): boolean {
  const { messages } = value
  return (
    Array.isArray(messages) &&
    messages.some(
      (message: unknown) =>
        isObject(message) &&
        message['role'] === 'assistant' &&
        Array.isArray(message['content']) &&
        message['content'].some(isThought),
    )
  )
}

/** A caller's own messages as this target takes them: what another signed goes, what was lost is put back. */
export function restoreMessages(
  messages: readonly WireMessage[],
  parameters: Parameters,
  call: Call,
  target: Target,
): readonly WireMessage[] {
  const { recall } = target
  if (recall === undefined) return messages
  const wants = turnsWant(call, target) !== null
  const note = (word: string): void => {
    if (!parameters.adapted.includes(word)) parameters.adapted.push(word)
  }
  let place = -1
  const restored = messages.flatMap((message) => {
    if (message.role !== 'assistant') return [message]
    place += 1
    return restoreMessage(message, place, recall, wants, note)
  })
  const isSame = restored.every((message, index) => message === messages[index])
  return isSame && restored.length === messages.length ? messages : restored
}

/**
 * Thinking is switched off for a call that goes on after a tool was called without thoughts, which
 * another model did or of which nothing is known: with it the call would be refused.
 */
export function dropThinking(
  parameters: Parameters,
  messages: readonly WireMessage[],
  target: Target,
): void {
  const thinking = parameters.get('thinking')
  const type = isObject(thinking) ? thinking['type'] : undefined
  const unasked = thinksUnasked(target) && type === undefined
  if (target.recall === undefined || (type !== 'enabled' && !unasked)) return
  const last = messages.at(-1)
  if (last?.role !== 'user' || !blocksOf(last).some(({ type }) => type === 'tool_result')) return
  const turn = messages.findLast(({ role }) => role === 'assistant')
  const [first] = turn ? blocksOf(turn) : []
  if (first === undefined || isThought(first)) return
  if (thinksUnasked(target)) parameters.set('thinking', { type: 'disabled' })
  else parameters.remove('thinking')
  parameters.adapted.push('-thinking')
}

function restoreMessage(
  message: WireMessage,
  place: number,
  recall: Recall,
  wants: boolean,
  note: (word: string) => void,
): WireMessage[] {
  const { content } = message
  if (!Array.isArray(content)) return [message]
  const blocks = blocksOf(message)
  const own = blocks.filter(({ type, signature, data }) => {
    // An empty signature is what others' thoughts have when they are told in this dialect.
    if (type === 'thinking' && typeof signature === 'string')
      return signature !== '' && recall.mayTake(signature)
    return !(type === 'redacted_thinking' && typeof data === 'string' && !recall.mayTake(data))
  })
  if (own.length < blocks.length) note(signatureDropped)
  const thoughts = wants && !own.some(isThought) ? recalledThoughts(own, place, recall, note) : []
  if (thoughts.length > 0) note('+thinking')
  const made = [...thoughts.map(writeThought), ...own]
  if (made.length === blocks.length && made.every((block, index) => block === blocks[index])) {
    return [message]
  }
  // Nothing but thoughts of another: turns of one side that follow each other are taken as one.
  return made.length === 0 ? [] : [{ ...message, content: made }]
}

function recalledThoughts(
  blocks: readonly Extra[],
  place: number,
  recall: Recall,
  note: (word: string) => void,
): readonly ReasoningPart[] {
  const ids = blocks.flatMap(({ type, id }) =>
    type === 'tool_use' && typeof id === 'string' ? id : [],
  )
  if (ids.length === 0) return []
  const recalled = recall.turn(ids, '', place)
  if (recalled?.foreign === true) note(signatureDropped)
  return (recalled?.thoughts ?? []).filter(
    ({ signature, sealed }) => signature !== null || sealed !== null,
  )
}

function writeThought({ text, signature, sealed }: ReasoningPart): Extra {
  return sealed === null
    ? { type: 'thinking', thinking: text, signature }
    : { type: 'redacted_thinking', data: sealed }
}

function isThought(block: unknown): boolean {
  return isObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking')
}

function blocksOf({ content }: WireMessage): readonly Extra[] {
  return Array.isArray(content) ? content.filter(isObject) : []
}
