/** One field of a form that goes out; a file has a name and a type. */
export interface FormPart {
  readonly field: string
  readonly bytes: string | Uint8Array
  readonly file?: { readonly name: string; readonly mediaType: string }
}

/** A form as browsers and curl write it. @see RFC 7578 */
export function writeForm(parts: readonly FormPart[]): { mediaType: string; bytes: Uint8Array } {
  const boundary = `freehold-${Bun.randomUUIDv7('hex').replaceAll('-', '')}`
  const pieces = parts.flatMap(({ field, bytes, file }) => {
    const named = file === undefined ? '' : `; filename="${escaped(file.name)}"`
    const type = file === undefined ? '' : `\r\ncontent-type: ${headerOf(file.mediaType)}`
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(field)}"${named}${type}\r\n\r\n`
    return [Buffer.from(head), typeof bytes === 'string' ? Buffer.from(bytes) : bytes, lineEnd]
  })
  const bytes = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
  return { mediaType: `multipart/form-data; boundary=${boundary}`, bytes }
}

const lineEnd = Buffer.from('\r\n')

/** As HTML escapes names: what would end the quotation or the line. */
function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function headerOf(mediaType: string): string {
  return /^[\w.+-]+\/[\w.+-]+(?:;[ -~]*)?$/.test(mediaType) ? mediaType : 'application/octet-stream'
}
