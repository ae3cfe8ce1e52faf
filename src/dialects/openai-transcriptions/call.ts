import type { Call, FormFile } from '../../core/call.ts'
import { invalidRequest, unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Transcribe } from '../../core/media.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { wrong } from '../fields.ts'
import { writeForm } from '../form.ts'
import { Parameters } from '../parameters.ts'
import { readModel } from '../read-call.ts'

/** In the language that was spoken, or in English. */
export type Way = 'transcriptions' | 'translations'

/** The field of the form that holds the sound. */
const fileField = 'file'

export function readCall(way: Way, body: JsonObject, files: readonly FormFile[]): Call {
  const model = readModel(body)
  const file = files.find(({ field }) => field === fileField)
  if (!file || file.bytes.length === 0) {
    const why = file ? 'is empty' : 'is missing'
    throw invalidRequest(
      `The form's file ${why}. Send the sound as a file in the field ${fileField}.`,
    ).at(fileField)
  }
  return {
    operation: 'transcribe',
    dialect: `openai-${way}`,
    model,
    stream: isTrue(body.value['stream']),
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    inputTokensMax: Buffer.byteLength(body.text),
    body,
    files,
    meaning: () => readTranscribe(way, body, file),
  }
}

/** Fields of forms are texts. */
function isTrue(value: unknown): boolean {
  if (value === undefined || value === '' || value === 'false' || value === 'False') return false
  if (value === 'true' || value === 'True') return true
  throw wrong('stream', 'true or false', value)
}

function readTranscribe(way: Way, { value }: JsonObject, file: FormFile): Transcribe {
  const { model: _model, ...extra } = value
  return { operation: 'transcribe', file, translate: way === 'translations', extra }
}

/** The form is written anew: the provider's name of the model goes in, and what its table says. */
export function writeCall(way: Way, call: Call, target: Target): WrittenCall {
  const spoken = call.meaning()
  if (spoken.operation !== 'transcribe') throw unsupportedContent(spoken.operation, target.model)
  if (spoken.translate !== (way === 'translations')) {
    throw unsupportedContent(
      spoken.translate ? 'a translation of speech' : 'speech in another language than English',
      target.model,
    )
  }
  const { file, extra } = spoken
  const parameters = new Parameters(extra)
  parameters.set('model', target.model)
  parameters.apply(target.quirks.parameters, target)
  const fields = JSON.parse(parameters.write()) as Record<string, unknown>
  const others = (call.files ?? []).filter((each) => each !== file)
  return {
    text: '',
    encoded: writeForm(fields, [file, ...others]),
    adapted: parameters.adapted,
  }
}
