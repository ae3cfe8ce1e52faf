import {
  embeddings,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  rerank,
} from './said-openai.ts'
import { anthropicMessages, bedrockConverse, cohereChat, gemini } from './said-others.ts'
import type { Format } from './said.ts'

export const formats = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
  gemini,
  'cohere-chat': cohereChat,
  'bedrock-converse': bedrockConverse,
  'openai-responses': openaiResponses,
  'openai-completions': openaiCompletions,
  embeddings,
  rerank,
} satisfies Record<string, Format>

export type FormatName = keyof typeof formats
