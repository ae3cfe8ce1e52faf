import type { Json, JsonObject } from './json.ts'

export interface FormFile {
  readonly field: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** A multipart form as a vendor reads it, fields as an object; null when it is none. */
export function readForm(
  type: string,
  body: Uint8Array,
): { readonly fields: JsonObject; readonly files: readonly FormFile[] } | null {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary === undefined) return null
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  const fields: Record<string, Json> = {}
  const files: FormFile[] = []
  for (const part of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.split('\r\n\r\n')
    const bytes = Buffer.from(rest.join('\r\n\r\n'), 'latin1')
    const name = /\bname="([^"]*)"/.exec(head)?.[1]
    if (name === undefined) return null
    const file = /\bfilename="([^"]*)"/.exec(head)?.[1]
    if (file === undefined) {
      const value = bytes.toString('utf8')
      if (!name.endsWith('[]')) fields[name] = value
      else fields[name] = [...((fields[name] as readonly Json[] | undefined) ?? []), value]
      continue
    }
    const mediaType = /content-type: *([^\r]+)/i.exec(head)?.[1] ?? 'application/octet-stream'
    files.push({
      field: name,
      name: Buffer.from(file, 'latin1').toString('utf8'),
      mediaType,
      bytes,
    })
  }
  return { fields, files }
}
