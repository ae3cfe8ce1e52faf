import type { Ask } from './ask.ts'
import {
  Problem,
  type ProblemWords,
  type Door,
  type Event,
  type Request,
  type Said,
} from './dialects/dialect.ts'
import { isList, isObject, type Json, type JsonObject } from './json.ts'
import type { Answer, Block } from './model.ts'
import type { Step } from './play.ts'
import { faultPrefix } from './profiles.ts'
import { countTokens } from './tokens.ts'
import { rawEvent, type Style } from './write.ts'

/**
 * One thing that goes wrong. Each hook changes the answer on another level; a fault has one or a few.
 * In an answer that is not streamed, 'mid-stream' is the middle of the body, and faults that only a
 * stream can have do nothing.
 */
export interface Fault {
  /** Its row in the list of vendor faults. */
  readonly row: string
  readonly does: string
  /** The vendor refuses in its own shape; null lets this call pass. */
  readonly refuse?: (scene: Scene) => Refusal | null
  /** Something else than the vendor's answer. */
  readonly instead?: (scene: Scene) => Iterable<Step>
  readonly ask?: (ask: Ask) => Ask
  readonly answer?: (answer: Answer) => Answer
  readonly said?: (said: Said, scene: Scene) => Said
  readonly style?: Partial<Style>
  readonly steps?: (steps: Iterable<Step>, said: Said, scene: Scene) => Iterable<Step>
  /** What the idle connection does after the answer. */
  readonly idle?: 'close' | 'speak'
}

/** What a fault may look at. */
export interface Scene {
  readonly door: Door
  readonly request: Request
  readonly requestId: string
  readonly nowMs: number
  /** How long one step of waiting is. */
  readonly waitMs: number
  /** N in the fault's name. */
  readonly n: number
  /** How often this fault was asked for, this time included. */
  readonly count: number
}

interface Refusal {
  readonly problem: Problem
  readonly headers?: Readonly<Record<string, string>>
}

/** So long is waited before a reset, so that the bytes before it are not lost on the way. */
const settleMs = 20

// Refusals.

const refusing = (row: string, status: number, message: string, words?: ProblemWords): Fault => ({
  row,
  does: `answers ${status} in the vendor's shape`,
  refuse: () => ({ problem: new Problem(status, message, words) }),
})

const rateMessage = 'Rate limit reached for requests. Please try again later.'

const limiting = (
  row: string,
  does: string,
  headers: (scene: Scene) => Readonly<Record<string, string>>,
): Fault => ({
  row,
  does,
  refuse: (scene) => ({
    problem: new Problem(429, rateMessage, { code: 'rate_limit_exceeded' }),
    headers: headers(scene),
  }),
})

/** Tells the key in its message and in a header, as some vendors do: nobody may pass that on. */
const keyRefusing = (status: number, code: string): Fault => ({
  row: 'V5',
  does: `answers ${status} and repeats the key it was sent`,
  refuse: ({ request }) => ({
    problem: new Problem(status, `Incorrect API key provided: ${request.key || 'none'}.`, { code }),
    headers: { 'x-refused-key': request.key || 'none' },
  }),
})

// Answers that are none.

const fixed = (row: string, does: string, status: number, type: string, body: string): Fault => ({
  row,
  does,
  instead: () => page(status, { 'content-type': type }, body),
})

function* page(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): Generator<Step> {
  yield { do: 'head', status, headers, framing: Buffer.byteLength(body) }
  yield { do: 'body', bytes: body, tokens: 0, content: false }
  yield { do: 'end' }
}

const html =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n'

// Time and broken connections.

type StepsHook = NonNullable<Fault['steps']>

/** Plays the first half of the answer, at least one event, then what it is given. */
const half =
  (then: readonly Step[]): StepsHook =>
  (steps, said) =>
    halved(steps, said, then)

