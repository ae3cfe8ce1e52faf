import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Quirks } from '../dialects/dialect.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { type Door, header, type Provider } from './provider.ts'

/** The doors of one who speaks OpenAI's dialect, with one for Anthropic's beside it where there is one. */
export function openaiDoors(
  quirks: Quirks,
  also: { readonly embed?: boolean; readonly messagesAt?: string } = {},
): Provider['doors'] {
  const chat: Door[] = [{ dialect: openaiChat, quirks }]
  if (also.messagesAt !== undefined) {
    chat.push({
      dialect: anthropicMessages,
      baseUrl: also.messagesAt,
      sign: header('x-api-key'),
    })
  }
  return also.embed === true ? { chat, embed: [{ dialect: openaiEmbeddings }] } : { chat }
}
