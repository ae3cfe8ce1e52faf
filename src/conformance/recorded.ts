import { type ChatReply, isContent, type Reply, type ReplyPart } from '../core/reply.ts'
import { kinds, type Kind } from '../core/usage.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { writeFrame } from '../dialects/aws-event-stream.ts'
import { SseParser } from '../dialects/sse.ts'
import type { Door, ErrorClass, Provider } from '../providers/provider.ts'
import { ask, type Asked, type Seen } from './asker.ts'
import { type Check, failed, none, type Outcome, passed, type Trial } from './matrix.ts'
import { type Recording, type RecordedUpstream } from './recorded-upstream.ts'
import { bytesOf, type Exchange, type Out, type Shows, type Traffic } from './traffic.ts'

export interface RecordedRun extends Asked {
  readonly upstream: RecordedUpstream
  /** By id; the caller's dialect of an exchange. */
  readonly dialects: ReadonlyMap<string, Dialect>
  readonly signal: AbortSignal
  /** Called before each exchange, which nothing of the ones before may hold up. */
  readonly begins: () => void
}

/** Plays every recorded exchange of a provider through a gateway, and looks at what its caller sees. */
export async function* tryRecorded(
  provider: Provider,
  traffic: Traffic,
  run: RecordedRun,
): AsyncGenerator<Trial> {
  for (const exchange of traffic.exchanges) {
    if (run.signal.aborted) return
    const tried = { provider: provider.id, checks: checksOf(exchange), name: exchange.name }
    if (tried.checks.length === 0) continue
    const outcome = await settled(() => tryExchange(provider, traffic, exchange, run))
    yield { ...tried, outcome }
  }
  const streamed = traffic.exchanges.find(isPlainStream)
  if (streamed) {
    const outcome = await settled(() => tryAbort(provider, traffic, streamed, run))
    yield { provider: provider.id, checks: ['abort'], name: `abort: ${streamed.name}`, outcome }
  }
  for (const [shows, why] of Object.entries(traffic.without ?? {})) {
    const check = columns[shows as Shows]
    if (check !== null) {
      yield { provider: provider.id, checks: [check], name: shows, outcome: none(why) }
    }
  }
}

const columns = {
  plain: 'chat',
  stream: 'stream',
  tools: 'tools',
  reasoning: 'reasoning',
  cached: 'cached',
  embeddings: 'embeddings',
  rate: 'errors',
  quota: 'errors',
  overload: 'errors',
  key: 'errors',
  context: 'errors',
  content: 'errors',
  retired: 'errors',
  vendor: 'errors',
  caller: 'errors',
  cut: 'errors',
  'fault under 200': 'errors',
  'fault in the stream': 'errors',
  'refused here': null,
} satisfies Record<Shows, Check | null>

/** Every column that an exchange says something of. */
function checksOf({ shows, request = {}, response, out }: Exchange): readonly Check[] {
  const found = new Set<Check>()
  const column = columns[shows]
  if (out.error !== undefined || out.cut === true) return column === null ? [] : ['errors']
  if (column !== null) found.add(column)
  if (shows === 'embeddings') return [...found]
  found.add(response?.stream === undefined ? 'chat' : 'stream')
  const calls = out.calls?.length ?? 0
  if (calls > 0) found.add('tools')
  if (calls > 1) found.add('parallel tools')
  const text = JSON.stringify(request)
  if (/"type":"(?:image|image_url|input_image)"/.test(text)) found.add('image')
  if (/"(?:json_schema|responseSchema|responseJsonSchema)"/.test(text)) found.add('schema')
  if ((out.reasoning ?? '') !== '' || (out.usage?.reasoning ?? 0) > 0) found.add('reasoning')
  if ((out.usage?.cacheRead ?? 0) > 0) found.add('cached')
  return [...found]
}

function isPlainStream({ shows, response, out, model }: Exchange): boolean {
  return (
    shows === 'stream' &&
    response?.stream !== undefined &&
    (out.text ?? '') !== '' &&
    out.error === undefined &&
    model === undefined
  )
}