function* halved(steps: Iterable<Step>, said: Said, then: readonly Step[]): Generator<Step> {
  let left = Math.max(1, Math.floor(said.contentEvents / 2))
  for (const step of steps) {
    if (step.do === 'end') break
    if (step.do === 'body' && !said.stream) {
      const { mark: _, ...part } = step
      yield { ...part, bytes: cutInHalf(step.bytes) }
      break
    }
    yield step
    if (step.do === 'body' && step.tokens > 0) left -= 1
    if (left === 0) break
  }
  yield* then
}

function cutInHalf(bytes: string | Uint8Array): Uint8Array {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return all.subarray(0, all.length >> 1)
}

/** Puts steps behind the headers. */
const behindHead =
  (then: (scene: Scene) => readonly Step[], goesOn: boolean): StepsHook =>
  (steps, _, scene) =>
    interrupted(steps, then(scene), goesOn)

function* interrupted(
  steps: Iterable<Step>,
  then: readonly Step[],
  goesOn: boolean,
): Generator<Step> {
  for (const step of steps) {
    yield step
    if (step.do !== 'head') continue
    yield* then
    if (!goesOn) return
  }
}

function* waiting(ms: number, steps: Iterable<Step>): Generator<Step> {
  yield { do: 'wait', ms }
  yield* steps
}

function* waitingForEach(ms: number, steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    if (step.do === 'body' && step.content) yield { do: 'wait', ms }
    yield step
  }
}

/** As many bytes of the body as that; one that is shorter goes out whole. */
function* cutAt(bytes: number, steps: Iterable<Step>, then: Step): Generator<Step> {
  let left = bytes
  for (const step of steps) {
    if (step.do !== 'body') {
      yield step
      continue
    }
    const all = Buffer.from(step.bytes as string)
    if (all.length <= left) {
      left -= all.length
      yield step
      continue
    }
    const { mark: _, ...part } = step
    yield { ...part, bytes: all.subarray(0, left), tokens: 0 }
    yield then
    return
  }
}

// Events.

type EventsHook = (events: Iterable<Event>, said: Said, scene: Scene) => Iterable<Event>

/** Changes the events of a stream and leaves an answer in one piece alone. */
const inStream =
  (change: EventsHook): NonNullable<Fault['said']> =>
  (said, scene) => {
    const { events } = said
    return events ? { ...said, events: () => change(events(), said, scene) } : said
  }

/** Puts something behind the first half of the content; with `ends` nothing follows it. */
const amid = (make: (scene: Scene) => readonly Event[], ends: boolean) =>
  inStream(function* (events, said, scene) {
    let left = Math.max(1, Math.floor(said.contentEvents / 2))
    for (const event of events) {
      yield event
      if (event.mark !== 'content') continue
      left -= 1
      if (left !== 0) continue
      yield* make(scene)
      if (ends) return
    }
  })

const overloaded = new Problem(503, 'The engine is overloaded. Please try again later.', {
  code: 'engine_overloaded',
})
const failing = (scene: Scene) => [scene.door.fail(overloaded, scene.requestId)]

/** Events by what they are; a hook that gives none leaves the event out. */
const eachEvent = (change: (event: Event) => readonly Event[]) =>
  inStream(function* (events) {
    for (const event of events) yield* change(event)
  })

const garbage = `data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"conten\n\n`
/** Every byte but the line ends, which is no UTF-8 and no JSON. */
const binary = Buffer.concat([
  Buffer.from('data: '),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => (byte === 10 || byte === 13 ? 0 : byte))),
  Buffer.from('\n\n'),
])

// Usage and finish.

/** Where usage and finish reasons stand in the shapes of the vendors. */
const holders = new Set(['choices', 'candidates', 'message', 'response', 'delta'])

