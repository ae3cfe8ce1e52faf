import { editCall } from '../edit.ts'
import type { Call, Embed, EmbedInput } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, wrong } from '../fields.ts'
import { Parameters } from '../parameters.ts'
import { readModel, readText } from '../read-call.ts'

export const id = 'openai-embeddings'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  readInput(value['input'])
  return {
    operation: 'embed',
    dialect: id,
    model,
    stream: false,
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: readText(value['user'], 'user'),
    metadata: null,
    inputTokensMax: Buffer.byteLength(body.text),
    body,
    meaning: () => readEmbed(body),
  }
}

function readEmbed(body: JsonObject): Embed {
  const wire = new Fields(body.value, '')
  const { inputs, single } = readInput(wire.raw('input'))
  const embed = {
    operation: 'embed',
    inputs,
    single,
    dimensions: wire.count('dimensions'),
    encoding: wire.text('encoding_format'),
    user: wire.text('user'),
  } as const
  return { ...embed, extra: wire.skip('model').rest() }
}

/** A text, a list of texts, the tokens of a text, or a list of those. */
function readInput(value: unknown): { inputs: readonly EmbedInput[]; single: boolean } {
  if (typeof value === 'string' && value !== '') return { inputs: [value], single: true }
  if (!Array.isArray(value) || value.length === 0) {
    throw wrong('input', 'a text or a list of texts, none of them empty', value)
  }
  const items = value as readonly unknown[]
  if (isTokens(items)) return { inputs: [items], single: true }
  const inputs = items.map((item, index): EmbedInput => {
    if (typeof item === 'string' && item !== '') return item
    if (isTokens(item) && item.length > 0) return item
    throw wrong(`input[${index}]`, 'a text or a list of tokens that is not empty', item)
  })
  return { inputs, single: false }
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item))
}

export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect === id) return editCall(call, target)
  const embed = call.meaning()
  if (embed.operation !== 'embed') throw unsupportedContent(embed.operation, target.model)
  const { inputs, single, dimensions, encoding, user, extra } = embed
  const request = {
    ...extra,
    ...compact({
      model: target.model,
      input: single ? inputs[0] : inputs,
      dimensions,
      encoding_format: encoding,
      user,
    }),
  }
  const parameters = new Parameters(request)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}
