import { GatewayError, providerFailed } from '../../../src/core/errors.ts'
import { deltasOf, Fold } from '../../../src/core/fold.ts'
import { JsonFault, readJsonObject } from '../../../src/core/json.ts'
import { type Dialect, ProviderFault, type Quirks } from '../../../src/dialects/dialect.ts'
import { SseParser } from '../../../src/dialects/sse.ts'
import { oneOf } from '../part.ts'
import { cut, mutateBytes, mutateJson } from './mutate.ts'
import {
  chatDialects,
  models,
  place,
  quirksOf,
  type Samples,
  samples,
  sseWords,
  stamp,
} from './samples.ts'
import { attempt, bounded, Broken, type Target } from './target.ts'

/** Requests, answers and streams of every dialect. */
export const dialects: readonly Target[] = samples.flatMap((each) => [
  ...(each.requests.length > 0 ? [requestTarget(each)] : []),
  replyTarget(each),
  ...(each.streams.length > 0 ? [streamTarget(each)] : []),
])

/** A dialect as its providers speak it. */
const peculiar = new Map(samples.map(({ dialect }) => [dialect, quirksOf(dialect)]))
const allRequests = samples.flatMap((each) => each.requests)
const allReplies = samples.flatMap((each) => each.replies)

/** A stranger's request: read, understood, and written for a provider of the same or another dialect. */
function requestTarget({ dialect, requests }: Samples): Target {
  return {
    name: `${dialect.id}: requests`,
    weight: 3,
    run: (chance) => {
      const text = mutateJson(oneOf(requests, chance), allRequests, chance)
      const other = oneOf(chatDialects, chance)
      const to = chance() < 0.4 || dialect.operation !== 'chat' ? dialect : other
      attempt(text, [GatewayError, JsonFault], () => {
        const call = dialect.readCall(readJsonObject(text), place)
        if (typeof call.model !== 'string' || typeof call.stream !== 'boolean')
          throw new Broken(`reads the model as ${String(call.model)}`, text)
        if (!(call.inputTokensMax >= 0) || !Number.isSafeInteger(call.n) || call.n < 1)
          throw new Broken(`reads n as ${call.n}, tokens as ${call.inputTokensMax}`, text)
        if (
          call.maxTokens !== null &&
          !(Number.isSafeInteger(call.maxTokens) && call.maxTokens >= 0)
        )
          throw new Broken(`reads the most tokens as ${call.maxTokens}`, text)
        call.meaning()
        const quirks = oneOf(peculiar.get(to)!, chance)
        const target = { model: oneOf(models, chance), quirks, outputMax: 4_096 }
        const written = to.writeCall(call, target)
        if (written.encoded === undefined) wholeJson(written.text, text)
        bounded(text, written.text.length, `the call to ${to.id}`)
      })
    },
  }
}

function wholeJson(written: string, input: string): void {
  try {
    readJsonObject(written)
  } catch (error) {
    throw new Broken(`is sent on as what is no JSON: ${(error as Error).message}`, input)
  }
}

/** A provider's answer, in the dialect of whoever asked. */
function replyTarget({ dialect, replies }: Samples): Target {
  return {
    name: `${dialect.id}: answers`,
    weight: 3,
    run: (chance) => {
      const text = mutateJson(oneOf(replies, chance), allReplies, chance)
      const words = attempt(text, [], () => dialect.readError(text))!
      if (typeof words.message !== 'string') throw new Broken('an error without words', text)
      attempt(text, [ProviderFault], () => {
        const reply = dialect.readReply(
          text,
          oneOf(peculiar.get(dialect)!, chance),
          'application/json',
        )
        const to = reply.operation === 'chat' ? oneOf(chatDialects, chance) : dialect
        const written = to.writeReply(reply, aCallOf(to), stamp)
        bounded(text, written.length, `the answer in ${to.id}`)
        if (reply.operation === 'chat') writeAsStream(reply, to)
        checkCounts(reply.measured?.usage, text)
      })
    },
  }
}

function writeAsStream(reply: Parameters<typeof deltasOf>[0], to: Dialect): void {
  const writer = to.startWriting!(aCallOf(to), stamp)
  writer.write(deltasOf(reply))
  writer.end()
}

