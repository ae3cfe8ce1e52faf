import { editCall } from '../edit.ts'
import type { Call, Embed } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, isObject, present, wrong } from '../fields.ts'
import { Parameters } from '../parameters.ts'
import { MediaTally, readModel } from '../read-call.ts'

export const id = 'cohere-embed'

export function readCall(body: JsonObject): Call {
  const model = readModel(body)
  const media = new MediaTally()
  checkInputs(body.value, media)
  return {
    operation: 'embed',
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
    reworded: [
      'texts>input',
      ...toldHere.filter((name) => present(body.value[name])).map((name) => `-${name}`),
    ],
    meaning: () => readEmbed(body),
  }
}

/** What an input is for and how much of it is read: other dialects have no words for it. */
const toldHere = ['input_type', 'truncate', 'max_tokens', 'priority']

/** One of `texts`, `images` and `inputs`, of which the last mixes both. */
function checkInputs(value: JsonObject['value'], media: MediaTally): void {
  const named = ['texts', 'images', 'inputs'].filter(
    (name) => Array.isArray(value[name]) && (value[name] as unknown[]).length > 0,
  )
  if (named.length === 0) {
    throw wrong('texts', 'a list of texts, unless `images` or `inputs` are given', value['texts'])
  }
  const wire = new Fields(value, '')
  wire.texts('texts')
  for (const image of wire.texts('images')) media.add(image)
  for (const input of wire.items('inputs')) {
    for (const part of input.items('content')) {
      const image = part.value['image_url']
      const url = isObject(image) ? image['url'] : image
      if (typeof url === 'string') media.add(url.startsWith('data:') ? url : null)
    }
  }
}

/** @throws GatewayError unsupported_content for pictures, of which no other dialect makes vectors */
function readEmbed(body: JsonObject): Embed {
  const wire = new Fields(body.value, '')
  const inputs = [...wire.texts('texts'), ...wire.items('inputs').map(textOf)]
  if (wire.texts('images').length > 0) throw picturesRefused()
  const types = wire.texts('embedding_types')
  const embed = {
    operation: 'embed',
    inputs,
    single: false,
    dimensions: wire.count('output_dimension'),
    encoding: encodingOf(types),
    user: null,
  } as const
  wire.skip('model', ...toldHere)
  return { ...embed, extra: wire.rest() }
}

function textOf(input: Fields): string {
  const parts = input.items('content').map((part) => {
    if (part.text('type') !== 'text') throw picturesRefused()
    return part.needText('text')
  })
  return parts.join('\n')
}

function picturesRefused(): Error {
  return unsupportedContent('pictures', 'An embeddings model of another dialect')
}

/** One kind of vector an answer. @throws GatewayError unsupported_content for one that is Cohere's alone */
function encodingOf(types: readonly string[]): string | null {
  const [first] = types
  if (first === undefined) return null
  if (types.length > 1)
    throw unsupportedContent('several embedding_types', 'An embeddings model of another dialect')
  if (first === 'float' || first === 'base64') return first
  throw unsupportedContent(
    `embedding_types of ${JSON.stringify(first.slice(0, 20))}`,
    'An embeddings model of another dialect',
  )
}

/** What an input is for, where the caller's dialect has no word for it: what is stored comes first. */
const inputTypeUsual = 'search_document'

export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect === id) return editCall(call, target)
  const embed = call.meaning()
  if (embed.operation !== 'embed') throw unsupportedContent(embed.operation, target.model)
  const { inputs, dimensions, encoding, user, extra } = embed
  if (!inputs.every((input) => typeof input === 'string'))
    throw unsupportedContent('token numbers as input, only texts', target.model)
  const parameters = new Parameters({
    input_type: inputTypeUsual,
    ...extra,
    ...compact({
      model: target.model,
      texts: inputs,
      embedding_types: [encoding ?? 'float'],
      output_dimension: dimensions,
    }),
  })
  if (extra['input_type'] === undefined) parameters.adapted.push(`+input_type=${inputTypeUsual}`)
  if (user !== null) parameters.adapted.push('-user')
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}
