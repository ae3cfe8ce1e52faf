import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Neither `none` nor `required` is a word here; a call without tools says the first. */
const noTools = { name: 'tool_choice', is: ['none'] }

export const together: Provider = {
  id: 'together',
  name: 'Together',
  kind: 'aggregator',
  baseUrl: 'https://api.together.xyz/v1',
  sign: bearer,
  keyNames: ['TOGETHER_API_KEY'],
  doors: openaiDoors(
    {
      parameters: [
        { name: 'tools', where: noTools, does: { kind: 'drop' } },
        { name: 'tool_choice', where: noTools, does: { kind: 'drop' } },
        { name: 'tool_choice', does: { kind: 'map', values: { required: 'auto' } } },
      ],
      developerRole: 'system',
    },
    { embed: true },
  ),
  errors: [
    { class: 'retired', codes: ['model_not_available'] },
    { class: 'context', message: /`inputs` tokens \+ `max_new_tokens` must be/ },
  ],
  data: 'any',
  source: 'https://docs.together.ai/reference (read 2026-11-21)',
}