/** Changes the members of these names wherever a vendor puts them; undefined leaves one out. */
function members(
  data: Json,
  names: readonly string[],
  change: (value: Json) => Json | undefined,
): Json {
  if (isList(data)) return data.map((item) => members(item, names, change))
  if (!isObject(data)) return data
  const changed: Record<string, Json | undefined> = {}
  for (const [name, value = null] of Object.entries(data)) {
    if (names.includes(name)) changed[name] = change(value)
    else changed[name] = holders.has(name) ? members(value, names, change) : value
  }
  return changed
}

const usageNames = ['usage', 'usageMetadata']
const finishNames = ['finish_reason', 'stop_reason', 'finishReason', 'stopReason']

/** Changes all documents of an answer alike. */
const everywhere =
  (change: (data: Json) => Json): NonNullable<Fault['said']> =>
  (said) => {
    const { events } = said
    return {
      ...said,
      whole: () => change(said.whole()),
      events: events && (() => changedEvents(events(), change)),
    }
  }

function* changedEvents(events: Iterable<Event>, change: (data: Json) => Json): Generator<Event> {
  for (const event of events) yield { ...event, data: change(event.data) }
}

const usage = (change: (value: Json) => Json | undefined) =>
  everywhere((data) => members(data, usageNames, change))

function numbers(value: Json, change: (number: number) => Json): Json {
  if (typeof value === 'number') return change(value)
  if (isList(value)) return value.map((item) => numbers(item, change))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner = null]) => [name, numbers(inner, change)]),
  )
}

/** Takes usage from its place and puts it where `place` says, on whatever ends the answer. */
const usageElsewhere =
  (place: (data: JsonObject, usage: Json) => JsonObject): NonNullable<Fault['said']> =>
  (said) => {
    const { events } = said
    const total = said.usage(said.tokens?.output ?? 0)
    const without = (data: Json) => members(data, usageNames, () => undefined)
    const put = (data: Json) => (isObject(data) ? place(data, total) : data)
    return {
      ...said,
      whole: () => put(without(said.whole())),
      events:
        events &&
        function* () {
          for (const event of events()) {
            if (event.mark === 'usage') continue
            const data = without(event.data)
            yield { ...event, data: event.mark === 'finish' ? put(data) : data }
          }
        },
    }
  }

function inFirstChoice(data: JsonObject, usage: Json): JsonObject {
  const { choices, delta } = data
  if (isList(choices) && isObject(choices[0])) {
    return { ...data, choices: [{ ...choices[0], usage }, ...choices.slice(1)] }
  }
  return isObject(delta)
    ? { ...data, delta: { ...delta, usage } }
    : { ...data, usage_details: usage }
}

const usageOnAll = inStream(function* (events, said) {
  let output = 0
  for (const event of events) {
    output += event.tokens
    const counted = ['open', 'content', 'finish'].includes(event.mark) && isObject(event.data)
    yield counted
      ? { ...event, data: { ...(event.data as JsonObject), usage: said.usage(output) } }
      : event
  }
})

/** Stands for the number that JSON cannot say, until it is written as some servers write it. */
const nan = '\u0000not a number\u0000'

// Content.

/** 256 numbered lines of 64 bytes. */
const bigPage = () =>
  Array.from(
    { length: 256 },
    (_, line) => `${String(line).padStart(3, '0')} ${'.'.repeat(59)}\n`,
  ).join('')
const bigPageTokens = 4096

const big =
  (pieces: number, pages: number): NonNullable<Fault['answer']> =>
  (answer) => {
    const piece = bigPage().repeat(pages)
    const weight = bigPageTokens * pages
    const block: Block = {
      kind: 'text',
      pieces: Array.from({ length: pieces }, () => piece),
      weight,
    }
    return {
      ...answer,
      choices: [{ blocks: [block], finish: 'stop', stop: null }],
      tokens: { ...answer.tokens, output: pieces * weight, reasoning: 0 },
    }
  }

function saysNothing(answer: Answer): Answer {
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({ ...choice, blocks: [] })),
    tokens: { ...answer.tokens, output: 0, reasoning: 0 },
  }
}

