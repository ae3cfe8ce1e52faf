import { gzipSync } from 'node:zlib'
import {
  type Making,
  body,
  changed,
  edited,
  events,
  http,
  midway,
  streamed,
  streamType,
  wholeText,
} from './answers.ts'
import { type FormatName, formats } from './formats.ts'
import { encode, type Event, jsonText, raw } from './said.ts'

/** What vendors have been seen to answer, or could, where a good answer should be. */

/** Why an answer ended, in whatever dialect the caller reads it; null: it is not said. */
export type End = 'stop' | 'tools' | 'error' | 'another' | null

export interface Fault {
  readonly name: string
  /** What the caller may get; `answer` and `either` hold what it says to the checks below. */
  readonly gives: 'error' | 'answer' | 'either'
  /** Of callers who want it whole, or streamed; left out: of both. */
  readonly of?: 'whole' | 'stream'
  readonly ends?: readonly End[]
  readonly text?: string
  /** `vendor`: the good counts. Otherwise what is on the ledger has to be marked as an estimate. */
  readonly counts?: 'vendor' | 'estimate' | 'either'
  readonly calls?: 'a tool'
  /** A caller of the vendor's own dialect gets it as it came. */
  readonly passes?: true
  /** The status of an error, where it is not the vendor's fault as such. */
  readonly statuses?: readonly number[]
  /** All of the vendor's bytes; null: this format cannot go wrong this way. */
  readonly answer: Making
}

const page = '<!doctype html><html><body><h1>Welcome</h1><p>Sign in to go on.</p></body></html>'

const bodies: readonly Fault[] = (
  [
    ['an empty body', ''],
    ['a blank body', ' \r\n\n\t '],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['a list of an empty object', '[{}]'],
    ['a number', '0'],
    ['a text', '"Good words, all of them."'],
    ['a line of text', 'upstream connect error or disconnect before headers'],
    ['a page', page],
    ['nothing but an end mark', 'data: [DONE]\n\n'],
    ['nothing but comments', ': keep-alive\n\n: keep-alive\n\n'],
    ['bytes that are no text', Buffer.from([0, 255, 254, 1, 2, 3, 0, 0, 128, 200])],
    ['zeros', Buffer.alloc(64)],
  ] as const
).map(([what, text]) => ({ name: `it sends ${what}`, gives: 'error', answer: body(text) }))

const types: readonly Fault[] = [
  ...['text/html', 'text/plain', 'application/octet-stream', 'nonsense', ''].map((type): Fault => ({
    name: `a good answer is called '${type}'`,
    gives: 'either',
    counts: 'vendor',
    answer: (format, stream) =>
      stream
        ? http({ type, body: encode(events(format), formats[format]) })
        : http({ type, body: wholeText(format) }),
  })),
  {
    name: 'a good stream is called JSON',
    gives: 'either',
    counts: 'vendor',
    of: 'stream',
    answer: (format) => http({ body: encode(events(format), formats[format]) }),
  },
  {
    name: 'a page is called JSON',
    gives: 'error',
    answer: body(page, { type: 'application/json' }),
  },
  {
    name: 'a page is called a stream',
    gives: 'error',
    answer: (format) => http({ type: streamType(format), body: page }),
  },
  {
    name: 'a whole answer comes where a stream was asked for',
    gives: 'answer',
    counts: 'vendor',
    of: 'stream',
    answer: (format) => http({ body: wholeText(format) }),
  },
  {
    name: 'a stream comes where a whole answer was asked for',
    gives: 'either',
    counts: 'vendor',
    of: 'whole',
    answer: (format) => streamed(format, events(format)),
  },
]

const packed: readonly Fault[] = [
  {
    name: 'gzip that is none',
    gives: 'error',
    answer: body('{"choices":[]}', { headers: { 'content-encoding': 'gzip' } }),
  },
  {
    name: 'gzip that is cut',
    gives: 'error',
    answer: (format, stream) => {
      const bytes = gzipSync(stream ? encode(events(format), formats[format]) : wholeText(format))
      return http({
        type: stream ? streamType(format) : 'application/json',
        headers: { 'content-encoding': 'gzip' },
        body: bytes.subarray(0, bytes.length >> 1),
      })
    },
  },
  {
    name: 'gzip that nobody asked for',
    gives: 'either',
    counts: 'vendor',
    answer: (format, stream) =>
      http({
        type: stream ? streamType(format) : 'application/json',
        headers: { 'content-encoding': 'gzip' },
        body: gzipSync(stream ? encode(events(format), formats[format]) : wholeText(format)),
      }),
  },
  {
    name: 'gzip that is not called so',
    gives: 'error',
    answer: (format) => http({ body: gzipSync(wholeText(format)) }),
  },
  {
    name: 'an encoding that nobody knows',
    gives: 'error',
    answer: (format) =>
      http({ headers: { 'content-encoding': 'rot13' }, body: wholeText(format).toUpperCase() }),
  },
]

