import { awsFrame } from '../../../simulator/aws-frame.ts'

/** What a good answer of each wire format looks like, in pieces from which bad ones are made. */

export interface Said {
  readonly text: string
  readonly tool?: Tool
  /** The dialect's own word for the end; null: none is given. */
  readonly finish: string | null
  /** What it counted going in and out; undefined: nothing. */
  readonly counts?: readonly [input: unknown, output: unknown] | undefined
}

/** Undefined: the field is left out. */
export interface Tool {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly arguments: string
}

/** An event of a stream, with what it is there for. */
export interface Event {
  readonly is: 'start' | 'content' | 'finish' | 'end'
  readonly name?: string
  readonly data: unknown
}

export interface Format {
  readonly whole: (said: Said) => unknown
  readonly events: (said: Said) => readonly Event[]
  /** Its words for an answer that came to its end, called a tool, or failed. */
  readonly words: { readonly stop: string; readonly tools: string; readonly error: string }
  /** An error as it is told under status 200, and as an event. */
  readonly error: unknown
  readonly errorEvent: Event
  readonly frames?: true
  /** It is given whole, without a reason for its end. */
  readonly plain?: true
}

export const id = 'answer-1'
export const model = 'large'
export const created = 1_760_000_000
export const sorry = 'The engine has run out of steam'

/** In two pieces, as a stream brings it. */
export function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '')
}

export function inputOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Numbers that JSON can or cannot write are put in between marks, and stand bare in what is sent. */
export function raw(number: string): string {
  return `<<${number}>>`
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"<<(.*?)>>"/g, '$1')
}

export function encode(events: readonly Event[], { frames }: Format): Buffer {
  return Buffer.concat(events.map((event) => (frames ? frameOf(event) : eventOf(event))))
}

function eventOf({ name, data }: Event): Buffer {
  const text = typeof data === 'string' ? data : jsonText(data)
  return Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`)
}

function frameOf({ name = 'metadata', data }: Event): Uint8Array {
  const kind =
    name === ':exception'
      ? { ':message-type': 'exception', ':exception-type': 'internalServerException' }
      : { ':message-type': 'event', ':event-type': name }
  const text = typeof data === 'string' ? data : jsonText(data)
  return awsFrame({ ...kind, ':content-type': 'application/json' }, text)
}
