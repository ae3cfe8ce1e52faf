import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** The o-series and GPT-5, but not its chat variants nor 5.1 and later, which take sampling again. */
const reasoners = /^(?:o\d|gpt-5(?![.\d])(?!-chat))/
const newer = /^(?:o\d|gpt-[5-9])/

/** 5.1 and later take sampling only as long as they do not think, which is what they do unasked. */
const thinkers = /^gpt-(?:5\.|[6-9])/
const thinking = { name: 'reasoning_effort', is: ['minimal', 'low', 'medium', 'high', 'xhigh'] }

const sampling = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
]

const parameters: readonly ParameterRule[] = [
  { name: 'max_tokens', models: newer, does: { kind: 'rename', to: 'max_completion_tokens' } },
  ...sampling.flatMap((name): ParameterRule[] => [
    { name, models: reasoners, does: { kind: 'drop' } },
    { name, models: thinkers, where: thinking, does: { kind: 'drop' } },
  ]),
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
