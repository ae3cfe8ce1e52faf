import type { FaultName } from '../../../simulator/faults.ts'
import type { VendorName } from './vendors.ts'

/**
 * How a call may end: with the whole answer, with an honest error behind the first words, or refused
 * under a status before any.
 */
export type End = 'answer' | 'break' | number

/** What becomes of a call whose vendor plays a fault. Behind another model every status is an answer. */
export interface Row {
  /** Of a caller who wants it whole, and of one who wants a stream. */
  readonly whole: readonly End[]
  readonly stream: readonly End[]
  /** The caller's own mistake: nobody else is asked. */
  readonly passedOn?: boolean
  /** Whose count an answer's row has; left out: the vendor's. */
  readonly counts?: 'estimate' | 'either'
  /** Why the answer ended need not be known. */
  readonly endless?: true
  /** The fault leaves the line open: the gateway is the one who ends it. */
  readonly hangs?: true
  /** Where it is another fault, or none: how calls end there, and why. */
  readonly but?: Partial<Record<VendorName, Partial<Row> & { readonly why: string }>>
  /** The wait that the vendor asked for, in the seconds of the header that tells the caller. */
  readonly retryAfterS?: readonly [from: number, to: number]
  /** The model gets none of the words that were meant: the caller's text is not compared. */
  readonly otherWords?: true
}

const both = (ends: readonly End[], more: Partial<Row> = {}): Row => ({
  whole: ends,
  stream: ends,
  ...more,
})
const answered = (more: Partial<Row> = {}): Row => both(['answer'], more)
const passedOn = (status: number, more: Partial<Row> = {}): Row =>
  both([status], { passedOn: true, ...more })

const frames =
  'its streams are frames, in which lines, marks and comments are no thing: it is damage'
const damagedFrames = { 'bedrock-converse': { stream: ['break', 502], why: frames } } as const
const fewExceptions = {
  'bedrock-converse': {
    whole: [502],
    stream: [502],
    passedOn: false,
    why: 'Converse has seven exceptions, and none of this status: it says that it failed itself',
  },
} as const
const noQuota = { whole: [429], stream: [429], why: 'it has no word for a quota' } as const

