import { editCall } from '../edit.ts'
import type { Call } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Moderate } from '../../core/moderate.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { Fields, isObject, wrong } from '../fields.ts'
import { MediaTally, readModel } from '../read-call.ts'

export const id = 'openai-moderations'

export function readCall(body: JsonObject): Call {
  const model = readModel(body)
  const media = new MediaTally()
  checkInput(body.value['input'], media)
  return {
    operation: 'moderate',
    dialect: id,
    model,
    stream: false,
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readModerate(body),
  }
}

/** A text, a list of texts, or a list of parts that are judged together. */
function checkInput(input: unknown, media: MediaTally): void {
  if (typeof input === 'string') return
  if (!Array.isArray(input) || input.length === 0) {
    throw wrong('input', 'a text, a list of texts, or a list of parts', input)
  }
  input.forEach((item: unknown, index) => {
    if (typeof item === 'string') return
    if (!isObject(item)) throw wrong(`input[${index}]`, 'a text or a part with a type', item)
    const image = item['image_url']
    const url = isObject(image) ? image['url'] : image
    if (typeof url === 'string') media.add(url.startsWith('data:') ? url : null)
  })
}

function readModerate(body: JsonObject): Moderate {
  const wire = new Fields(body.value, '')
  const input = wire.raw('input')
  return { operation: 'moderate', input, extra: wire.skip('model').rest() }
}

/** There is one dialect of this, so a call keeps its text. */
export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect !== id) throw unsupportedContent(call.operation, target.model)
  return editCall(call, target)
}