/** What it was to say, as thoughts. */
function thinksFirst(answer: Answer): Answer {
  const choices = answer.choices.map((choice) => ({
    ...choice,
    blocks: choice.blocks.map(({ pieces, weight }): Block => ({
      kind: 'thinking',
      signature: '',
      pieces,
      weight,
    })),
  }))
  return { ...answer, choices, tokens: { ...answer.tokens, reasoning: answer.tokens.output } }
}

function otherNames(answer: Answer): Answer {
  let more = 0
  const other = (name: string): string => {
    const made = `other_${name}`
    more += countTokens(made) - countTokens(name)
    return made
  }
  const choices = answer.choices.map((choice) => ({
    ...choice,
    blocks: choice.blocks.map((block) =>
      block.kind === 'call' ? { ...block, name: other(block.name) } : block,
    ),
  }))
  const { tokens } = answer
  return { ...answer, choices, tokens: { ...tokens, output: tokens.output + more } }
}

// Bytes.

function* byteByByte(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    if (step.do === 'body') yield* inPieces(step, (bytes) => bytes.map((_, index) => index + 1))
    else yield step
    if (step.do === 'head') yield { do: 'flush' }
  }
}

/** Cuts behind the first byte of every character that has several, and behind the second of four. */
function* insideCharacters(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    if (step.do !== 'body') yield step
    else {
      yield* inPieces(step, (bytes) =>
        [...bytes.keys()].flatMap((index) => {
          const byte = bytes[index] ?? 0
          if (byte >= 0xf0) return [index + 1, index + 2]
          return byte >= 0xc0 ? [index + 1] : []
        }),
      )
    }
  }
}

function* inPieces(
  step: Extract<Step, { do: 'body' }>,
  cutsOf: (bytes: Uint8Array) => Iterable<number>,
): Generator<Step> {
  const bytes = typeof step.bytes === 'string' ? Buffer.from(step.bytes) : step.bytes
  const { mark: _, ...part } = step
  let from = 0
  for (const to of cutsOf(bytes)) {
    if (to <= from || to >= bytes.length) continue
    yield { ...part, bytes: bytes.subarray(from, to), tokens: 0 }
    yield { do: 'flush' }
    from = to
  }
  yield { ...step, bytes: bytes.subarray(from) }
  yield { do: 'flush' }
}

/** Compressed, with bytes in the middle turned over. */
function* brokenGzip(steps: Iterable<Step>): Generator<Step> {
  const bodies: Uint8Array[] = []
  for (const step of steps) {
    if (step.do === 'head') {
      const headers = { ...step.headers, 'content-encoding': 'gzip' }
      yield { ...step, headers, framing: 'chunked' }
    } else if (step.do === 'body') {
      bodies.push(Buffer.from(step.bytes))
    } else if (step.do === 'end') {
      const packed = Bun.gzipSync(Buffer.concat(bodies))
      const middle = packed.length >> 1
      for (let at = middle; at < Math.min(middle + 16, packed.length); at += 1) packed[at]! ^= 0xff
      yield { do: 'body', bytes: packed, tokens: 0, content: false }
      yield step
    } else yield step
  }
}

/** Promises more bytes than come. */
function* shortened(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) {
    if (step.do === 'head') {
      const promised = step.framing === 'chunked' ? 1_000_000_000 : step.framing + 100
      yield { ...step, framing: promised }
    } else yield step.do === 'end' ? { do: 'close' } : step
  }
}

/** The end mark once more, or content behind it. */
const behindEnd = (late: boolean) =>
  inStream(function* (events) {
    const said: Event[] = []
    for (const event of events) {
      if (event.mark === 'content' && said.length === 0) said.push(event)
      if (event.mark === 'usage') said.push(event)
      yield event
      if (event.mark !== 'end') continue
      if (!late) yield event
      else for (const again of said) yield { ...again, tokens: 0, mark: 'other' }
    }
  })