async function settled(attempt: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await attempt()
  } catch (error) {
    return failed((error as Error).message.slice(0, 300))
  }
}

const question = { messages: [{ role: 'user', content: 'Name a prime above ten.' }] }

async function tryExchange(
  provider: Provider,
  traffic: Traffic,
  exchange: Exchange,
  run: RecordedRun,
): Promise<Outcome> {
  const { response, out } = exchange
  run.begins()
  if (response) run.upstream.play(recordingOf(response, out))
  const dialect = dialectOf(exchange, run)
  const request = requestOf(provider, traffic, exchange)
  const limit = AbortSignal.any([run.signal, AbortSignal.timeout(answerMs)])
  const seen = await ask(run, dialect, request, limit, {
    streams: response?.stream !== undefined,
    quirks: doorOf(provider, dialect)?.quirks ?? {},
  })
  if (out.error !== undefined) return checkError(seen, out)
  if (isFailedUnsaid(out)) return checkError(seen, { ...out, error: 'vendor' })
  if (out.cut === true) return seen.whole ? failed('a broken stream ended as if whole') : passed()
  if (seen.error !== null) return failed(`status ${seen.status}: ${seen.error.message}`)
  if (seen.reply === null) return failed(`status ${seen.status} without an answer`)
  const differences = differencesOf(seen.reply, out)
  if (differences.length > 0) return failed(differences.join('; '))
  return passed(seen.adapted)
}

/** It ended in an error before it said anything: then another model would be asked, and here there is none. */
function isFailedUnsaid({ finish, text = '', reasoning = '', calls = [] }: Out): boolean {
  return finish === 'error' && text === '' && reasoning === '' && calls.length === 0
}

function dialectOf({ from, shows }: Exchange, { dialects }: RecordedRun): Dialect {
  const id = from ?? (shows === 'embeddings' ? 'openai-embeddings' : 'openai-chat')
  const dialect = dialects.get(id)
  if (!dialect) throw new Error(`Callers do not speak ${id} here.`)
  return dialect
}

function requestOf(
  provider: Provider,
  traffic: Traffic,
  { model = traffic.model, request = question }: Exchange,
): Readonly<Record<string, unknown>> {
  return { model: `${provider.id}/${model}`, ...request }
}

function recordingOf(response: NonNullable<Exchange['response']>, out: Out): Recording {
  const type = response.stream === undefined ? 'application/json' : 'text/event-stream'
  return {
    status: response.status ?? 200,
    headers: { 'content-type': type, ...response.headers },
    pieces: [bytesOf(response, frame)],
    breaksOff: out.cut === true,
    goesSilent: false,
  }
}

/** The door by which a caller's own dialect is passed on untouched. */
function doorOf({ doors }: Provider, caller: Dialect): Door | undefined {
  const own = Object.values(doors).flat()
  return own.find(({ dialect }) => dialect.id === caller.id)
}

/** What each class of error is to a caller. */
const statuses = {
  caller: null,
  context: 400,
  content: 400,
  key: 502,
  quota: 503,
  arrears: 503,
  rate: 429,
  overload: 503,
  vendor: 502,
  retired: 404,
  unsupported_content: 400,
} satisfies Record<ErrorClass | 'unsupported_content', number | null>

function checkError({ status, error, requestId }: Seen, { error: kind, told }: Out): Outcome {
  if (error === null) return failed(`an error (${kind}) was passed on as an answer`)
  // An error in a stream comes behind the status.
  const expected = told ?? statuses[kind!]
  if (status !== 200 && expected !== null && status !== expected)
    return failed(`the caller saw ${status}, not ${expected}: ${error.message}`)
  if (error.message === '') return failed('the error says nothing')
  if (requestId === null) return failed('the error has no request id')
  return passed()
}

