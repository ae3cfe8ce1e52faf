import type { FaultName } from '../../../simulator/faults.ts'
import type { Entry } from '../../../simulator/history.ts'
import { type VendorKind, type VendorName, vendorKinds } from './vendors.ts'

/**
 * How a call may end: with the whole answer, with an honest error behind the first words, or refused
 * under a status before any.
 */
export type End = 'answer' | 'break' | number
/** Where chance decides how far a vendor comes, its own record of the last exchange says how the call ends. */
type Ends = End | ((last: Entry, vendor: VendorName, routed: boolean) => End)
type Source = 'provider' | 'estimate'
type Counts = Source | ((last: Entry, vendor: VendorName) => Source)

/** What becomes of a call whose vendor plays a fault. Behind another model every status is an answer. */
export interface Row {
  /** Of a caller who wants it whole, and of one who wants a stream. */
  readonly whole: Ends
  readonly stream: Ends
  /** Whose count the row of an answer has; left out: the vendor's. */
  readonly countsWhole?: Counts
  readonly countsStream?: Counts
  /** The caller's own mistake: nobody else is asked. */
  readonly passedOn?: boolean
  /** Asking the same one again would burn a try: it is asked once. */
  readonly once?: true
  /** Its key rests for all that it is asked, so that calls with another route may never come to it. */
  readonly rests?: true
  /** What a caller is told of the end; left out: that the model was done. */
  readonly told?: 'done' | 'unsaid' | 'unknown' | 'tools'
  /**
   * How the vendor's line ends; left out: by its own last byte. What is given up for its length or for
   * damage may have been written to its last byte by then, or not: that is the kernel's.
   */
  readonly line?:
    | 'finished'
    | 'broken'
    | 'left'
    | 'given up'
    | 'given up in a stream'
    | ((entry: Entry, vendor: VendorName) => Entry['ending'])
  /** What the vendor has sent may never be read: a reset discards it, and damage ends a stream before it. */
  readonly lossy?: true
  /** What is said; left out: the caller's own text. */
  readonly says?: 'the text' | 'nothing' | 'much' | 'a call'
  /** Where it is another fault, or none: how calls end there, and why. */
  readonly but?: Partial<Record<VendorName, Partial<Row> & { readonly why: string }>>
  /** The wait that the vendor asked for, in the seconds of the header that tells the caller. */
  readonly retryAfterS?: readonly [from: number, to: number]
}

const both = (ends: Ends, more: Partial<Row> = {}): Row => ({ whole: ends, stream: ends, ...more })
const answered = (more: Partial<Row> = {}): Row => both('answer', more)
const passedOn = (status: number, more: Partial<Row> = {}): Row =>
  both(status, { passedOn: true, ...more })
const counts = (source: Counts): Pick<Row, 'countsWhole' | 'countsStream'> => ({
  countsWhole: source,
  countsStream: source,
})

const frames =
  'its streams are frames, in which lines, marks and comments are no thing: it is damage'
const damagedFirst = {
  'bedrock-converse': { stream: 502, line: 'given up', why: frames },
} as const
const damagedAmid = {
  'bedrock-converse': { stream: 'break', line: 'given up', lossy: true, why: frames },
} as const
const fewExceptions = {
  'bedrock-converse': {
    whole: 502,
    stream: 502,
    passedOn: false,
    why: 'Converse has seven exceptions, and none of this status: it says that it failed itself',
  },
} as const
const noQuota = { whole: 429, stream: 429, why: 'it has no word for a quota' } as const
const overload = 'its error has a word for an overload, and says it without the status too'
const besideCount = 'why it ended stands beside the count, in the event that is no JSON'
const byStatus = { told: 'done', why: 'it says why it ended by a status' } as const
const noEnds = {
  embeddings: { told: 'done', why: 'vectors do not end' },
  rerank: { told: 'done', why: 'scores do not end' },
} as const
const noTools = { says: 'the text', told: 'done', why: 'it has no tools' } as const

/** What of a stream went out whole: its end, some words, or none. */
function asFarAsItCame({ sent }: Entry, vendor: VendorName): End {
  const { completeAt = 'finish' }: VendorKind = vendorKinds[vendor]
  if ((sent[completeAt] ?? 0) > 0) return 'answer'
  return (sent.content ?? 0) > 0 ? 'break' : 502
}

