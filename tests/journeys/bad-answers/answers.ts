import { type FormatName, formats } from './formats.ts'
import { encode, type Event, jsonText, type Said } from './said.ts'

/** Answers of a vendor as bytes: good ones, and good ones with a change. */

export type Making = (format: FormatName, stream: boolean) => Uint8Array | null

export const goodText = 'Good words, all of them.'
const goodCounts = [11, 7] as const

const good: Said = { text: goodText, finish: 'stop', counts: goodCounts }

function said(format: FormatName, change: Partial<Said> = {}): Said {
  return { ...good, finish: formats[format].words.stop, ...change }
}

interface Response {
  readonly status?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly type?: string
  readonly body: string | Uint8Array
  /** Of the body as it is promised. */
  readonly length?: number
  readonly before?: string
}

export function http({
  status = '200 OK',
  headers = {},
  type,
  body,
  length,
  before = '',
}: Response) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const lines = Object.entries({
    'content-type': type ?? 'application/json',
    'content-length': String(length ?? bytes.length),
    connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${before}HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`), bytes])
}

export function streamType(format: FormatName): string {
  return format === 'bedrock-converse' ? 'application/vnd.amazon.eventstream' : 'text/event-stream'
}

export function wholeText(format: FormatName, change: Partial<Said> = {}): string {
  return jsonText(formats[format].whole(said(format, change)))
}

export function events(format: FormatName, change: Partial<Said> = {}): readonly Event[] {
  return formats[format].events(said(format, change))
}

export function streamed(format: FormatName, list: readonly Event[]): Uint8Array {
  return http({ type: streamType(format), body: encode(list, formats[format]) })
}

/** The answer that would be good but for this change. */
export function changed(change: Partial<Said> | ((format: FormatName) => Partial<Said>)): Making {
  return (format, stream) => {
    const made = typeof change === 'function' ? change(format) : change
    if (formats[format].plain && ('finish' in made || 'tool' in made || 'text' in made)) return null
    return stream ? streamed(format, events(format, made)) : http({ body: wholeText(format, made) })
  }
}

export function body(text: string | Uint8Array, more: Partial<Response> = {}): Making {
  return () => http({ body: text, ...more })
}

/** The stream with its events changed. */
export function edited(edit: (list: readonly Event[], format: FormatName) => readonly Event[]) {
  return (format: FormatName): Uint8Array => streamed(format, edit(events(format), format))
}

/** Behind the first words. */
export function midway(...put: Event[]): (list: readonly Event[]) => readonly Event[] {
  return (list) => {
    const at = list.findIndex(({ is }) => is === 'content') + 1
    return [...list.slice(0, at), ...put, ...list.slice(at)]
  }
}