/** A provider's stream, at any cut, told on in another dialect as it comes. */
function streamTarget({ dialect, streams }: Samples): Target {
  const texts = streams.map((stream) => stream.toString('latin1'))
  return {
    name: `${dialect.id}: streams`,
    weight: 3,
    run: (chance) => {
      const isFramed = dialect.startParsing !== undefined
      const bytes =
        isFramed || chance() < 0.5
          ? mutateBytes(oneOf(streams, chance), streams, sseWords, chance)
          : withEventChanged(oneOf(texts, chance), chance)
      const to = oneOf(chatDialects, chance)
      const quirks = oneOf(peculiar.get(dialect)!, chance)
      const whole = readStream([bytes], dialect, quirks, to)
      const pieces = readStream(cut(bytes, chance), dialect, quirks, to)
      if (whole !== pieces) throw new Broken(`reads ${pieces} when cut, and ${whole} whole`, bytes)
      bounded(bytes, whole.length, 'what was read')
    },
  }
}

/** One or two events of a stream with their JSON changed, so that chance gets past the framing. */
function withEventChanged(stream: string, chance: () => number): Buffer {
  const events = stream.split('\n\n')
  for (let changes = 1 + Math.floor(chance() * 2); changes > 0; changes -= 1) {
    const at = Math.floor(chance() * events.length)
    const [, before, json] = /^((?:event: .*\n)?data: )(\{.*\})$/.exec(events[at]!) ?? []
    if (before !== undefined && json !== undefined && eventSamples.includes(json))
      events[at] = before + mutateJson(json, eventSamples, chance)
  }
  if (chance() < 0.2) events.splice(Math.floor(chance() * events.length), 1)
  if (chance() < 0.2) events.push(oneOf(events, chance))
  return Buffer.from(events.join('\n\n'))
}

const eventSamples = samples.flatMap(({ streams }) =>
  streams.flatMap((stream) =>
    [...stream.toString('latin1').matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => json!),
  ),
)

function readStream(
  pieces: readonly Buffer[],
  dialect: Dialect,
  quirks: Quirks,
  to: Dialect,
): string {
  const parser = dialect.startParsing?.() ?? new SseParser()
  const reader = dialect.startReading!(quirks)
  const writer = dialect.operation === 'chat' ? to.startWriting!(aCallOf(to), stamp) : null
  const fold = new Fold()
  let written = 0
  const input = Buffer.concat(pieces)
  const read = attempt(input, [ProviderFault], () => {
    for (const piece of pieces) {
      for (const { event } of parser.feed(piece)) {
        if (event === null || reader.ended) continue
        const deltas = reader.read(event) ?? []
        for (const delta of deltas) fold.take(delta)
        written += writer?.write(deltas).length ?? 0
      }
    }
    return true
  })
  if (writer !== null) {
    const error = providerFailed('acme', 'it broke off')
    const end = read === true ? writer.end() : (writer.fail?.(error, 'call') ?? '')
    bounded(input, written + end.length, `the stream in ${to.id}`)
  }
  const reply = attempt(input, [], () => fold.reply())!
  if (Object.getPrototypeOf(reply.extra) !== Object.prototype)
    throw new Broken('an answer took another prototype', input)
  checkCounts(fold.measured?.usage, input)
  return JSON.stringify([read === true, reader.ended, reply, fold.error?.message ?? null])
}

function checkCounts(
  usage: Readonly<Record<string, number>> | undefined,
  input: string | Buffer,
): void {
  for (const [kind, count] of Object.entries(usage ?? {})) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new Broken(`counts ${count} of ${kind}`, input)
  }
}

const calls = new Map<Dialect, ReturnType<Dialect['readCall']>>()

/** A call in a dialect, of which nothing is wrong. */
function aCallOf(dialect: Dialect): ReturnType<Dialect['readCall']> {
  let call = calls.get(dialect)
  if (call === undefined) {
    const [request] = samples.find((each) => each.dialect === dialect)?.requests ?? []
    const body = readJsonObject(request ?? '{"model":"task"}')
    const file = { field: 'file', name: 'a.wav', mediaType: 'audio/wav', bytes: new Uint8Array(44) }
    call = dialect.readCall(body, place, [file])
    calls.set(dialect, call)
  }
  return call
}