const table = {
  'http-400': refusing('V4', 400, 'Invalid request: the simulator was told to refuse it.'),
  'http-401': keyRefusing(401, 'invalid_api_key'),
  'http-403': keyRefusing(403, 'permission_denied'),
  'http-404': refusing('V4', 404, 'The model does not exist or you do not have access to it.', {
    code: 'model_not_found',
  }),
  'http-408': refusing('V3', 408, 'The request timed out.'),
  'http-413': refusing('V4', 413, 'Request exceeds the maximum size.'),
  'http-422': refusing('V4', 422, 'Invalid parameter: the simulator was told to refuse it.'),
  'http-429': limiting('V2', 'answers 429 without saying how long to wait', () => ({})),
  'http-429-retry-after-seconds': limiting('V1', 'answers 429 with Retry-After: 2', () => ({
    'retry-after': '2',
  })),
  'http-429-retry-after-date': limiting(
    'V1',
    'answers 429 with Retry-After as a date, 3 s ahead',
    (scene) => ({
      'retry-after': new Date(scene.nowMs + 3000).toUTCString(),
    }),
  ),
  'http-429-retry-after-ms': limiting('V1', 'answers 429 with retry-after-ms: 1500', () => ({
    'retry-after-ms': '1500',
  })),
  'limited-N': {
    row: 'V1',
    does: 'answers every other call of its number N 429 with retry-after-ms: 20, the first one too',
    refuse: ({ count }) =>
      count % 2 === 0
        ? null
        : {
            problem: new Problem(429, rateMessage, { code: 'rate_limit_exceeded' }),
            headers: { 'retry-after-ms': '20' },
          },
  },
  'http-429-quota': refusing(
    'V2',
    429,
    'You exceeded your current quota, please check your plan and billing details.',
    { code: 'insufficient_quota', type: 'insufficient_quota' },
  ),
  'http-500': refusing('V3', 500, 'The server had an error while processing your request.'),
  'http-502-html': fixed('V3', 'answers 502 with a page of HTML', 502, 'text/html', html),
  'http-503-empty': {
    row: 'V3',
    does: 'answers 503 with no body',
    instead: () => page(503, {}, ''),
  },
  'http-504-text': fixed(
    'V3',
    'answers 504 with plain text',
    504,
    'text/plain',
    'upstream request timeout',
  ),
  'http-529': refusing('V3', 529, 'Overloaded', { type: 'overloaded_error' }),
  'http-N': {
    row: 'V3',
    does: "answers the status N in the vendor's shape",
    refuse: ({ n }) => ({ problem: new Problem(n, `The simulator was told to answer ${n}.`) }),
  },
  'flaky-N': {
    row: 'V22',
    does: 'fails every Nth call with 500',
    refuse: ({ n, count }) =>
      count % n === 0 ? { problem: new Problem(500, 'This was a flaky call.') } : null,
  },
  'slow-N': {
    row: 'V22',
    does: 'waits N milliseconds before the answer',
    steps: (steps, _, { n }) => waiting(n, steps),
  },
  'slow-tokens': {
    row: 'V22',
    does: 'waits before every event of the stream',
    steps: (steps, _, { waitMs }) => waitingForEach(waitMs, steps),
  },
  'no-answer': { row: 'V6', does: 'never answers', instead: () => [{ do: 'hang' }] },
  'slow-headers': {
    row: 'V6',
    does: 'waits before the headers',
    steps: (steps, _, { waitMs }) => waiting(waitMs, steps),
  },
  'headers-then-silence': {
    row: 'V7',
    does: 'sends the headers and nothing more',
    steps: behindHead(() => [{ do: 'hang' }], false),
  },
  'slow-first-token': {
    row: 'V7',
    does: 'sends the headers and waits before the first event',
    steps: behindHead(({ waitMs }) => [{ do: 'wait', ms: waitMs }], true),
  },
  'stall-mid-stream': {
    row: 'V8',
    does: 'sends half of the answer and then nothing more',
    steps: half([{ do: 'hang' }]),
  },
  'reset-before-headers': {
    row: 'V9',
    does: 'resets the connection instead of an answer',
    instead: () => [{ do: 'reset' }],
  },
  'reset-before-first': {
    row: 'V9',
    does: 'resets the connection behind the headers',
    steps: behindHead(
      () => [{ do: 'flush' }, { do: 'wait', ms: settleMs }, { do: 'reset' }],
      false,
    ),
  },
  'reset-mid-stream': {
    row: 'V9',
    does: 'sends half of the answer and resets the connection',
    steps: half([{ do: 'wait', ms: settleMs }, { do: 'reset' }]),
  },
  'close-mid-stream': {
    row: 'V9',
    does: 'sends half of the answer and closes the connection',
    steps: half([{ do: 'close' }]),
  },
  'clean-end-mid-stream': {
    row: 'V9',
    does: 'sends half of the answer and ends it in order, without an end mark',
    steps: (steps, said) => {
      if (said.stream) return halved(steps, said, [{ do: 'end' }])
      return halved(inChunks(steps), said, [{ do: 'end' }])
    },
  },
  'cut-N': {
    row: 'V9',
    does: 'sends the first N bytes of the body and closes the connection',
    steps: (steps, _, { n }) => cutAt(n, steps, { do: 'close' }),
  },
  'ending-N': {
    row: 'V9',
    does: 'sends the first N bytes of the body and ends it in order',
    steps: (steps, _, { n }) => cutAt(n, inChunks(steps), { do: 'end' }),
  },
  'error-event-first': {
    row: 'V10',
    does: 'the first event of the stream is an error; 500 when no stream was asked for',
    refuse: ({ request }) => (asksForStream(request) ? null : { problem: overloaded500 }),
    said: inStream((_, __, scene) => failing(scene)),
  },
  'error-event-mid-stream': {
    row: 'V10',
    does: 'half of the stream, then an error event and the end; 500 when no stream was asked for',
    refuse: ({ request }) => (asksForStream(request) ? null : { problem: overloaded500 }),
    said: amid(failing, true),
  },
  'error-under-200': {
    row: 'V10',
    does: 'answers 200 with the body of an error',
    instead: ({ door, requestId }) =>
      page(
        200,
        { 'content-type': 'application/json' },
        JSON.stringify(door.refuse(overloaded, requestId)),
      ),
  },
  'malformed-event': {
    row: 'V12',
    does: 'puts an event that is no JSON into a good stream',
    said: amid(() => [rawEvent(garbage)], false),
  },
  'binary-event': {
    row: 'V12',
    does: 'puts an event of bytes that are no text into a good stream',
    steps: (steps, said) => (said.stream ? withBinary(steps, said) : steps),
  },
  'comment-events': {
    row: 'V12',
    does: 'puts comments and empty lines between the events, or before a body in one piece',
    said: eachEvent((event) => [rawEvent(': keep-alive\n\n'), rawEvent(':\n\n\n'), event]),
    style: { body: (text) => `\n\n\n${text}` },
  },
  'unknown-events': {
    row: 'V12',
    does: 'puts events of an unknown name, ids and retry lines between the events',
    said: eachEvent((event) => [
      rawEvent('event: sim.unknown\nid: 7\nretry: 10\ndata: {"type":"sim.unknown"}\n\n'),
      event,
    ]),
  },
  crlf: { row: 'V12', does: 'ends the lines of events with CR LF', style: { lineEnd: '\r\n' } },
  'bare-cr': { row: 'V12', does: 'ends the lines of events with CR', style: { lineEnd: '\r' } },
  'no-space': { row: 'V12', does: 'puts no space behind the colon', style: { space: '' } },
  bom: { row: 'V12', does: 'begins the body with a byte order mark', style: { mark: true } },
  'one-byte-packets': {
    row: 'V13',
    does: 'sends the body byte by byte',
    steps: (steps) => byteByByte(steps),
  },
  'split-utf8': {
    row: 'V13',
    does: 'cuts every character of several bytes between two packets',
    steps: (steps) => insideCharacters(steps),
  },
  'giant-event': {
    row: 'V14',
    does: 'says 4 MB in one event',
    answer: big(1, 256),
  },
  'big-answer': { row: 'V14', does: 'says 8 MB', answer: big(512, 1) },
  'big-stream': { row: 'V14', does: 'says 64 MB', answer: big(4096, 1) },
  'usage-missing': {
    row: 'V15',
    does: 'does not say usage',
    said: (said, scene) => {
      const bare = usage(() => undefined)(said, scene)
      return eachEvent((event) => (event.mark === 'usage' ? [] : [event]))(bare, scene)
    },
  },
  'usage-null': { row: 'V15', does: 'says usage: null', said: usage(() => null) },
  'usage-every-chunk': {
    row: 'V15',
    does: 'says usage so far on every event',
    said: usageOnAll,
  },
  'usage-in-choice': {
    row: 'V15',
    does: 'says usage in the last choice (in the last delta where there are no choices), asked for or not',
    said: usageElsewhere(inFirstChoice),
  },
  'usage-in-x-groq': {
    row: 'V15',
    does: 'says usage in x_groq on the last event, asked for or not',
    said: usageElsewhere((data, usage) => ({ ...data, x_groq: { id: 'req_simulated', usage } })),
  },
  'usage-absurd': {
    row: 'V24',
    does: 'every number of usage is 10^12',
    said: usage((value) => numbers(value, () => 1e12)),
  },
  'usage-negative': {
    row: 'V24',
    does: 'every number of usage is negative',
    said: usage((value) => numbers(value, (number) => -number - 1)),
  },
  'usage-nan': {
    row: 'V24',
    does: 'every number of usage is NaN, which is no JSON',
    said: usage((value) => numbers(value, () => nan)),
    style: { json: (text) => text.replaceAll(JSON.stringify(nan), 'NaN') },
  },
  'usage-strings': {
    row: 'V24',
    does: 'every number of usage is a string',
    said: usage((value) => numbers(value, String)),
  },
  'no-done': {
    row: 'V16',
    does: 'leaves the end mark out',
    said: eachEvent((event) => (event.mark === 'end' ? [] : [event])),
  },
  'double-done': { row: 'V16', does: 'sends the end mark twice', said: behindEnd(false) },
  'data-after-done': {
    row: 'V16',
    does: 'says content and usage once more behind the end mark',
    said: behindEnd(true),
  },
  'says-nothing': {
    row: 'V10',
    does: 'ends its answer in order, with nothing in it and no token counted',
    answer: saysNothing,
  },
  'thinks-only': {
    row: 'V9',
    does: 'thinks half of its thoughts and resets the connection',
    answer: thinksFirst,
    steps: half([{ do: 'wait', ms: settleMs }, { do: 'reset' }]),
  },
  'json-for-stream': {
    row: 'V17',
    does: 'answers in one piece when a stream was asked for',
    said: (said) => ({ ...said, stream: false }),
  },
  'stream-for-json': {
    row: 'V17',
    does: 'streams when no stream was asked for',
    said: (said) => ({ ...said, stream: true }),
  },
  'broken-gzip': {
    row: 'V18',
    does: 'sends gzip that cannot be unpacked',
    steps: (steps) => brokenGzip(steps),
  },
  'short-body': {
    row: 'V18',
    does: 'promises more bytes than it sends, and closes',
    steps: (steps) => shortened(steps),
  },
  'cut-json': {
    row: 'V18',
    does: 'ends in order in the middle of a JSON document',
    style: { body: (text) => text.slice(0, text.length >> 1) },
    said: amid(() => [rawEvent(garbage.trimEnd())], true),
  },
  'wrong-content-type': {
    row: 'V18',
    does: 'calls its answer text/plain',
    said: (said) => ({ ...said, headers: { ...said.headers, 'content-type': 'text/plain' } }),
  },
  'empty-body': { row: 'V18', does: 'answers 200 with no body', instead: () => page(200, {}, '') },
  'html-200': fixed('V18', 'answers 200 with a page of HTML', 200, 'text/html', html),
  redirect: {
    row: 'V20',
    does: 'redirects to /__sim/landed, which the history shows when somebody follows',
    instead: () => page(307, { location: '/__sim/landed' }, ''),
  },
  'unknown-finish': {
    row: 'V24',
    does: 'finishes with a word that no table knows',
    said: everywhere((data) =>
      members(data, finishNames, (value) => (value === null ? null : 'sim_unknown')),
    ),
  },
  'missing-finish': {
    row: 'V24',
    does: 'never says why it finished',
    said: everywhere((data) => members(data, finishNames, () => undefined)),
  },
  'tool-other-name': {
    row: 'V24',
    does: 'calls tools, when it has any, by a name that nobody gave them',
    ask: (ask) => ({ ...ask, toolChoice: ask.toolChoice === 'auto' ? 'required' : ask.toolChoice }),
    answer: otherNames,
  },
  'idle-close': {
    row: 'V19',
    does: 'answers, then closes the idle connection',
    idle: 'close',
  },
  'unasked-response': {
    row: 'V19',
    does: 'answers, then sends a second answer that nobody asked for on the idle connection',
    idle: 'speak',
  },
} satisfies Record<string, Fault>

