import { lineBytesMax } from '../../store/files/lines.ts'
import { JsonFault, type JsonObject, type Member, readJsonObject } from '../../core/json.ts'

/** One request of a batch's file. */
export interface BatchLine {
  readonly customId: string
  readonly url: string
  /** The line, and where its `body` stands in it. */
  readonly json: JsonObject
  readonly body: JsonObject
  readonly bodyAt: Member
}

/** What is wrong with a line, in the words of a batch's `errors`. */
export interface LineFault {
  readonly code: string
  readonly message: string
  readonly param: string | null
}

export function isLineFault(line: BatchLine | LineFault): line is LineFault {
  return 'message' in line
}

/** @param text  null: its bytes are no UTF-8, or too many */
export function readBatchLine(text: string | null): BatchLine | LineFault {
  if (text === null) {
    const message = `This line is not valid UTF-8, or longer than ${lineBytesMax / 1_000_000} MB.`
    return fault('invalid_json_line', message, null)
  }
  let json: JsonObject
  try {
    json = readJsonObject(text)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return fault('invalid_json_line', `This line is not parseable as JSON: ${error.message}`, null)
  }
  const { custom_id: customId, method, url, body } = json.value
  if (typeof customId !== 'string' || customId === '' || customId.length > idLengthMax) {
    return fault(
      'invalid_custom_id',
      `'custom_id' has to be a text of 1 to ${idLengthMax} characters.`,
      'custom_id',
    )
  }
  if (method !== 'POST') return fault('invalid_method', "'method' has to be POST.", 'method')
  if (typeof url !== 'string') return fault('invalid_url', "'url' has to be a path.", 'url')
  const bodyAt = json.members.find(({ key }) => key === 'body')
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !bodyAt) {
    return fault('invalid_request', "'body' has to be a JSON object.", 'body')
  }
  const { model, stream } = body as Record<string, unknown>
  if (typeof model !== 'string' || model === '') {
    return fault('missing_required_parameter', "'body.model' has to name a model.", 'body.model')
  }
  if (stream === true) {
    return fault('invalid_request', 'A batch has no streams: leave stream out.', 'body.stream')
  }
  const inner = readJsonObject(json.text.slice(bodyAt.valueStart, bodyAt.end))
  return { customId, url, json, body: inner, bodyAt }
}

const idLengthMax = 512

function fault(code: string, message: string, param: string | null): LineFault {
  return { code, message, param }
}
