import { type Chat, type Message, noExtra, type TextPart } from '../../core/call.ts'
import type { ChatReply } from '../../core/reply.ts'

/** One thing that a provider lacks: what is asked instead, and what becomes of the answer. */
export interface Step {
  /** 'response_format~prompt' */
  readonly word: string
  ask(chat: Chat): Chat
  /** What is wrong, in a sentence for the model; null when nothing is. */
  check?: (reply: ChatReply) => string | null
  give?: (reply: ChatReply) => ChatReply
}

/** The conversation with one instruction more, behind those that it begins with. */
export function told(chat: Chat, instruction: string): Chat {
  const [first, ...rest] = chat.messages
  const part: TextPart = { type: 'text', text: instruction, extra: noExtra }
  if (first?.role === 'system' || first?.role === 'developer') {
    const spaced = { ...part, text: `\n\n${instruction}` }
    return { ...chat, messages: [{ ...first, parts: [...first.parts, spaced] }, ...rest] }
  }
  const system: Message = { role: 'system', parts: [part], name: null, extra: noExtra }
  return { ...chat, messages: [system, ...chat.messages] }
}