/** For each fault of the simulator. */
export const rows = {
  'http-400': passedOn(400),
  'http-401': both([502]),
  'http-403': both([502]),
  // Whoever does not know the model has none: another one may be asked.
  'http-404': both([404]),
  'http-408': both([502]),
  'http-413': passedOn(413, { but: fewExceptions }),
  'http-422': passedOn(422, { but: fewExceptions }),
  'http-429': both([429]),
  'http-429-retry-after-seconds': both([429], { retryAfterS: [2, 2] }),
  'http-429-retry-after-date': both([429], { retryAfterS: [1, 3] }),
  'http-429-retry-after-ms': both([429], { retryAfterS: [2, 2] }),
  'limited-N': answered(),
  'http-429-quota': both([503], {
    but: {
      'anthropic-messages': noQuota,
      gemini: noQuota,
      'cohere-chat': noQuota,
      'bedrock-converse': noQuota,
    },
  }),
  'http-500': both([502]),
  'http-502-html': both([502]),
  'http-503-empty': both([503]),
  'http-504-text': both([502]),
  'http-529': both([503]),
  'http-N': passedOn(418, { but: fewExceptions }),
  // Every other one fails, and so may the second try of a call: others are asked at the same time.
  'flaky-N': both(['answer', 502]),
  'slow-N': answered(),
  'slow-tokens': answered(),
  'no-answer': both([504], { hangs: true }),
  'slow-headers': answered(),
  'headers-then-silence': both([504], { hangs: true }),
  'slow-first-token': answered(),
  'stall-mid-stream': { whole: [504], stream: ['break', 504], hangs: true },
  'reset-before-headers': both([502]),
  'reset-before-first': both([502]),
  'reset-mid-stream': { whole: [502], stream: ['break'] },
  'close-mid-stream': { whole: [502], stream: ['break'] },
  'clean-end-mid-stream': { whole: [502], stream: ['break'] },
  // Where it is cut says what it comes to: see `cuts.ts`.
  'cut-N': { whole: [502, 'answer'], stream: ['break', 502, 'answer'], counts: 'either' },
  'ending-N': { whole: [502, 'answer'], stream: ['break', 502, 'answer'], counts: 'either' },
  'error-event-first': { whole: [502], stream: [502, 503] },
  'error-event-mid-stream': { whole: [502], stream: ['break'] },
  'error-under-200': both([502, 503]),
  'malformed-event': answered({ but: damagedFrames }),
  'binary-event': answered({ but: damagedFrames }),
  'comment-events': answered({ but: damagedFrames }),
  'unknown-events': answered({ but: damagedFrames }),
  crlf: answered(),
  'bare-cr': answered(),
  'no-space': answered(),
  bom: answered({ but: damagedFrames }),
  'one-byte-packets': answered(),
  'split-utf8': answered(),
  'giant-event': answered({ otherWords: true }),
  'big-answer': answered({ otherWords: true }),
  // Responses says all of it again in its last event, which then is longer than any event may be.
  'big-stream': { whole: [502], stream: ['answer', 'break'], otherWords: true },
  'usage-missing': answered({ counts: 'estimate' }),
  'usage-null': answered({ counts: 'estimate' }),
  'usage-every-chunk': answered({ counts: 'either' }),
  'usage-in-choice': answered({ counts: 'either' }),
  'usage-in-x-groq': answered({ counts: 'either' }),
  'usage-absurd': answered({ counts: 'estimate' }),
  'usage-negative': answered({ counts: 'estimate' }),
  // A document that holds NaN is no JSON: whole it is broken, in a stream that event is left out.
  'usage-nan': {
    whole: [502],
    stream: ['answer', 'break', 502],
    counts: 'either',
    endless: true,
  },
  'usage-strings': answered({ counts: 'either' }),
  'no-done': answered({
    but: {
      'openai-responses': {
        stream: ['break'],
        why: 'its end mark holds the whole answer and why it ended: without it nobody knows',
      },
      'bedrock-converse': { counts: 'either', why: 'its last frame holds the count' },
    },
  }),
  'double-done': answered(),
  'data-after-done': answered(),
  // Vectors and scores are no words, and are there.
  'says-nothing': both(['answer', 502], { otherWords: true, endless: true, counts: 'either' }),
  // Thoughts are content: behind them nobody else is asked. A text that goes on has none.
  'thinks-only': {
    whole: [502],
    stream: ['break'],
    but: {
      'openai-completions': { stream: ['break', 502], why: 'it does not think' },
      'openai-responses': {
        whole: ['answer', 502],
        stream: ['answer', 'break'],
        otherWords: true,
        endless: true,
        counts: 'either',
        why: 'it keeps its thoughts to itself, and there is nothing else to break off',
      },
    },
  },
  'json-for-stream': answered(),
  // Nobody asked for the usage that some send only when they are asked for it in a stream.
  'stream-for-json': answered({
    counts: 'either',
    but: {
      'bedrock-converse': { whole: [502], why: 'frames are no text, and no text was asked for' },
    },
  }),
  'broken-gzip': both([502]),
  // A stream that said its end is whole, however long it had promised to be.
  'short-body': {
    whole: [502],
    stream: ['answer'],
    but: { gemini: { stream: ['break'], why: 'it has no end mark that came before' } },
  },
  'cut-json': { whole: [502], stream: ['break'] },
  'wrong-content-type': answered(),
  'empty-body': both([502]),
  'html-200': both([502]),
  redirect: both([502]),
  'unknown-finish': answered({ endless: true }),
  'missing-finish': answered({
    endless: true,
    but: {
      gemini: { stream: ['break'], why: 'why it ended is the only mark of its end' },
    },
  }),
  // The vendor counts the names that were meant.
  'tool-other-name': answered({ otherWords: true, endless: true, counts: 'either' }),
  'idle-close': answered(),
  'unasked-response': answered(),
} satisfies Record<FaultName, Row>

/** Of a fault by its name with a number in it. */
export function rowOf(fault: string, vendor: VendorName): Row {
  const row: Row = rows[generalOf(fault)]
  return { ...row, ...row.but?.[vendor] }
}

/** 'cut-17' is 'cut-N'. */
export function generalOf(fault: string): FaultName {
  if (isFault(fault)) return fault
  const general = fault.replace(/-\d+$/, '-N')
  if (isFault(general)) return general
  throw new Error(`No fault is called ${fault}.`)
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(rows, name)
}

/** Faults that would last for ever meet clocks of 150 ms; all others meet the usual ones. */
export function clocksFor(fault: string): string | null {
  switch (fault) {
    case 'no-answer':
      return '{ headers: 150ms }'
    case 'headers-then-silence':
      return '{ first_content: 150ms, idle: 150ms }'
    case 'stall-mid-stream':
      return '{ idle: 150ms }'
    default:
      return null
  }
}

/** Faults of the list of vendor faults that no answer can have, and where they are shown instead. */
export const notOfAnswers: Readonly<Record<string, string>> = {
  V11: 'what must not happen behind the first words: each row here that breaks asks nobody else',
  V21: 'lies below every dialect: the addresses of `nobodyThere`, and upstream/tls.test.ts for certificates',
  V23: 'many calls at once and not one: the outages of `outages.ts`',
  V25: 'state between calls and not one: tests/journeys/turn-state.test.ts and files.test.ts',
}
