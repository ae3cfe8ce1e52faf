import type { FormFile } from '../core/call.ts'
import type { Encoded } from './dialect.ts'
import { present } from './fields.ts'

/**
 * Fields and files as `multipart/form-data`, as browsers write it. A list is a field `name[]` for each
 * of its items. Two forms of the same content are the same bytes.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function writeForm(
  fields: Readonly<Record<string, unknown>>,
  files: readonly FormFile[],
): Encoded {
  const texts = Object.entries(fields).flatMap(([name, value]): (readonly [string, string])[] => {
    if (!present(value)) return []
    if (Array.isArray(value)) return value.map((item) => [`${name}[]`, textOf(item)] as const)
    return [[name, textOf(value)]]
  })
  const parts = [
    ...texts.map(([name, text]) => ({
      head: `content-disposition: form-data; name="${escaped(name)}"`,
      body: Buffer.from(text),
    })),
    ...files.map(({ field, name, mediaType, bytes }) => ({
      head: `content-disposition: form-data; name="${escaped(field)}"; filename="${escaped(name === '' ? unnamed : name)}"\r\ncontent-type: ${headerText(mediaType)}`,
      body: bytes,
    })),
  ]
  const boundary = boundaryFor(parts.map(({ body }) => body))
  const chunks = parts.flatMap(({ head, body }) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    body,
    lineEnd,
  ])
  return {
    mediaType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

const lineEnd = Buffer.from('\r\n')
/** A file without a name is taken for a field by some. */
const unnamed = 'file'

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** A media type that could end its line is not passed on. */
function headerText(mediaType: string): string {
  return /^[ -~]{1,200}$/.test(mediaType) ? mediaType : 'application/octet-stream'
}

/** The hash of a content stands in no content that anybody could make. */
function boundaryFor(bodies: readonly Uint8Array[]): string {
  const hasher = new Bun.CryptoHasher('sha256')
  for (const body of bodies) hasher.update(body)
  return `freehold-${hasher.digest('hex').slice(0, 40)}`
}
