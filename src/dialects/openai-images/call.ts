import { editCall } from '../edit.ts'
import type { Call } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { MakeImage } from '../../core/media.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, wrong } from '../fields.ts'
import { Parameters } from '../parameters.ts'
import { MediaTally, readCount, readFlag, readModel, readText } from '../read-call.ts'

export const id = 'openai-images'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  if (typeof value['prompt'] !== 'string' || value['prompt'] === '') {
    throw wrong('prompt', 'a text that is not empty', value['prompt'])
  }
  const media = new MediaTally()
  for (const image of picturesIn(value)) media.add(/^https?:/.test(image) ? null : image)
  return {
    operation: 'image',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens: 0,
    n: readCount(value['n'], 'n', 1) ?? 1,
    usageAsked: true,
    user: readText(value['user'], 'user'),
    metadata: null,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readImage(body),
  }
}

/** Models to follow, which Ark, xAI and Together take under names of their own. */
function picturesIn(value: JsonObject['value']): readonly string[] {
  return [value['image'], value['images'], value['image_url'], value['reference_images']]
    .flat()
    .filter((image) => typeof image === 'string')
}

function readImage(body: JsonObject): MakeImage {
  const wire = new Fields(body.value, '')
  const image = {
    operation: 'image',
    prompt: wire.needText('prompt'),
    n: wire.count('n'),
    size: wire.text('size'),
    quality: wire.text('quality'),
    format: wire.text('response_format'),
  } as const
  return { ...image, extra: wire.skip('model', 'stream', 'partial_images').rest() }
}

export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect === id) return editCall(call, target)
  const image = call.meaning()
  if (image.operation !== 'image') throw unsupportedContent(image.operation, target.model)
  const { prompt, n, size, quality, format, extra } = image
  const parameters = new Parameters({
    ...extra,
    ...compact({ model: target.model, prompt, n, size, quality, response_format: format }),
  })
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}