export type FaultName = keyof typeof table

/** Every fault by its name; N in a name is a number of the caller's choice. */
export const faults: Readonly<Record<FaultName, Fault>> = table

/** A fault as it was asked for: 'flaky-2' is `flaky-N` with n = 2. */
export interface FoundFault {
  readonly name: string
  readonly fault: Fault
  readonly n: number
}

/** Null when no fault is called that. */
export function findFault(name: string): FoundFault | null {
  if (isFaultName(name)) return { name, fault: faults[name], n: 0 }
  const [, kind, digits] = /^([a-z]+)-(\d{1,6})$/.exec(name) ?? []
  const general = `${kind}-N`
  if (!digits || !isFaultName(general)) return null
  const n = Number(digits)
  const isStatus = n >= 400 && n <= 599
  return n === 0 || (kind === 'http' && !isStatus) ? null : { name, fault: faults[general], n }
}

/**
 * The fault in a model's name; null when the name is not of that kind. What stands behind two dashes
 * makes another model of it, with the same fault: 'fault/http-500--b'.
 */
export function faultInModel(model: string): string | null {
  if (!model.startsWith(faultPrefix)) return null
  return model.slice(faultPrefix.length).replace(/--.*$/s, '')
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(table, name)
}

const overloaded500 = new Problem(500, 'The server had an error while processing your request.')

function asksForStream({ body, path }: Request): boolean {
  return /[:/](?:streamGenerateContent|converse-stream)$/.test(path) || flagged(body)
}

function flagged(body: unknown): boolean {
  return isObject(body) && body.stream === true
}

/** Without a promised length, so that a body can end early and in order. */
function* inChunks(steps: Iterable<Step>): Generator<Step> {
  for (const step of steps) yield step.do === 'head' ? { ...step, framing: 'chunked' } : step
}

function* withBinary(steps: Iterable<Step>, said: Said): Generator<Step> {
  let left = Math.max(1, Math.floor(said.contentEvents / 2))
  for (const step of steps) {
    yield step
    if (step.do !== 'body' || step.tokens === 0) continue
    left -= 1
    if (left === 0) yield { do: 'body', bytes: binary, tokens: 0, content: false }
  }
}
