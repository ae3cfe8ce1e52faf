import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
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
    chat: [{ dialect: openaiChat }, { dialect: anthropicMessages }],
    embed: [{ dialect: openaiEmbeddings }],
  },
  headers: { 'anthropic-version': '2023-06-01' },
  passHeaders: ['x-sim-fault'],
  data: 'on-premises',
  source: 'simulator/',
}
