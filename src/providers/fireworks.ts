import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Three levels of effort. */
const fireworksParameters: readonly ParameterRule[] = [
  { name: 'seed', does: { kind: 'drop' } },
  {
    name: 'reasoning_effort',
    does: { kind: 'map', values: { minimal: 'low', xhigh: 'high', max: 'high' } },
  },
  { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
]

export const fireworks: Provider = {
  id: 'fireworks',
  name: 'Fireworks',
  kind: 'aggregator',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  sign: bearer,
  keyNames: ['FIREWORKS_API_KEY'],
  doors: openaiDoors(
    { parameters: fireworksParameters, developerRole: 'system', cachesUnasked: true },
    { embed: true },
  ),
  errors: [{ class: 'arrears', status: 412 }], // a suspended account
  data: 'any',
  source: 'https://docs.fireworks.ai/api-reference (read 2026-11-21)',
}
