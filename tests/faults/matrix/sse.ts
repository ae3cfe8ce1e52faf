import type { Json } from '../../journeys/bad-answers/callers.ts'

/**
 * The data of each event as a client of the standard reads them, as JSON where it is some: lines end
 * with CR LF, LF or CR, a byte order mark is skipped, what is cut off at the end is no event.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function eventsIn(bytes: Uint8Array): Json[] {
  const text = new TextDecoder().decode(bytes)
  const found: Json[] = []
  let data: string[] = []
  const lines = text.split(/\r\n|\n|\r/)
  lines.pop() // behind the last line end nothing is whole
  for (const line of lines) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    if (line !== '') continue
    if (data.length > 0) {
      const joined = data.join('\n')
      found.push(joined === '[DONE]' ? joined : (JSON.parse(joined) as Json))
    }
    data = []
  }
  return found
}
