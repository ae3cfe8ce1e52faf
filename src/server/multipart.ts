import { isUtf8 } from 'node:buffer'
import type { FormFile } from '../core/call.ts'
import { type GatewayError, invalidRequest } from '../core/errors.ts'

/**
 * Reads `multipart/form-data` as strictly as its writers are: browsers, curl and the SDKs agree on one
 * way to write it. Bun's own reader drops a part that it does not understand, takes the last of two
 * names, and guesses the media type from the file's name, so that what was checked here and what a
 * provider is sent could be two things.
 * @see https://www.rfc-editor.org/rfc/rfc7578 and RFC 2046, section 5.1.1
 */
export interface Form {
  /** Names and texts in their order; a name may stand several times only when it ends in `[]`. */
  readonly texts: readonly (readonly [name: string, text: string])[]
  readonly files: readonly FormFile[]
}

/** An OpenAI transcription has a dozen fields and one file; an edit of pictures sixteen. */
const textsMax = 200
const filesMax = 16
/** Bytes of the headers of one part. */
const headersMax = 8_192
/** `name`, `filename` and `filename*`; nobody writes more. */
const parametersMax = 8
const nameLengthMax = 256
const fileNameLengthMax = 1_000

/** @throws invalid_request with what is wrong and, where it has one, the field's name */
export function readMultipart(body: Uint8Array, contentType: string): Form {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const delimiter = Buffer.from(`--${boundaryOf(contentType)}`, 'latin1')
  const between = Buffer.concat([lineEnd, delimiter])
  const texts: [string, string][] = []
  const files: FormFile[] = []
  let at = startOf(bytes, delimiter)
  for (;;) {
    if (bytes.subarray(at, at + 2).equals(dashes)) break
    if (!bytes.subarray(at, at + 2).equals(lineEnd)) throw strayBoundary()
    const end = bytes.indexOf(between, at)
    if (end === -1) throw brokenOff()
    const part = partAt(bytes, at + 2, end)
    if (part.fileName === null) texts.push([part.name, textOf(part)])
    else files.push(fileOf(part, part.fileName))
    if (texts.length > textsMax) throw invalidRequest(`The form has more than ${textsMax} fields.`)
    if (files.length > filesMax) throw invalidRequest(`The form has more than ${filesMax} files.`)
    at = end + between.length
  }
  const rest = bytes.subarray(at + 2)
  if (rest.length > 0 && !rest.equals(lineEnd)) {
    throw invalidRequest('Something stands behind the end of the form. Send nothing after it.')
  }
  refuseTwice([...texts.map(([name]) => name), ...files.map(({ field }) => field)])
  return { texts, files }
}

const lineEnd = Buffer.from('\r\n')
const headEnd = Buffer.from('\r\n\r\n')
const dashes = Buffer.from('--')

