import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** The o-series and GPT-5, but not its chat variants nor 5.1 and later, which take sampling again. */
const reasoners = /^(?:o\d|gpt-5(?![.\d])(?!-chat))/
const newer = /^(?:o\d|gpt-[5-9])/

const parameters: readonly ParameterRule[] = [
  { name: 'max_tokens', models: newer, does: { kind: 'rename', to: 'max_completion_tokens' } },
  ...[
    'temperature',
    'top_p',
    'presence_penalty',
    'frequency_penalty',
    'logprobs',
    'top_logprobs',
    'logit_bias',
  ].map((name): ParameterRule => ({ name, models: reasoners, does: { kind: 'drop' } })),
]

export const openai: Provider = {
  id: 'openai',
  name: 'OpenAI',
  kind: 'vendor',
  baseUrl: 'https://api.openai.com/v1',
  sign: bearer,
  keyNames: ['OPENAI_API_KEY'],
  doors: openaiDoors({ parameters }, { embed: true }),
  passHeaders: ['openai-organization', 'openai-project'],
  data: 'no-training', // API data is not trained on unless the account opts in
  source: 'https://platform.openai.com/docs/api-reference (read 2026-11-21)',
}
