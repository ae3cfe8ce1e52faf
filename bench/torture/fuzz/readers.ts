import { loadConfig } from '../../../src/config/load.ts'
import {
  durationMs,
  pace,
  plainNumber,
  sizeBytes,
  usdAmount,
  wholeNumber,
} from '../../../src/config/units.ts'
import { example, exampleEnv } from '../../../src/config/example.suite.ts'
import { instant } from '../../../src/core/clock.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { editJson, JsonFault, readJsonObject } from '../../../src/core/json.ts'
import { AwsEventStreamParser } from '../../../src/dialects/aws-event-stream.ts'
import { type EventParser, SseParser } from '../../../src/dialects/sse.ts'
import { ResponseFault } from '../../../src/gateway/upstream/response-fault.ts'
import { ResponseParser } from '../../../src/gateway/upstream/response-parser.ts'
import { compatible, providers } from '../../../src/providers/index.ts'
import { readMultipart } from '../../../src/server/multipart.ts'
import { oneOf } from '../part.ts'
import { cut, mutateBytes, mutateJson } from './mutate.ts'
import { httpAnswers, httpWords, samples, sseWords } from './samples.ts'
import { attempt, bounded, Broken, type Target } from './target.ts'

/** Readers that know no dialect: events, frames, answers of HTTP, JSON, forms, the configuration. */
export const readers: readonly Target[] = [
  parserTarget(
    'server-sent events',
    10,
    () => new SseParser(),
    (id) => id !== 'bedrock-converse',
  ),
  parserTarget(
    'aws event stream',
    8,
    () => new AwsEventStreamParser(),
    (id) => id === 'bedrock-converse',
  ),
  { name: 'http answers', weight: 10, run: readAnswer },
  { name: 'json', weight: 8, run: readJson },
  { name: 'forms', weight: 4, run: readForm },
  { name: 'units', weight: 4, run: readUnit },
  { name: 'configuration', weight: 0.3, run: readConfig },
]

function parserTarget(
  name: string,
  weight: number,
  start: () => EventParser,
  speaks: (dialect: string) => boolean,
): Target {
  const streams = samples
    .filter(({ dialect }) => speaks(dialect.id))
    .flatMap((each) => each.streams)
  return {
    name,
    weight,
    run: (chance) => {
      const bytes = mutateBytes(oneOf(streams, chance), streams, sseWords, chance)
      const whole = eventsIn([bytes], start)
      const pieces = eventsIn(cut(bytes, chance), start)
      if (whole !== pieces) throw new Broken(`reads ${pieces} when cut, and ${whole} whole`, bytes)
      bounded(bytes, whole.length, 'what was read')
    },
  }
}

function eventsIn(pieces: readonly Buffer[], start: () => EventParser): string {
  const parser = start()
  const events: unknown[] = []
  let raw = 0
  let length = 0
  for (const piece of pieces) {
    length += piece.length
    for (const block of attempt(piece, [], () => parser.feed(piece)) ?? []) {
      raw += block.raw.length
      if (block.event !== null) events.push(block.event)
    }
  }
  if (raw > length)
    throw new Broken(`blocks of ${raw} bytes out of ${length}`, Buffer.concat(pieces))
  return JSON.stringify(events)
}

function readAnswer(chance: () => number): void {
  const bytes = mutateBytes(oneOf(httpAnswers, chance), httpAnswers, httpWords, chance)
  const whole = answerIn([bytes])
  const pieces = answerIn(cut(bytes, chance))
  if (whole !== pieces) throw new Broken(`reads ${pieces} when cut, and ${whole} whole`, bytes)
}

/** What came of an answer. Which of several faults is found first may depend on the cut. */
function answerIn(pieces: readonly Buffer[]): string {
  let head = ''
  let body = ''
  let ended: boolean | null = null
  const say = (what: string): never => {
    throw new Broken(what, Buffer.concat(pieces))
  }
  const parser = new ResponseParser({
    head: (status, headers) => {
      if (head !== '') say('told of two heads')
      head = `${status} ${headers.get('x-some')}`
    },
    body: (bytes) => {
      if (head === '' || ended !== null) say('told of a body outside of an answer')
      body += Buffer.from(bytes).toString('latin1')
    },
    end: (reusable) => {
      if (ended !== null) say('ended twice')
      ended = reusable
    },
  })
  let fault = false
  for (const piece of pieces) {
    const read = attempt(piece, [ResponseFault], () => {
      parser.feed(piece)
      return true
    })
    if (read === undefined) {
      fault = true
      break
    }
  }
  const closed = fault ? false : parser.close()
  return JSON.stringify([head, body, ended, closed, fault])
}

const requests = samples.flatMap((each) => each.requests)
const requestBytes = requests.map((each) => Buffer.from(each))
const jsonWords = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '"__proto__":',
  'null',
  '1e999',
  '[[[[[[[[',
  '\u00a0',
  '//',
]