const broken: readonly Fault[] = [
  {
    name: 'JSON cut in the middle',
    gives: 'error',
    answer: (format) => {
      const text = wholeText(format)
      return http({ body: text.slice(0, text.length >> 1) })
    },
  },
  {
    name: 'a body that is shorter than promised',
    gives: 'error',
    answer: (format) => {
      const text = wholeText(format)
      return http({ body: text, length: text.length + 100 })
    },
  },
  {
    name: 'an error under status 200',
    gives: 'error',
    statuses: [500, 502, 503, 504],
    answer: (format) => http({ body: jsonText(formats[format].error) }),
  },
]

/** In the shape of somebody else. Shapes that can be read in two ways may be read as they are meant. */
const others: readonly Fault[] = (Object.keys(formats) as FormatName[]).map((other) => ({
  name: `it answers as ${other} would`,
  gives: 'either',
  ends: ['stop', null],
  counts: 'either',
  passes: true,
  answer: (format, stream) => {
    if (other === format) return null
    return stream ? streamed(other, events(other)) : http({ body: wholeText(other) })
  },
}))

const numbers: readonly Fault[] = (
  [
    ['NaN', raw('NaN'), 'either'],
    ['infinite', raw('1e999'), 'estimate'],
    ['negative', -5, 'estimate'],
    ['fractional', 7.25, 'estimate'],
    ['huge', 1e12, 'estimate'],
    ['beyond what numbers hold', raw('123456789012345678901234567890'), 'estimate'],
    ['words', 'many', 'estimate'],
    ['an empty text', '', 'estimate'],
    ['a list', [7], 'estimate'],
    ['an object', { total: 7 }, 'estimate'],
    ['true', true, 'estimate'],
    ['numbers as text', '7', 'either'],
    ['null', null, 'either'],
  ] as const
).map(([what, count, counts]) => ({
  name: `its counts are ${what}`,
  gives: 'either',
  counts,
  // A line that is no JSON is left out, and the reason for the end with it.
  ends: what === 'NaN' ? ['stop', null] : ['stop'],
  answer: changed({ counts: [count, count] }),
}))

const ends: readonly Fault[] = [
  {
    name: 'it does not count',
    gives: 'answer',
    counts: 'estimate',
    answer: changed({ counts: undefined }),
  },
  {
    name: 'it does not say why it ended',
    gives: 'either',
    ends: [null],
    counts: 'either',
    answer: changed({ finish: null }),
  },
  {
    name: 'it ended for a reason that nobody knows',
    gives: 'either',
    ends: ['error', 'another'],
    counts: 'either',
    answer: changed({ finish: 'banana' }),
  },
  {
    name: 'it ended by an error',
    gives: 'either',
    ends: ['error', 'another'],
    counts: 'either',
    answer: changed((format) => ({ finish: formats[format].words.error })),
  },
]

const empties: readonly Fault[] = (
  [
    [
      'no answer in the list of them',
      { choices: [], candidates: [], content: [], output: [], data: [], results: [] },
    ],
    ['no list of answers', { id: 'a', object: 'chat.completion', created: 1, model: 'large' }],
    [
      'a number for the list of answers',
      { choices: 1, candidates: 1, content: 1, output: 1, data: 1, results: 1 },
    ],
    [
      'null in the list of answers',
      { choices: [null], candidates: [null], data: [null], results: [null] },
    ],
    [
      'a text in the list of answers',
      { choices: ['x'], candidates: ['x'], output: 'x', data: ['x'], results: ['x'] },
    ],
  ] as const
).map(([what, shape]) => ({
  name: `it sends ${what}`,
  gives: 'error',
  answer: body(JSON.stringify(shape)),
}))

