import { between, chance } from '../chance.ts'
import type { Json } from '../json.ts'
import { findMediaModel } from '../media-models.ts'
import { noTokens } from '../model.ts'
import { png } from '../picture.ts'
import { countTokens } from '../tokens.ts'
import { type Door, type Event, Problem, type Said, type World } from './dialect.ts'
import {
  flag,
  missing,
  noModel,
  number,
  openaiWords,
  readBody,
  text,
  wrongValue,
} from './openai.ts'

/** Tokens of a square picture. */
const pictureTokens = { low: 272, medium: 1_056, high: 4_160 } as const

/**
 * POST /v1/images/generations: `painter` answers as gpt-image-1, in base64 with tokens; `sketch` as
 * dall-e-3, with addresses unless asked otherwise, and without usage.
 * Source: https://platform.openai.com/docs/api-reference/images (read 2026-11-22).
 */
export const openaiImages: Door = {
  method: 'POST',
  path: '/v1/images/generations',
  ...openaiWords,
  answer(request, world): Said {
    const body = readBody(request, world)
    const name = text(body, 'model') ?? ''
    const model = findMediaModel(name, 'pictures')
    if (!model) throw noModel(name)
    const prompt = text(body, 'prompt')
    if (prompt === null || prompt === '') throw missing('prompt')
    const n = number(body, 'n', 'integer', 1, 10) ?? 1
    const quality = text(body, 'quality') ?? 'medium'
    if (!Object.hasOwn(pictureTokens, quality)) {
      throw wrongValue('quality', quality, Object.keys(pictureTokens))
    }
    const byTokens = model.soldBy === 'tokens'
    if (byTokens && text(body, 'response_format') !== null) {
      throw new Problem(400, "Unknown parameter: 'response_format'.", { param: 'response_format' })
    }
    const inBase64 = byTokens || text(body, 'response_format') === 'b64_json'
    const partials = number(body, 'partial_images', 'integer', 0, 3) ?? 0
    const input = countTokens(prompt)
    const output = n * pictureTokens[quality as keyof typeof pictureTokens]
    const usage = {
      total_tokens: input + output,
      input_tokens: input,
      output_tokens: output,
      input_tokens_details: { text_tokens: input, image_tokens: 0 },
    }
    const pictures = Array.from({ length: n }, (_, index) => picture(prompt, index, world))
    const created = Math.floor(world.nowMs / 1_000)
    const stream = flag(body, 'stream') === true
    return {
      headers: { 'openai-version': '2020-10-01' },
      stream,
      whole: () => ({
        created,
        data: pictures.map((base64, index) =>
          inBase64
            ? { b64_json: base64 }
            : {
                url: `https://pictures.example/${index}.png`,
                revised_prompt: `${prompt}, plainly`,
              },
        ),
        ...(byTokens ? { usage } : {}),
      }),
      events: byTokens ? () => events(pictures[0]!, partials, created, usage) : null,
      contentEvents: partials + 1,
      tokens: { ...noTokens, input, output },
      pace: { firstMs: 2_000, tokenMs: 0 },
      usage: () => usage,
      text: '',
    }
  },
}

function picture(prompt: string, index: number, world: World): string {
  const random = chance('colour', world.seed, prompt, index)
  const part = () => between(random, 0, 255)
  return Buffer.from(png([part(), part(), part()])).toString('base64')
}

function* events(base64: string, partials: number, created: number, usage: Json): Generator<Event> {
  const about = { b64_json: base64, created_at: created, size: '1024x1024', output_format: 'png' }
  for (let index = 0; index < partials; index += 1) {
    const type = 'image_generation.partial_image'
    yield event(type, { ...about, partial_image_index: index }, 'content')
  }
  yield event('image_generation.completed', { ...about, usage }, 'finish')
}

function event(type: string, data: { readonly [key: string]: Json }, mark: Event['mark']): Event {
  return { name: type, data: { type, ...data }, mark, tokens: 0 }
}
