import type { FeedbackRow, FeedbackWords } from './feedback.ts'
import type { Payload } from './ports.ts'

/** How personal data and secrets are masked: `privacy/redact.ts`, handed in by whoever composes. */
export interface Masker {
  /** A text without them. Masking a masked text changes nothing. */
  redact(text: string): { readonly text: string }
  /** The same over every string of a JSON value, keys too. */
  redactJson(value: unknown): { readonly value: unknown }
}

/** The payload as it may be kept. In mode 'full' that is as it came. */
export function masked(payload: Payload, masker: Masker): Payload {
  if (payload.mode === 'full') return payload
  const { request, answer } = payload
  return {
    ...payload,
    request: request === null ? null : maskBody(request, masker),
    answer: answer === null ? null : maskBody(answer, masker),
  }
}

/**
 * Feedback as it may be kept. Labels and names are somebody's own vocabulary, as those of tasks and customers
 * are; what people wrote is masked like payloads, and without a masker it is not kept.
 */
export function maskedFeedback(
  row: FeedbackRow,
  words: FeedbackWords,
  masker: Masker | null,
): FeedbackRow {
  if (words === 'full') return row
  if (words === 'none' || masker === null) return { ...row, comment: null, correction: null }
  const { comment, correction } = row
  return {
    ...row,
    comment: comment === null ? null : masker.redact(comment).text,
    correction: correction === null ? null : maskCorrection(correction, masker),
  }
}

/** A correction is JSON text, mostly of a string. */
function maskCorrection(text: string, masker: Masker): string {
  return JSON.stringify(masker.redactJson(JSON.parse(text) as unknown).value)
}

/** JSON by its strings, an event stream by what its events carry, and anything else as text. */
function maskBody(text: string, masker: Masker): string {
  const json = maskJson(text, masker)
  if (json !== null) return json
  return eventStream.test(text) ? maskEvents(text, masker) : masker.redact(text).text
}

/** A stream begins with a field or a comment. */
const eventStream = /^\uFEFF?\s*(?:data|event|id|retry)?:/

/** Null for what is no JSON object or list. */
function maskJson(text: string, masker: Masker): string | null {
  const value = parsed(text)
  if (value === null) return null
  try {
    return JSON.stringify(masker.redactJson(value).value)
  } catch {
    return null // nested too deep to be written: masked as text instead
  }
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

/**
 * Masks an event stream. What is to be masked is often cut over several events ('bob@', 'acme.com'),
 * so the strings that stand at the same place of successive events are masked as one text first.
 * Where that finds more than each alone would, all of the text goes into the first of them.
 */
function maskEvents(text: string, masker: Masker): string {
  const lines = text
    .split('\n')
    .map((line) => ({ line, event: line.startsWith('data:') ? parsed(line.slice(5)) : null }))
  const places = new Map<string, Place[]>()
  for (const { event } of lines) if (event !== null) collect(event, '', places)
  for (const strings of places.values()) maskTogether(strings, masker)
  return lines
    .map(({ line, event }) =>
      event === null
        ? masker.redact(line).text
        : `data: ${JSON.stringify(masker.redactJson(event).value)}`,
    )
    .join('\n')
}

/** A string inside an event, and how to replace it. */
interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

/** Events are small: deeper than this no text is looked for that goes on in the next event. */
const depthMax = 20

/**
 * @param path  where `value` stands. An object's `index` is part of it: a stream carries the texts of
 *   several answers and blocks side by side, which must not be taken for one.
 */
function collect(value: unknown, path: string, places: Map<string, Place[]>, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return
  const holder = value as Record<string, unknown>
  const here = typeof holder['index'] === 'number' ? `${path}#${holder['index']}` : path
  for (const [key, item] of Object.entries(holder)) {
    const name = `${here}/${key}`
    if (typeof item !== 'string') collect(item, name, places, depth + 1)
    else {
      const known = places.get(name)
      if (known) known.push({ holder, key })
      else places.set(name, [{ holder, key }])
    }
  }
}

function maskTogether(strings: readonly Place[], masker: Masker): void {
  const texts = strings.map(({ holder, key }) => holder[key] as string)
  // What is the same in every event, like the answer's id, is no text that goes on.
  if (texts.every((text) => text === texts[0])) return
  const joined = texts.join('')
  const together = masker.redact(joined).text
  if (together === joined) return
  const apart = texts.map((text) => masker.redact(text).text).join('')
  if (together === apart) return // each is masked with its event
  strings.forEach(({ holder, key }, index) => {
    holder[key] = index === 0 ? together : ''
  })
}
