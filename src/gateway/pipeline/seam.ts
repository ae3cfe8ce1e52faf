import type { GatewayError } from '../../core/errors.ts'
import type { Delta } from '../../core/reply.ts'
import { kinds, type Measured, type Usage } from '../../core/usage.ts'
import type { Attempt } from './attempt.ts'
import { streamType } from './relayed.ts'
import type { Trip } from './trip.ts'

interface Facts {
  readonly before: Attempt
  readonly after: Attempt
  /** What the caller was shown up to here came to. */
  readonly measured: Measured | null
  /** White space at its end. */
  readonly space: string
  readonly error: GatewayError
}

/**
 * Where one model goes on from what another said. Nobody shall take the two for one voice: the seam is
 * marked in the stream, and what was used is the sum of both.
 */
export class Seam {
  readonly #measured: Measured | null
  /** White space that was shown, and that the next text shall not repeat. */
  #space: string
  /** Put before the first event behind the seam; null once it was, and where the dialect has no room. */
  #marks: { readonly comment: string; readonly field: string } | null

  constructor(trip: Trip, { before, after, measured, space, error }: Facts) {
    this.#measured = measured
    this.#space = space
    this.#marks = hasRoom(trip) ? marksOf(before, after, error) : null
  }

  /** What of these the caller is shown: the answer has begun already, and thoughts behind its text are none of it. */
  behind(deltas: readonly Delta[]): readonly Delta[] {
    return deltas.flatMap((delta): readonly Delta[] => {
      switch (delta.type) {
        case 'start':
        case 'reasoning':
        case 'seal':
          return []
        case 'text': {
          const text = this.#space === '' ? delta.text : delta.text.trimStart()
          if (text !== '') this.#space = ''
          return text === '' ? [] : [{ ...delta, text }]
        }
        case 'usage':
          return [{ ...delta, measured: sumOf(this.#measured, delta.measured) }]
        default:
          return [delta]
      }
    })
  }

  /** The text of events, marked where it is the first behind the seam. */
  mark(written: string | Uint8Array): string | Uint8Array {
    if (this.#marks === null || typeof written !== 'string' || written === '') return written
    const { comment, field } = this.#marks
    this.#marks = null
    return comment + written.replace(opening, (open) => `${open}${field},`)
  }
}

/** The first event's object. */
const opening = /^data: \{(?=")/m

/**
 * Gemini's clients read a stream by its blank lines, as JSON of known fields: they get no comment, and no
 * field.
 */
function hasRoom(trip: Trip): boolean {
  return trip.dialect.id !== 'gemini' && streamType(trip).startsWith('text/event-stream')
}

function marksOf({ stop: from }: Attempt, { stop: by }: Attempt, { code }: GatewayError) {
  const mark = {
    by: `${by.provider.id}/${by.model}`,
    from: `${from.provider.id}/${from.model}`,
    after: code,
  }
  // As JSON in ASCII: a model's name may come from a caller, and a line of it would be an event.
  const text = JSON.stringify(mark).replaceAll(/[^ -~]/g, '?')
  return { comment: `: x-freehold-resumed ${text}\n\n`, field: `"x_freehold_resumed":${text}` }
}

function sumOf(before: Measured | null, behind: Measured): Measured {
  if (before === null) return behind
  const usage = Object.fromEntries(
    kinds.map((kind) => [kind, before.usage[kind] + behind.usage[kind]]),
  ) as unknown as Usage
  const isEstimate = before.source === 'estimate' || behind.source === 'estimate'
  return {
    ...behind,
    usage,
    source: isEstimate ? 'estimate' : behind.source,
    raw: null,
    reportedUsd: null,
    clamped: before.clamped || behind.clamped,
  }
}