function asItWasCounted({ sent }: Entry, vendor: VendorName): Source {
  const { countsAt = 'finish' }: VendorKind = vendorKinds[vendor]
  return (sent[countsAt] ?? 0) > 0 ? 'provider' : 'estimate'
}

/** The last event of its stream went out. */
function isUncut({ sent }: Entry, vendor: VendorName): boolean {
  const { unmarked = false }: VendorKind = vendorKinds[vendor]
  return (sent.end ?? 0) > 0 || (unmarked && (sent.finish ?? 0) > 0)
}

/** A body in one piece is its own end. */
const wholeOrNot = ({ sent }: Entry): End => ((sent.end ?? 0) > 0 ? 'answer' : 502)

/** For each fault of the simulator. */
export const rows = {
  'http-400': passedOn(400),
  'http-401': both(502, { once: true, rests: true }),
  'http-403': both(502, { once: true, rests: true }),
  // Whoever does not know the model has none: another one may be asked.
  'http-404': both(404),
  'http-408': both(502),
  'http-413': passedOn(413, { but: fewExceptions }),
  'http-422': passedOn(422, { but: fewExceptions }),
  'http-429': both(429),
  'http-429-retry-after-seconds': both(429, { retryAfterS: [2, 2] }),
  'http-429-retry-after-date': both(429, { retryAfterS: [1, 3] }),
  'http-429-retry-after-ms': both(429, { retryAfterS: [2, 2] }),
  // The pause is waited for where nobody else is free.
  'limited-N': both((_, __, routed) => (routed ? 429 : 'answer')),
  'http-429-quota': both(503, {
    rests: true,
    but: {
      'anthropic-messages': noQuota,
      gemini: noQuota,
      'cohere-chat': noQuota,
      'bedrock-converse': noQuota,
    },
  }),
  'http-500': both(502),
  'http-502-html': both(502),
  'http-503-empty': both(503),
  'http-504-text': both(502),
  'http-529': both(503),
  'http-N': passedOn(418, { but: fewExceptions }),
  // Every other one fails, and so may the second try of a call: others are asked at the same time.
  'flaky-N': both(({ status }) => (status === 200 ? 'answer' : 502)),
  'slow-N': answered(),
  'slow-tokens': answered(),
  'no-answer': both(504, { line: 'left' }),
  'slow-headers': answered(),
  // On a busy machine the clock of 150 ms strikes before its headers are read.
  'headers-then-silence': both(504, { line: 'left', lossy: true }),
  'slow-first-token': answered(),
  'stall-mid-stream': { whole: 504, stream: 'break', line: 'left' },
  'reset-before-headers': both(502, { line: 'broken', lossy: true }),
  'reset-before-first': both(502, { line: 'broken', lossy: true }),
  'reset-mid-stream': { whole: 502, stream: 'break', line: 'broken', lossy: true },
  'close-mid-stream': { whole: 502, stream: 'break', line: 'broken' },
  'clean-end-mid-stream': { whole: 502, stream: 'break' },
  // Where it is cut says what it comes to: the vendor knows what went out whole.
  'cut-N': {
    whole: wholeOrNot,
    stream: asFarAsItCame,
    countsStream: asItWasCounted,
    line: (entry, vendor) => (isUncut(entry, vendor) ? 'finished' : 'broken'),
  },
  'ending-N': { whole: wholeOrNot, stream: asFarAsItCame, countsStream: asItWasCounted },
  // At an error the gateway hangs up; what stands behind it may have been written by then.
  'error-event-first': {
    whole: 502,
    stream: 502,
    line: 'given up in a stream',
    but: {
      'anthropic-messages': { stream: 503, why: overload },
      gemini: { stream: 503, why: overload },
      'bedrock-converse': { stream: 503, why: overload },
    },
  },
  'error-event-mid-stream': { whole: 502, stream: 'break', line: 'given up in a stream' },
  'error-under-200': both(502, {
    but: {
      'anthropic-messages': { whole: 503, stream: 503, why: overload },
      gemini: { whole: 503, stream: 503, why: overload },
    },
  }),
  'malformed-event': answered({ but: damagedAmid }),
  'binary-event': answered({ but: damagedAmid }),
  'comment-events': answered({ but: damagedFirst }),
  'unknown-events': answered({ but: damagedFirst }),
  crlf: answered(),
  'bare-cr': answered(),
  'no-space': answered(),
  bom: answered({ but: damagedFirst }),
  'one-byte-packets': answered(),
  'split-utf8': answered(),
  'giant-event': answered({ says: 'much' }),
  'big-answer': answered({ says: 'much' }),
  // In one piece it is longer than any answer may be.
  'big-stream': {
    whole: 502,
    stream: 'answer',
    says: 'much',
    line: 'given up',
    but: {
      'openai-responses': {
        stream: 'break',
        why: 'its last event says all of it again, and is longer than any event may be',
      },
    },
  },
  'usage-missing': answered(counts('estimate')),
  'usage-null': answered(counts('estimate')),
  'usage-every-chunk': answered(),
  'usage-in-choice': answered({
    ...counts('estimate'),
    but: {
      'openai-chat': { ...counts('provider'), why: 'some vendors of its format count there' },
      'cohere-chat': { countsStream: 'provider', why: 'the last delta is its place in a stream' },
    },
  }),
  'usage-in-x-groq': answered({
    ...counts('estimate'),
    but: { 'openai-chat': { ...counts('provider'), why: 'it is the format that Groq speaks' } },
  }),
  'usage-absurd': answered(counts('estimate')),
  'usage-negative': answered(counts('estimate')),
  // A document that holds NaN is no JSON: whole it is broken, in a stream that event is left out.
  'usage-nan': {
    whole: 502,
    stream: 'answer',
    countsStream: 'estimate',
    but: {
      'anthropic-messages': { told: 'unsaid', why: besideCount },
      'cohere-chat': { told: 'unsaid', why: besideCount },
      'openai-responses': { stream: 'break', why: 'its end stands in the event that is no JSON' },
      gemini: { stream: 502, why: 'it counts in every event, and so none of them is JSON' },
    },
  },
  'usage-strings': answered(),
  'no-done': answered({
    but: {
      'openai-responses': {
        stream: 'break',
        why: 'its end mark holds the whole answer and why it ended: without it nobody knows',
      },
      'bedrock-converse': { countsStream: 'estimate', why: 'its last frame holds the count' },
    },
  }),
  'double-done': answered(),
  'data-after-done': answered(),
  'says-nothing': both(502, {
    but: {
      embeddings: { whole: 'answer', why: 'vectors are no words, and are there' },
      rerank: { whole: 'answer', why: 'scores are no words, and are there' },
    },
  }),
  // Thoughts are content: behind them nobody else is asked.
  'thinks-only': {
    whole: 502,
    stream: 'break',
    says: 'nothing',
    line: 'broken',
    lossy: true,
    but: {
      'openai-completions': { says: 'the text', why: 'it does not think, and says words' },
      'openai-responses': {
        stream: 502,
        why: 'it keeps its thoughts to itself: nothing was shown',
      },
    },
  },
  'json-for-stream': answered(),
  'stream-for-json': answered({
    but: {
      'openai-chat': { countsWhole: 'estimate', why: 'a stream counts where it is asked to' },
      'openai-completions': {
        countsWhole: 'estimate',
        why: 'a stream counts where it is asked to',
      },
      'bedrock-converse': { whole: 502, why: 'frames are no text, and no text was asked for' },
    },
  }),
  'broken-gzip': both(502),
  // A stream that said its end is whole, however long it had promised to be.
  'short-body': {
    whole: 502,
    stream: 'answer',
    line: 'broken',
  },
  'cut-json': { whole: 502, stream: 'break' },
  'wrong-content-type': answered(),
  'empty-body': both(502),
  'html-200': both(502),
  redirect: both(502),
  'unknown-finish': answered({ told: 'unknown', but: { 'openai-responses': byStatus, ...noEnds } }),
  'missing-finish': answered({
    told: 'unsaid',
    but: {
      ...noEnds,
      'openai-responses': byStatus,
      gemini: { stream: 'break', why: 'why it ended is the only mark of its end' },
    },
  }),
  'tool-other-name': answered({
    says: 'a call',
    told: 'tools',
    but: { 'openai-completions': noTools, embeddings: noTools, rerank: noTools },
  }),
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
  V23: 'many calls at once and not one: the outages of `scenes.ts`',
  V25: 'state between calls and not one: tests/journeys/turn-state.test.ts and files.test.ts',
}
