import type { Event, Said } from './dialects/dialect.ts'
import type { Json } from './json.ts'
import type { Step } from './play.ts'

/** How an answer is put into bytes; faults change one thing or another. */
export interface Style {
  readonly status: number
  readonly lineEnd: '\n' | '\r\n' | '\r'
  /** What stands behind `data:`. */
  readonly space: ' ' | ''
  /** A byte order mark comes first. */
  readonly mark: boolean
  /** The text of every JSON document, before it goes out. */
  readonly json: (text: string) => string
  /** The whole body of an answer that is not streamed. */
  readonly body: (text: string) => string
}

export const plainStyle: Style = {
  status: 200,
  lineEnd: '\n',
  space: ' ',
  mark: false,
  json: (text) => text,
  body: (text) => text,
}

/** The steps of an answer. Waits are lifelike at speed 1, in proportion below, and none at 0. */
export function script(said: Said, style: Style, speed: number): Iterable<Step> {
  if (said.stream && said.events) return streamed(said, said.events(), style, speed)
  return said.bytes ? inChunks(said, said.bytes, style, speed) : inOnePiece(said, style, speed)
}

/** Sound is made about ten times as fast as it is heard; each chunk leaves when it is made. */
function* inChunks(
  { headers, pace }: Said,
  { mediaType, chunks }: NonNullable<Said['bytes']>,
  style: Style,
  speed: number,
): Generator<Step> {
  const all = { 'content-type': mediaType, ...headers }
  yield { do: 'head', status: style.status, headers: all, framing: 'chunked' }
  for (const bytes of chunks) {
    const ms = pace.firstMs * speed
    if (ms > 0) yield { do: 'wait', ms }
    yield { do: 'body', bytes, tokens: 0, content: true }
    yield { do: 'flush' }
  }
  yield { do: 'end' }
}

function* inOnePiece(said: Said, style: Style, speed: number): Generator<Step> {
  const output = said.tokens?.output ?? 0
  const ms = (said.pace.firstMs + said.pace.tokenMs * output) * speed
  if (ms > 0) yield { do: 'wait', ms }
  const text = style.body(
    `${style.mark ? '\uFEFF' : ''}${style.json(JSON.stringify(said.whole()))}`,
  )
  const headers = { 'content-type': 'application/json', ...said.headers }
  yield { do: 'head', status: style.status, headers, framing: Buffer.byteLength(text) }
  yield { do: 'body', bytes: text, tokens: output, content: said.tokens !== null, mark: 'end' }
  yield { do: 'end' }
}

/** Vendors send the headers when the model begins to read, about half way to the first token. */
function* streamed(
  said: Said,
  events: Iterable<Event>,
  style: Style,
  speed: number,
): Generator<Step> {
  const { firstMs, tokenMs } = said.pace
  let ms = (firstMs * speed) / 2
  if (ms > 0) yield { do: 'wait', ms }
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...said.headers,
  }
  yield { do: 'head', status: style.status, headers, framing: 'chunked' }
  if (style.mark) yield { do: 'body', bytes: '\uFEFF', tokens: 0, content: false }
  for (const event of events) {
    if (event.tokens > 0 && ms > 0) yield { do: 'wait', ms }
    if (event.tokens > 0) ms = tokenMs * event.tokens * speed
    const content = event.mark === 'content' || event.mark === 'finish' || event.tokens > 0
    const bytes = said.frame && event.name !== raw ? said.frame(event) : eventText(event, style)
    yield { do: 'body', bytes, tokens: event.tokens, content, mark: event.mark }
  }
  yield { do: 'end' }
}

function eventText({ name, data }: Event, { lineEnd, space, json }: Style): string {
  if (name === raw) return String(data)
  const text = typeof data === 'string' ? data : json(JSON.stringify(data))
  const named = name === null ? '' : `event:${space}${name}${lineEnd}`
  return `${named}data:${space}${text}${lineEnd}${lineEnd}`
}

/** The name of an event whose data goes out as it is, line ends and all. */
const raw = '\u0000raw'

/** An event that a fault puts into a stream. */
export function rawEvent(data: Json): Event {
  return { name: raw, data, mark: 'other', tokens: 0 }
}
