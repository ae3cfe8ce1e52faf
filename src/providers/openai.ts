import { responsesIds, shortIds } from '../dialects/call-ids.ts'
import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiModerations } from '../dialects/openai-moderations/index.ts'
import { openaiDoors } from './doors.ts'
import { openaiObjects } from './objects.ts'
import { bearer, type Provider } from './provider.ts'

/** The o-series and GPT-5, but not its chat variants nor 5.1 and later, which take sampling again. */
const reasoners = /^(?:o\d|gpt-5(?![.\d])(?!-chat))/
const newer = /^(?:o\d|gpt-[5-9])/

/** 5.1 and later take sampling only as long as they do not think, which is what they do unasked. */
const thinkers = /^gpt-(?:5\.|[6-9])/
const thinking = { name: 'reasoning_effort', is: ['minimal', 'low', 'medium', 'high', 'xhigh'] }

/** They refuse stop sequences; 5.5 and later take them again. */
const stopless = /^(?:o3|o4-mini|gpt-5(?:\.[0-4])?(?![.\d])(?!-chat))/

const sampling = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
]

export const parameters: readonly ParameterRule[] = [
  { name: 'max_tokens', models: newer, does: { kind: 'rename', to: 'max_completion_tokens' } },
  ...sampling.flatMap((name): ParameterRule[] => [
    { name, models: reasoners, does: { kind: 'drop' } },
    { name, models: thinkers, where: thinking, does: { kind: 'drop' } },
  ]),
]

/** Models that are asked by Responses alone. */
const chatModels =
  /^(?!o[13]-pro|o3-deep|o4-mini-deep|computer-use|gpt-5(?:\.5)?-pro|gpt-5-codex|gpt-5\.1-codex-max|gpt-5\.6-cyber|gpt-daybreak)/

/** Of Responses. How much it thinks stands one level deeper there, out of the rules' sight. */
export const inResponses: readonly ParameterRule[] = ['temperature', 'top_p', 'top_logprobs'].map(
  (name) => ({ name, models: reasoners, does: { kind: 'drop' } }),
)

/** All that is left of the models that go on with a text; every other is a 404 at that door. */
const completions = /instruct|^(?:davinci|babbage)-002/

export const openai: Provider = {
  id: 'openai',
  name: 'OpenAI',
  kind: 'vendor',
  baseUrl: 'https://api.openai.com/v1',
  sign: bearer,
  keyNames: ['OPENAI_API_KEY'],
  doors: openaiDoors(
    {
      parameters,
      cachesUnasked: true,
      emulates: { stop: { models: stopless, max: 0 } },
      callIds: shortIds,
    },
    {
      embed: true,
      chatModels,
      responses: {
        quirks: {
          parameters: inResponses,
          cachesUnasked: true,
          thoughts: { refused: ['reasoning'] },
          callIds: responsesIds,
        },
        keepsConversations: true,
      },
      moderate: openaiModerations,
      completions,
      images: {},
      speech: true,
      transcribe: 'both',
    },
  ),
  objects: openaiObjects,
  passHeaders: ['openai-organization', 'openai-project'],
  data: 'no-training', // API data is not trained on unless the account opts in
  source: 'https://platform.openai.com/docs/api-reference (read 2026-11-21)',
}
