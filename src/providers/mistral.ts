import type { ParameterRule } from '../dialects/dialect.ts'
import { mistralModerations } from '../dialects/openai-moderations/index.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Parameters it does not know are a 422. */
const unknown = ['logit_bias', 'logprobs', 'top_logprobs', 'user', 'service_tier', 'store']

const parameters: readonly ParameterRule[] = [
  { name: 'seed', does: { kind: 'rename', to: 'random_seed' } },
  { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
  { name: 'tool_choice', does: { kind: 'map', values: { required: 'any' } } },
  ...unknown.map((name): ParameterRule => ({ name, does: { kind: 'drop' } })),
]

export const mistral: Provider = {
  id: 'mistral',
  name: 'Mistral',
  kind: 'vendor',
  baseUrl: 'https://api.mistral.ai/v1',
  sign: bearer,
  keyNames: ['MISTRAL_API_KEY'],
  // Usage comes with the last chunk unasked.
  doors: openaiDoors(
    {
      parameters,
      streamUsage: 'refused',
      developerRole: 'system',
      // "Tool call id was ... but must be a-z, A-Z, 0-9, with a length of 9."
      callIds: { fits: /^[a-zA-Z0-9]{9}$/, length: 9 },
      // https://docs.mistral.ai/capabilities/completion/usage#prefix (read 2026-11-22)
      prefill: { models: /^(?!magistral)/, mark: { prefix: true } },
      thoughts: {
        go: 'content',
        refused: ['reasoning_content', 'reasoning', 'reasoning_details'],
      },
    },
    { embed: true, moderate: mistralModerations, transcribe: true },
  ),
  // Its batches are jobs of another shape, of one model each: batches for it run through the gateway.
  objects: { files: { purposes: ['fine-tune', 'ocr'] }, fineTuning: { speaks: 'mistral' } },
  errors: [
    { class: 'overload', codes: ['service_tier_capacity_exceeded', '3505'] },
    { class: 'overload', message: /service tier capacity exceeded/i },
    { class: 'retired', codes: ['invalid_model', '1500'] }, // a 400
  ],
  data: 'any', // paid accounts may opt out of training
  source: 'https://docs.mistral.ai/api (read 2026-11-21)',
}
