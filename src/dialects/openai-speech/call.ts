import type { Call } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Speak } from '../../core/media.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { Fields, wrong } from '../fields.ts'
import { Parameters } from '../parameters.ts'
import { readModel, readText } from '../read-call.ts'

export const id = 'openai-speech'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  if (typeof value['input'] !== 'string' || value['input'] === '') {
    throw wrong('input', 'a text that is not empty', value['input'])
  }
  return {
    operation: 'speech',
    dialect: id,
    model,
    stream: readText(value['stream_format'], 'stream_format') === 'sse',
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    hasMedia: false,
    inputTokensMax: Buffer.byteLength(body.text),
    body,
    meaning: () => readSpeech(body),
  }
}

function readSpeech(body: JsonObject): Speak {
  const wire = new Fields(body.value, '')
  const text = wire.needText('input')
  return { operation: 'speech', text, extra: wire.skip('model', 'stream_format').rest() }
}

export function writeCall(call: Call, target: Target): WrittenCall {
  const isOurs = call.dialect === id
  const parameters = new Parameters(isOurs ? call.body.value : parametersOf(call, target))
  parameters.removeNulls()
  if (call.model !== target.model) parameters.set('model', target.model)
  parameters.apply(target.quirks.parameters, target)
  const text = isOurs ? parameters.edit(call.body) : parameters.write()
  return { text, adapted: parameters.adapted }
}

function parametersOf(call: Call, { model }: Target): Readonly<Record<string, unknown>> {
  const speak = call.meaning()
  if (speak.operation !== 'speech') throw unsupportedContent(speak.operation, model)
  return { ...speak.extra, input: speak.text }
}
