import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

export const together: Provider = {
  id: 'together',
  name: 'Together',
  kind: 'aggregator',
  baseUrl: 'https://api.together.xyz/v1',
  sign: bearer,
  keyNames: ['TOGETHER_API_KEY'],
  doors: openaiDoors(
    {
      parameters: [{ name: 'tool_choice', does: { kind: 'map', values: { required: 'auto' } } }],
      developerRole: 'system',
    },
    { embed: true },
  ),
  data: 'any',
  source: 'https://docs.together.ai/reference (read 2026-11-21)',
}
