import { anthropicCount } from '../dialects/anthropic-messages/count.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { shortIds, wordIds } from '../dialects/call-ids.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiCompletions } from '../dialects/openai-completions/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { openaiImages } from '../dialects/openai-images/index.ts'
import { openaiSpeech } from '../dialects/openai-speech/index.ts'
import { openaiModerations } from '../dialects/openai-moderations/index.ts'
import { jinaRerank } from '../dialects/rerank/index.ts'
import {
  openaiTranscriptions,
  openaiTranslations,
} from '../dialects/openai-transcriptions/index.ts'
import { noSignature, type Provider } from './provider.ts'

/** The simulator, on this very machine: it thinks nothing, costs nothing and keeps nothing. */
export const sim: Provider = {
  id: 'sim',
  name: 'Simulator',
  kind: 'simulator',
  baseUrl: null, // started by the gateway on a port of its own
  sign: noSignature,
  keyNames: [],
  keyOptional: true,
  doors: {
    chat: [
      { dialect: openaiChat, quirks: { callIds: shortIds } },
      { dialect: anthropicMessages, quirks: { callIds: wordIds } },
      { dialect: openaiCompletions },
    ],
    count: [{ dialect: anthropicCount, quirks: { callIds: wordIds } }],
    embed: [{ dialect: openaiEmbeddings }],
    rerank: [{ dialect: jinaRerank }],
    moderate: [{ dialect: openaiModerations }],
    image: [{ dialect: openaiImages }],
    speech: [{ dialect: openaiSpeech }],
    transcribe: [{ dialect: openaiTranscriptions }, { dialect: openaiTranslations }],
  },
  headers: { 'anthropic-version': '2023-06-01' },
  passHeaders: ['x-sim-fault'],
  data: 'on-premises',
  source: 'simulator/',
}
