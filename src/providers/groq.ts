import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { samePaths } from './objects.ts'
import { bearer, type Provider } from './provider.ts'

const groqUnknown = ['logprobs', 'top_logprobs', 'logit_bias']

export const groq: Provider = {
  id: 'groq',
  name: 'Groq',
  kind: 'aggregator',
  baseUrl: 'https://api.groq.com/openai/v1',
  sign: bearer,
  keyNames: ['GROQ_API_KEY'],
  doors: openaiDoors(
    {
      parameters: groqUnknown.map((name): ParameterRule => ({ name, does: { kind: 'drop' } })),
      emulates: { n: {} },
      developerRole: 'system',
      cachesUnasked: true,
      thoughts: { refused: ['reasoning_content', 'reasoning_details'] }, // its own word is `reasoning`
    },
    { speech: true, transcribe: 'both' },
  ),
  objects: {
    files: { purposes: ['batch'] },
    batches: { paths: samePaths('/v1/chat/completions') },
  },
  errors: [
    { class: 'caller', codes: ['tool_use_failed'] },
    { class: 'rate', status: 413, message: /tokens per minute|TPM/i },
  ],
  data: 'any',
  source: 'https://console.groq.com/docs/openai (read 2026-11-21)',
}
