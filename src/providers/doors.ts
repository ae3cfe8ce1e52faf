import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Dialect, Quirks } from '../dialects/dialect.ts'
import { gemini, geminiCount } from '../dialects/gemini/index.ts'
import { geminiEmbedContent, geminiEmbeddings } from '../dialects/gemini-embeddings/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiCompletions } from '../dialects/openai-completions/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { openaiImages } from '../dialects/openai-images/index.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { openaiSpeech } from '../dialects/openai-speech/index.ts'
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../dialects/openai-transcriptions/index.ts'
import { jinaRerank } from '../dialects/rerank/index.ts'
import { type Door, header, type Provider } from './provider.ts'

/** The doors of one who speaks OpenAI's dialect, with one for Anthropic's beside it where there is one. */
export function openaiDoors(
  quirks: Quirks,
  also: {
    readonly embed?: boolean
    readonly messagesAt?: string
    /** What is peculiar about that door. */
    readonly messages?: Quirks
    /** Models that are asked by chat completions, where that is not all of them. */
    readonly chatModels?: RegExp
    /** The last of the doors: whoever speaks another dialect than this is asked by chat. */
    readonly responses?: Omit<Door, 'dialect'>
    /** For all models, or for those that go on with a text rather than chat. */
    readonly completions?: true | RegExp
    /** In Jina's shape; where it stands, when that is elsewhere. */
    readonly rerank?: true | Partial<Pick<Door, 'dialect' | 'baseUrl' | 'path'>>
    readonly moderate?: Dialect
    /** What is peculiar about its pictures. */
    readonly images?: Quirks
    readonly speech?: boolean
    /** In the language that was spoken; `both`: in English as well. */
    readonly transcribe?: true | 'both'
  } = {},
): Provider['doors'] {
  const chatModels = also.chatModels === undefined ? {} : { models: also.chatModels }
  const chat: Door[] = [{ dialect: openaiChat, quirks, ...chatModels }]
  if (also.messagesAt !== undefined) {
    chat.push({
      dialect: anthropicMessages,
      baseUrl: also.messagesAt,
      sign: header('x-api-key'),
      ...(also.messages && { quirks: also.messages }),
    })
  }
  if (also.completions !== undefined) {
    const models = also.completions === true ? {} : { models: also.completions }
    // What is done in its stead is done to conversations; a prompt goes as it is.
    const { emulates: _, ...promptQuirks } = quirks
    chat.push({ dialect: openaiCompletions, quirks: promptQuirks, ...models })
  }
  if (also.responses) chat.push({ dialect: openaiResponses, ...also.responses })
  return {
    chat,
    ...(also.embed === true && { embed: [{ dialect: openaiEmbeddings }] }),
    ...(also.rerank && {
      rerank: [{ dialect: jinaRerank, ...(also.rerank === true ? {} : also.rerank) }],
    }),
    ...(also.moderate && { moderate: [{ dialect: also.moderate }] }),
    ...(also.images && { image: [{ dialect: openaiImages, quirks: also.images }] }),
    ...(also.speech === true && { speech: [{ dialect: openaiSpeech }] }),
    ...(also.transcribe !== undefined && { transcribe: transcribeDoors(also.transcribe) }),
  }
}

function transcribeDoors(ways: true | 'both'): readonly Door[] {
  const transcriptions: Door = { dialect: openaiTranscriptions }
  return ways === 'both' ? [transcriptions, { dialect: openaiTranslations }] : [transcriptions]
}

/** The doors of one who speaks Gemini's dialect. */
export function geminiDoors(quirks: Quirks): Provider['doors'] {
  return {
    chat: [{ dialect: gemini, quirks }],
    embed: [{ dialect: geminiEmbeddings }, { dialect: geminiEmbedContent }],
    count: [{ dialect: geminiCount, quirks }],
  }
}
