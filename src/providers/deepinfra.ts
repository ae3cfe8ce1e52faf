import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

export const deepinfra: Provider = {
  id: 'deepinfra',
  name: 'DeepInfra',
  kind: 'aggregator',
  baseUrl: 'https://api.deepinfra.com/v1/openai', // everything under /v1 alone is a 404
  sign: bearer,
  keyNames: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  doors: openaiDoors({ developerRole: 'system' }, { embed: true }),
  data: 'any',
  source: 'https://deepinfra.com/docs/openai_api (read 2026-11-22)',
}
