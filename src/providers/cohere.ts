import { cohereChat } from '../dialects/cohere-chat/index.ts'
import { cohereEmbed } from '../dialects/cohere-embed/index.ts'
import type { ParameterRule } from '../dialects/dialect.ts'
import { cohereRerank } from '../dialects/rerank/index.ts'
import { bearer, type Provider } from './provider.ts'

/** Models that cannot think have nothing to switch. Those that can do so unless they are told not to. */
const thoughtless = /^(?:command-(?:r|a-03|a-vision|a-translate|light|nightly)|c4ai-)/

/** Narrower than elsewhere; what lies outside is refused. */
const parameters: readonly ParameterRule[] = [
  { name: 'thinking', models: thoughtless, does: { kind: 'drop' } },
  { name: 'p', does: { kind: 'clamp', min: 0.01, max: 0.99 } },
  { name: 'k', does: { kind: 'clamp', min: 0, max: 500 } },
  { name: 'presence_penalty', does: { kind: 'clamp', min: 0, max: 1 } },
  { name: 'frequency_penalty', does: { kind: 'clamp', min: 0, max: 1 } },
]

/** Cohere by its own API: the compatible one shows neither thoughts nor citations, and counts less. */
export const cohere: Provider = {
  id: 'cohere',
  name: 'Cohere',
  kind: 'vendor',
  baseUrl: 'https://api.cohere.com/v2',
  sign: bearer,
  keyNames: ['COHERE_API_KEY', 'CO_API_KEY'],
  doors: {
    chat: [{ dialect: cohereChat, quirks: { parameters } }],
    embed: [{ dialect: cohereEmbed }],
    rerank: [{ dialect: cohereRerank }],
  },
  errors: [
    { class: 'retired', status: 404, message: /was removed on/i },
    // A trial key is limited by the minute, and by the month.
    { class: 'quota', status: 429, message: /\/ ?month/i },
    { class: 'context', message: /too many tokens/i },
  ],
  data: 'any', // paid accounts may opt out of training
  source: 'https://docs.cohere.com/reference/chat (read 2026-11-22)',
}