/** What separates the parts: one boundary of the characters that RFC 2046 allows. */
function boundaryOf(contentType: string): string {
  const [type = '', ...parameters] = contentType.split(';')
  if (type.trim().toLowerCase() !== 'multipart/form-data') {
    throw invalidRequest(
      'This path takes a form with a file. Send it as content-type multipart/form-data.',
    )
  }
  const named = parameters.filter((text) => /^\s*boundary\s*=/i.test(text))
  const [, quoted, plain] =
    /=\s*(?:"([0-9A-Za-z'()+_,./:=? -]{1,70})"|([0-9A-Za-z'()+_,./:=?-]{1,70}))\s*$/.exec(
      named[0] ?? '',
    ) ?? []
  const boundary = quoted ?? plain
  if (named.length === 1 && boundary !== undefined && !boundary.endsWith(' ')) return boundary
  throw invalidRequest(
    'The content-type of the form names no boundary, or not one alone. Let the HTTP client write that header.',
  )
}

/** Behind the first delimiter. A text in front of it is allowed by the letter and written by nobody. */
function startOf(bytes: Buffer, delimiter: Buffer): number {
  const from = bytes.subarray(0, 2).equals(lineEnd) ? 2 : 0
  if (bytes.subarray(from, from + delimiter.length).equals(delimiter))
    return from + delimiter.length
  throw invalidRequest('The form does not begin with the boundary that its content-type names.')
}

interface Part {
  readonly name: string
  /** Null: no file. */
  readonly fileName: string | null
  readonly mediaType: string | null
  readonly bytes: Buffer
}

/** @param end  where the line end before the next delimiter stands */
function partAt(bytes: Buffer, from: number, end: number): Part {
  const headsTo = bytes.indexOf(headEnd, from)
  if (headsTo === -1 || headsTo + headEnd.length > end || headsTo - from > headersMax) {
    throw invalidRequest('A part of the form has no headers, or too long ones.')
  }
  const heads = headersOf(bytes.subarray(from, headsTo))
  const { name, fileName } = dispositionOf(heads.get('content-disposition') ?? '')
  const encoding = heads.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['binary', '8bit', '7bit'].includes(encoding)) {
    throw invalidRequest(
      `Field ${JSON.stringify(name)} of the form is encoded as ${encoding.slice(0, 40)}. Send its bytes as they are.`,
    )
  }
  const mediaType = heads.get('content-type') ?? null
  return { name, fileName, mediaType, bytes: bytes.subarray(headsTo + headEnd.length, end) }
}

function headersOf(bytes: Buffer): ReadonlyMap<string, string> {
  if (!isUtf8(bytes)) throw invalidRequest('A header of the form is not valid UTF-8.')
  const heads = new Map<string, string>()
  for (const line of bytes.toString('utf8').split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    const value = line.slice(colon + 1).trim()
    if (!headerName.test(name) || hasControl.test(value)) {
      throw invalidRequest('A header of the form is malformed.')
    }
    const key = name.toLowerCase()
    if (heads.has(key)) throw invalidRequest(`A part of the form has ${key} twice.`)
    heads.set(key, value)
  }
  return heads
}

const headerName = /^[!#$%&'*+.^_`|~\w-]+$/
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const hasControl = /[\u0000-\u0008\u000a-\u001f\u007f]/

/** `form-data; name="file"; filename="a.wav"`, as HTML, curl and urllib3 write it. */
function dispositionOf(value: string): { name: string; fileName: string | null } {
  const [, rest] = /^form-data\s*((?:;.*)?)$/is.exec(value) ?? []
  const found = new Map<string, string>()
  let left = rest ?? '='
  while (left !== '') {
    const [whole, key, quoted, plain] =
      /^\s*;\s*([\w*-]+)=(?:"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"|([^\s";]+))\s*(?=;|$)/.exec(left) ??
      []
    const isKnown = key === undefined || found.has(key.toLowerCase())
    if (whole === undefined || isKnown || found.size === parametersMax) {
      throw invalidRequest('A part of the form has a malformed content-disposition.')
    }
    found.set(key.toLowerCase(), quoted === undefined ? plain! : unescaped(quoted))
    left = left.slice(whole.length)
  }
  const name = found.get('name') ?? ''
  if (name === '' || name.length > nameLengthMax || hasControl.test(name)) {
    throw invalidRequest(
      `A part of the form has no name, or none of up to ${nameLengthMax} characters.`,
    )
  }
  const extended = found.get('filename*')
  const fileName = extended === undefined ? (found.get('filename') ?? null) : decoded(extended)
  if (fileName !== null && fileName.length > fileNameLengthMax) {
    throw invalidRequest(`The name of a file is longer than ${fileNameLengthMax} characters.`).at(
      name,
    )
  }
  return { name, fileName }
}

/** HTML escapes three characters by percent, older clients two by a backslash. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\(["\\])/g, '$1')
    .replaceAll('%22', '"')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
}

/** RFC 5987: `utf-8''na%C3%AFve.wav`. */
function decoded(text: string): string {
  const [, escaped] = /^utf-8'[^']*'(.*)$/i.exec(text) ?? []
  try {
    if (escaped !== undefined) return decodeURIComponent(escaped)
  } catch {
    // Told below.
  }
  throw invalidRequest('The name of a file is malformed.')
}

function textOf({ name, bytes }: Part): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw invalidRequest(
    `Field ${JSON.stringify(name)} of the form is not valid UTF-8. A file needs a filename.`,
  ).at(name)
}

function fileOf({ name, mediaType, bytes }: Part, fileName: string): FormFile {
  return { field: name, name: fileName, mediaType: mediaType ?? 'application/octet-stream', bytes }
}

/** Of two fields with one name one server takes the first and another the last. */
function refuseTwice(names: readonly string[]): void {
  const lists = new Set(names.filter((name) => name.endsWith('[]')))
  const single = names.filter((name) => !name.endsWith('[]'))
  const twice =
    single.find((name, index) => single.indexOf(name) !== index) ??
    single.find((name) => lists.has(`${name}[]`))
  if (twice === undefined) return
  throw invalidRequest(
    `Field ${JSON.stringify(twice)} stands twice in the form. Give it once; a list is written as ${JSON.stringify(`${twice}[]`)}.`,
  ).at(twice)
}

function strayBoundary(): GatewayError {
  return invalidRequest(
    'The boundary of the form stands where no part begins or ends. Let the HTTP client choose another.',
  )
}

function brokenOff(): GatewayError {
  return invalidRequest('The form breaks off before its last boundary. Send it whole.')
}