const tools: readonly Fault[] = (
  [
    ['a tool without an id', { id: undefined, name: 'look', arguments: '{"a":1}' }, 'answer'],
    ['a tool with an empty id', { id: '', name: 'look', arguments: '{"a":1}' }, 'answer'],
    ['a tool without a name', { id: 'call-1', name: undefined, arguments: '{}' }, 'error'],
    ['a tool with an empty name', { id: 'call-1', name: '', arguments: '{}' }, 'error'],
    ['a tool with broken arguments', { id: 'call-1', name: 'look', arguments: '{"a":' }, 'answer'],
  ] as const
).map(([what, tool, gives]) => ({
  name: `it calls ${what}`,
  gives,
  calls: 'a tool',
  passes: true,
  ends: ['tools', 'stop'],
  counts: 'vendor',
  answer: changed((format) => ({ tool, finish: formats[format].words.tools })),
}))

const streams: readonly Fault[] = [
  {
    name: 'two end marks',
    gives: 'answer',
    counts: 'vendor',
    answer: edited((list) => [...list, ...list.filter(({ is }) => is === 'end')]),
  },
  {
    name: 'words behind the end mark',
    gives: 'answer',
    counts: 'vendor',
    answer: (format: FormatName) =>
      format === 'gemini' // it has no end mark
        ? null
        : edited((list) => [...list, ...list.filter(({ is }) => is === 'content')])(format),
  },
  {
    name: 'an error behind the end mark',
    gives: 'answer',
    counts: 'vendor',
    answer: (format: FormatName) =>
      format === 'gemini' ? null : edited((list) => [...list, formats[format].errorEvent])(format),
  },
  {
    name: 'an error before the first words',
    gives: 'error',
    statuses: [500, 502, 503, 504],
    answer: edited((_, format) => [formats[format].errorEvent]),
  },
  {
    name: 'an error behind the first words',
    gives: 'error',
    answer: edited((list, format) => midway(formats[format].errorEvent)(list)),
  },
  {
    name: 'an end behind the first words, without a mark',
    gives: 'error',
    answer: edited((list) => list.slice(0, list.findIndex(({ is }) => is === 'content') + 1)),
  },
  {
    name: 'events that cannot be read among good ones',
    gives: 'answer',
    counts: 'vendor',
    answer: edited(
      midway(
        ...['{"choices":[{"del', 'null', '[]', '"x"', '7', 'keep-alive', '{}'].map(
          (data): Event => ({ is: 'content', name: 'odd', data }),
        ),
      ),
    ),
  },
  {
    name: 'an event of an unknown kind',
    gives: 'answer',
    counts: 'vendor',
    answer: edited(
      midway({ is: 'content', name: 'rumour', data: { type: 'rumour', said: 'nothing' } }),
    ),
  },
].map((fault) => ({ ...fault, of: 'stream' }) as Fault)

const statuses: readonly Fault[] = [
  ...['301 Moved Permanently', '302 Found', '307 Temporary Redirect', '304 Not Modified'].map(
    (status): Fault => ({
      name: `it answers ${status}`,
      gives: 'error',
      answer: () => http({ status, headers: { location: 'http://127.0.0.1:1/' }, body: '' }),
    }),
  ),
  {
    name: 'it answers 204 No Content',
    gives: 'error',
    answer: () => Buffer.from('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'),
  },
  {
    name: 'it answers 202 with a ticket',
    gives: 'error',
    answer: body('{"id":"job-1","status":"queued"}', { status: '202 Accepted' }),
  },
  {
    name: 'it answers 103 first',
    gives: 'answer',
    counts: 'vendor',
    answer: (format) =>
      http({
        before: 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n',
        body: wholeText(format),
      }),
  },
  {
    name: 'it answers 101 and nothing else',
    gives: 'error',
    answer: () => Buffer.from('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'),
  },
  {
    name: 'it closes without a word',
    gives: 'error',
    answer: () => Buffer.alloc(0),
  },
  {
    name: 'it does not speak HTTP',
    gives: 'error',
    answer: () => Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  },
]

export const faults: readonly Fault[] = [
  { name: 'nothing at all', gives: 'answer', counts: 'vendor', answer: changed({}) },
  ...bodies,
  ...types,
  ...packed,
  ...broken,
  ...others,
  ...numbers,
  ...ends,
  ...empties,
  ...tools,
  ...streams,
  ...statuses,
]

const long = 'long words '

/** What takes its time, and is tried with few. */
export const largeFaults: readonly Fault[] = [
  {
    name: 'an answer of 20 MB',
    gives: 'either',
    text: long.repeat(20_000_000 / long.length),
    counts: 'vendor',
    answer: changed({ text: long.repeat(20_000_000 / long.length) }),
  },
  {
    name: 'an answer of more than 64 MB',
    of: 'whole',
    gives: 'error',
    answer: (format) => http({ body: wholeText(format, { text: 'x'.repeat(65_000_000) }) }),
  },
]