/** What of an answer came otherwise than it was recorded; empty when nothing did. */
function differencesOf(reply: Reply, out: Out): string[] {
  if (reply.operation === 'embed') {
    return same('vectors', reply.vectors, out.vectors ?? [])
  }
  if (reply.operation !== 'chat') return [`an answer to ${reply.operation}`]
  const [choice] = reply.choices
  const parts = choice?.parts ?? []
  return [
    ...same(
      'text',
      textOf(parts, 'text') + textOf(parts, 'refusal'),
      (out.text ?? '') + (out.refusal ?? ''),
    ),
    ...same(
      'tool calls',
      callsOf(parts),
      (out.calls ?? []).map(({ name, input }) => [name, input]),
    ),
    ...same('finish', choice?.ending?.finish ?? null, out.finish ?? null),
    ...usageDifferences(reply, out),
  ]
}

function same(what: string, seen: unknown, recorded: unknown): string[] {
  const [left, right] = [JSON.stringify(seen), JSON.stringify(recorded)]
  return left === right ? [] : [`${what}: ${left.slice(0, 120)} instead of ${right.slice(0, 120)}`]
}

/** Callers' dialects do not tell all kinds apart: both sides have to add up. */
function usageDifferences({ measured }: ChatReply, { usage }: Out): string[] {
  if (usage === null || usage === undefined || measured === null) return []
  const sum = (of: Partial<Record<Kind, number>>, wanted: readonly Kind[]): number =>
    wanted.reduce((total, kind) => total + (of[kind] ?? 0), 0)
  return [
    ...same('tokens in', sum(measured.usage, inputs), sum(usage, inputs)),
    ...same('tokens out', sum(measured.usage, outputs), sum(usage, outputs)),
  ]
}

const outputs: readonly Kind[] = ['output', 'reasoning', 'audioOut']
const inputs: readonly Kind[] = kinds.filter((kind) =>
  ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'audioIn'].includes(kind),
)

function textOf(parts: readonly ReplyPart[], type: 'text' | 'refusal'): string {
  return parts.map((part) => (part.type === type ? part.text : '')).join('')
}

function callsOf(parts: readonly ReplyPart[]): [string, unknown][] {
  return parts.flatMap((part): [string, unknown][] =>
    part.type === 'toolCall' ? [[part.name, inputOf(part.arguments)]] : [],
  )
}

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The caller leaves in the middle of a stream: the gateway has to let go of the provider. */
async function tryAbort(
  provider: Provider,
  traffic: Traffic,
  exchange: Exchange,
  run: RecordedRun,
): Promise<Outcome> {
  const { response, out } = exchange
  run.begins()
  const caller = dialectOf(exchange, run)
  const begun = upToContent(bytesOf(response!, frame), provider, caller)
  if (begun === null) return failed('the recorded stream has no content')
  run.upstream.play({ ...recordingOf(response!, out), pieces: [begun], goesSilent: true })
  const leaving = new AbortController()
  const request = requestOf(provider, traffic, exchange)
  const answer = await fetch(run.url + run.pathOf(caller, request, true), {
    method: 'POST',
    headers: { authorization: `Bearer ${run.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(answerMs)]),
  })
  await answer.body?.getReader().read()
  leaving.abort()
  for (let tries = 0; tries < 100 && !run.upstream.cancelled; tries += 1) await Bun.sleep(10)
  return run.upstream.cancelled
    ? passed()
    : failed('the provider was not let go of within a second')
}

function frame(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const typed = Object.entries(headers).map(
    ([name, value]) => [name, { type: 'string', value }] as const,
  )
  return writeFrame({ headers: new Map(typed), payload: Buffer.from(payload) })
}

/** Recordings answer at once: what takes longer hangs. */
const answerMs = 10_000

/** A stream up to and with its first content; null when it has none. */
function upToContent(bytes: Uint8Array, provider: Provider, caller: Dialect): Uint8Array | null {
  const spoken = doorOf(provider, caller) ?? provider.doors.chat?.[0]
  if (!spoken?.dialect.startReading) return null
  const reader = spoken.dialect.startReading(spoken.quirks ?? {})
  const parser = spoken.dialect.startParsing?.() ?? new SseParser()
  let length = 0
  for (const { raw, event } of parser.feed(bytes)) {
    length += raw.length
    if (event !== null && reader.read(event)?.some(isContent) === true)
      return bytes.subarray(0, length)
  }
  return null
}
