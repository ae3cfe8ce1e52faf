import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Neither `none` nor `required` is a word here; a call without tools says the first. */
const noTools = { name: 'tool_choice', is: ['none'] }

/** Its size is `width` and `height`, and its word for bytes is base64. */
const pictures: readonly ParameterRule[] = [
  { name: 'response_format', does: { kind: 'map', values: { b64_json: 'base64' } } },
  ...['size', 'quality', 'style', 'background', 'user', 'stream', 'partial_images'].map(
    (name): ParameterRule => ({ name, does: { kind: 'drop' } }),
  ),
]

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
      emulates: { toolChoice: {} },
      developerRole: 'system',
      thinkTags: { thoughts: /deepseek-r1|qwq|qwen3|thinking/i },
    },
    {
      embed: true,
      rerank: true,
      images: { parameters: pictures },
      speech: true,
      transcribe: 'both',
    },
  ),
  // Its batches are of another shape: batches for it run through the gateway.
  objects: {
    files: { purposes: ['fine-tune', 'eval'], uploadPath: '/files/upload', nameField: 'file_name' },
    fineTuning: { speaks: 'together' },
  },
  errors: [
    { class: 'retired', codes: ['model_not_available'] },
    { class: 'context', message: /`inputs` tokens \+ `max_new_tokens` must be/ },
    // Its word for a prompt and a limit that do not fit together, which is no matter of the key.
    { class: 'context', status: 403, message: /token|context/i },
  ],
  data: 'any',
  source: 'https://docs.together.ai/docs/error-codes (read 2026-11-22)',
}
