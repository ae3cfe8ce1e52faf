import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Shape and fineness are said by `aspect_ratio` and `resolution`. */
const pictures = ['size', 'quality', 'style', 'background', 'stream', 'partial_images'].map(
  (name): ParameterRule => ({ name, does: { kind: 'drop' } }),
)

/** Completion tokens leave reasoning out; the total tells. */
export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  kind: 'vendor',
  baseUrl: 'https://api.x.ai/v1',
  sign: bearer,
  keyNames: ['XAI_API_KEY'],
  doors: openaiDoors(
    { usage: { reasoningApart: true }, cachesUnasked: true },
    {
      images: { parameters: pictures },
      responses: {
        quirks: {
          usage: { reasoningApart: true },
          cachesUnasked: true,
          thoughts: { refused: ['reasoning'] },
        },
        keepsConversations: true,
      },
    },
  ),
  errors: [
    { class: 'key', status: 400, message: /incorrect api key/i },
    { class: 'arrears', message: /used all available credits|any credits yet/i },
    { class: 'quota', message: /spending limit/i },
  ],
  data: 'any',
  source: 'https://docs.x.ai/docs/api-reference (read 2026-11-21)',
}
