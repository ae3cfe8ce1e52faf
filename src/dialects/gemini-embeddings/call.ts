import type { Call, Embed } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Place, Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, isObject, wrong } from '../fields.ts'
import { either, inCamelCase, nameOf, readNamed } from '../gemini-place.ts'
import { Parameters } from '../parameters.ts'
import { MediaTally, readCount } from '../read-call.ts'

/** One text, or a list of requests of which each holds one. */
export type Shape = 'one' | 'many'

export const ids = { one: 'gemini-embed-content', many: 'gemini-embeddings' } as const

export function readCall(shape: Shape, body: JsonObject, place?: Place): Call {
  const model = readNamed(body, place)
  const media = new MediaTally()
  const requests = requestsIn(shape, body)
  for (const { value } of requests) tally(value, media)
  return {
    operation: 'embed',
    dialect: ids[shape],
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
    reworded: rewordedIn(requests),
    meaning: () => readEmbed(requests, shape),
  }
}

interface Asked {
  readonly value: Readonly<Record<string, unknown>>
  readonly path: string
}

function requestsIn(shape: Shape, { value }: JsonObject): readonly Asked[] {
  if (shape === 'one') return [checked({ value, path: '' })]
  const { requests } = value
  if (!Array.isArray(requests) || requests.length === 0)
    throw wrong('requests', 'a list of at least one request', requests)
  return requests.map((request: unknown, index) => {
    const path = `requests[${index}]`
    if (!isObject(request)) throw wrong(path, 'an object', request)
    return checked({ value: request, path })
  })
}

function checked(asked: Asked): Asked {
  const { value, path } = asked
  const at = path === '' ? '' : `${path}.`
  const { content } = value
  if (!isObject(content) || !Array.isArray(content['parts']) || content['parts'].length === 0)
    throw wrong(`${at}content`, 'an object with parts', content)
  readCount(either(value, 'outputDimensionality'), `${at}outputDimensionality`, 1)
  return asked
}

function tally({ content }: Asked['value'], media: MediaTally): void {
  const parts = (content as { readonly parts: readonly unknown[] }).parts
  for (const part of parts.filter(isObject)) {
    const inline = either(part, 'inlineData')
    if (isObject(inline)) media.add(typeof inline['data'] === 'string' ? inline['data'] : null)
    if (isObject(either(part, 'fileData'))) media.add(null)
  }
}

/** What a text is for is told to models that know it by no other name: it goes no further. */
const native = ['taskType', 'title', 'embedContentConfig']

function rewordedIn(requests: readonly Asked[]): string[] {
  const named = native.filter((name) =>
    requests.some(({ value }) => either(value, name) !== undefined),
  )
  return named.map((name) => `-${name}`)
}

/** @throws GatewayError unsupported_content for pictures, of which no other dialect makes vectors */
function readEmbed(requests: readonly Asked[], shape: Shape): Embed {
  const wires = requests.map(({ value, path }) => new Fields(inCamelCase(value), path))
  const dimensions = wires.map((wire) => wire.count('outputDimensionality'))
  if (dimensions.some((each) => each !== dimensions[0]))
    throw unsupportedContent('vectors of several lengths', 'Another wire format')
  return {
    operation: 'embed',
    inputs: wires.map(textOf),
    single: shape === 'one',
    dimensions: dimensions[0] ?? null,
    encoding: null,
    user: null,
    extra: {},
  }
}

function textOf(wire: Fields): string {
  const parts = wire.fields('content')!.items('parts')
  const texts = parts.map((part) => {
    const text = part.text('text')
    if (text === null) throw unsupportedContent('anything but text to embed', 'Another wire format')
    return text
  })
  return texts.join('\n')
}

export function writeCall(shape: Shape, call: Call, target: Target): WrittenCall {
  return call.dialect === ids[shape]
    ? editCall(shape, call, target)
    : translateCall(shape, call, target)
}

function editCall(shape: Shape, { body }: Call, { model }: Target): WrittenCall {
  const { value } = body
  const name = nameOf(model)
  const parameters = new Parameters(value)
  parameters.removeNulls()
  if ('model' in value) parameters.set('model', name)
  if (shape === 'many') {
    const requests = value['requests'] as readonly object[]
    parameters.set(
      'requests',
      requests.map((request) => ({ ...request, model: name })),
    )
  }
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function translateCall(shape: Shape, call: Call, target: Target): WrittenCall {
  const embed = call.meaning()
  if (embed.operation !== 'embed') throw unsupportedContent(embed.operation, target.model)
  const { inputs, dimensions, encoding, user, extra } = embed
  if (shape === 'one' && inputs.length > 1)
    throw unsupportedContent('more than one text at a time', target.model)
  const requests = inputs.map((input) => {
    if (typeof input !== 'string') throw unsupportedContent('tokens instead of text', target.model)
    return {
      model: nameOf(target.model),
      content: { parts: [{ text: input }] },
      ...compact({ outputDimensionality: dimensions }),
    }
  })
  const dropped = [
    ...(user === null ? [] : ['-user']),
    ...(encoding === null || encoding === 'float' || encoding === 'base64'
      ? []
      : ['-encoding_format']),
  ]
  const request = { ...extra, ...(shape === 'one' ? requests[0] : { requests }) }
  return { text: JSON.stringify(request), adapted: dropped }
}
