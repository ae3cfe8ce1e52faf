import { noExtra, type Part, type Source, type ToolCallPart } from '../../core/call.ts'
import { isObject } from '../fields.ts'
import { toolInput } from '../tool-input.ts'
import type { WirePart } from './wire.ts'

/** What requests and answers of this dialect read and write alike. */

export const id = 'gemini'

/** Its own, or the one that went through OpenAI's dialect in the field that Google has for it there. */
function signatureOf({ signature, extra }: ToolCallPart): string | undefined {
  if (signature !== undefined) return signature
  const content = extra['extra_content']
  const google = isObject(content) ? content['google'] : undefined
  const found = isObject(google) ? google['thought_signature'] : undefined
  return typeof found === 'string' ? found : undefined
}

export function writeToolCall(part: ToolCallPart): WirePart {
  const signature = signatureOf(part)
  return {
    functionCall: { id: part.id, name: part.name, args: toolInput(part.arguments) },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  }
}

const audioFormats: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
}

export function readInline(mimeType: string, data: string): Part {
  if (mimeType.startsWith('audio/')) {
    const format = audioFormats[mimeType] ?? mimeType.slice('audio/'.length)
    return { type: 'audio', format, data, extra: noExtra }
  }
  if (mimeType.startsWith('text/')) {
    // A document given as text is what its text says.
    return { type: 'text', text: Buffer.from(data, 'base64').toString('utf8'), extra: noExtra }
  }
  return mediaOf({ kind: 'base64', mediaType: mimeType, data }, mimeType)
}

/** An address, of the web or of the vendor's own store of files. */
export function readFile(uri: string, mimeType: string | null): Part {
  return mediaOf({ kind: 'url', url: uri }, mimeType ?? typeByEnding(uri) ?? '')
}

function mediaOf(source: Source, mimeType: string): Part {
  return mimeType.startsWith('image/')
    ? { type: 'image', source, detail: null, extra: noExtra }
    : { type: 'file', source, name: null, extra: noExtra }
}

const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  html: 'text/html',
  csv: 'text/csv',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
}

function typeByEnding(address: string): string | null {
  const ending = /\.([a-z\d]{2,4})(?:[?#]|$)/i.exec(address.slice(-200))?.[1]?.toLowerCase()
  return ending !== undefined && Object.hasOwn(endings, ending) ? endings[ending]! : null
}

/**
 * Null for an id that another vendor gave.
 * @param assumed  the media type of an address that does not tell
 */
export function writeSource(source: Source, assumed: string | null): WirePart | null {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } }
    case 'url': {
      const mimeType = typeByEnding(source.url) ?? assumed
      const fileData = { fileUri: source.url, ...(mimeType === null ? {} : { mimeType }) }
      return { fileData }
    }
    case 'id':
      return source.id.startsWith('files/') ? { fileData: { fileUri: source.id } } : null
  }
}