function readJson(chance: () => number): void {
  const text =
    chance() < 0.5
      ? mutateJson(oneOf(requests, chance), requests, chance)
      : mutateBytes(oneOf(requestBytes, chance), requestBytes, jsonWords, chance).toString()
  const read = attempt(text, [JsonFault], () => readJsonObject(text))
  if (read === undefined) return
  const plain = JSON.parse(text) as Record<string, unknown>
  if (JSON.stringify(read.value) !== JSON.stringify(plain))
    throw new Broken('reads another value', text)
  const keys = Object.keys(plain).toSorted()
  const told = read.members.map(({ key }) => key).toSorted()
  if (JSON.stringify(keys) !== JSON.stringify(told))
    throw new Broken(`found the members ${told}`, text)
  const name = keys.length === 0 ? 'new' : oneOf(keys, chance)
  const isRemoved = chance() < 0.5
  const edited = editJson(read, new Map([[name, isRemoved ? null : '"edited"']]))
  const value = attempt(edited, [], () => JSON.parse(edited) as Record<string, unknown>)!
  const wanted = new Map(Object.entries(plain))
  if (isRemoved) wanted.delete(name)
  else wanted.set(name, 'edited')
  const sorted = (entries: readonly (readonly [string, unknown])[]): string =>
    JSON.stringify(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
  if (sorted(Object.entries(value)) !== sorted([...wanted]))
    throw new Broken(`edited at ${name} it is ${edited}`, text)
}

const form = Buffer.from(
  '--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\ntask\r\n--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\0\0\r\n--edge--\r\n',
  'latin1',
)
const formWords = [
  '--edge',
  '--edge--',
  '\r\n',
  '\n',
  '; name="a"',
  "; filename*=UTF-8''a",
  'Content-Type: x\r\n',
  '"',
  '\\"',
  '__proto__',
]

function readForm(chance: () => number): void {
  const bytes = mutateBytes(form, [form], formWords, chance)
  const read = attempt(bytes, [GatewayError], () =>
    readMultipart(bytes, 'multipart/form-data; boundary=edge'),
  )
  if (read === undefined) return
  const length = [
    ...read.texts.map(([, text]) => text.length),
    ...read.files.map((file) => file.bytes.length),
  ]
  if (length.reduce((sum, each) => sum + each, 0) > bytes.length)
    throw new Broken('holds more than it was given', bytes)
}

const units = [
  '2s',
  '1.5h',
  '30d',
  '32MB',
  '0.5 GB',
  '50 USD',
  '0.000001 USD',
  '600/min',
  '8 / day',
  '0.25',
  '9',
]
const unitBytes = units.map((each) => Buffer.from(each))
const unitWords = [
  'e9',
  '.',
  '-',
  '+',
  '_',
  ' ',
  '0'.repeat(20),
  '٣',
  'USD',
  '/min',
  'constructor',
  '\0',
  '\n',
]

function readUnit(chance: () => number): void {
  const text = mutateBytes(oneOf(unitBytes, chance), unitBytes, unitWords, chance).toString()
  attempt(text, [], () => {
    const numbers = [
      durationMs(text),
      sizeBytes(text),
      plainNumber(text),
      wholeNumber(text),
      pace(text)?.count ?? null,
    ]
    for (const number of numbers) {
      if (number !== null && !(Number.isFinite(number) && number >= 0))
        throw new Broken(`is read as ${number}`, text)
    }
    const amount = usdAmount(text)
    if (amount !== null && amount < 0n) throw new Broken(`is read as ${amount}`, text)
  })
}

const yaml = Buffer.from(example)
const shorter = Buffer.from(
  'providers:\n  deepseek: { api_keys: [a, b] }\n  own: { type: vllm, base_url: http://127.0.0.1:1/v1 }\ntasks:\n  a: deepseek/deepseek-v4-flash\n  b: { models: [own/x, own/y], timeouts: { idle: 2s } }\nfeatures: { f: { rate: { requests: 3/s } } }\n',
)
const yamlWords = [
  '\n',
  '  ',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '<<: *a',
  '|\n',
  '>-\n',
  '"',
  "'",
  '#',
  '!!js ',
  '${NAME}',
  '${',
  '__proto__: {}',
  'constructor: 1',
  'null',
  '? ',
  '\t',
  '%YAML 1.1\n',
  '---\n',
  '...\n',
  '1e999',
  '-1',
  'sim',
  '\u2028',
]
const world = {
  env: { ...exampleEnv, NAME: 'x' },
  providers,
  compatible,
  now: instant('2026-11-21'),
}

function readConfig(chance: () => number): void {
  const bytes = mutateBytes(chance() < 0.3 ? yaml : shorter, [yaml, shorter], yamlWords, chance)
  const text = bytes.toString()
  const loaded = attempt(text, [], () => loadConfig({ text, path: '/etc/freehold.yaml' }, world))
  if (loaded === undefined || !('errors' in loaded)) return
  if (loaded.errors.length === 0 || loaded.errors.length > 50)
    throw new Broken(`tells of ${loaded.errors.length} errors`, text)
  const said = JSON.stringify(loaded.errors)
  for (const secret of [exampleEnv.ADMIN_KEY, exampleEnv.WEB_KEY, exampleEnv.DEEPSEEK_API_KEY]) {
    if (said.includes(secret)) throw new Broken(`tells a key: ${said}`, text)
  }
  bounded(text, said.length, 'what is said of it')
}
