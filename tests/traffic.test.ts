import { describe, expect, test } from 'bun:test'
import type { Call } from '../src/core/call.ts'
import { Fold } from '../src/core/fold.ts'
import type { ChatReply, Reply } from '../src/core/reply.ts'
import { anthropicMessages } from '../src/dialects/anthropic-messages/index.ts'
import { cohereChat } from '../src/dialects/cohere-chat/index.ts'
import { bedrockConverse } from '../src/dialects/bedrock-converse/index.ts'
import { type Dialect, ProviderFault, type ProviderWords } from '../src/dialects/dialect.ts'
import {
  aCall,
  aStamp,
  callOf,
  foldStream,
  isFailureIn,
  meaningIn,
  meaningOf,
  placeOf,
  readStream,
  textOf,
  writeStream,
} from '../src/dialects/meaning.suite.ts'
import { gemini } from '../src/dialects/gemini/index.ts'
import { geminiEmbedContent, geminiEmbeddings } from '../src/dialects/gemini-embeddings/index.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../src/dialects/openai-embeddings/index.ts'
import { openaiResponses } from '../src/dialects/openai-responses/index.ts'
import { SseParser } from '../src/dialects/sse.ts'
import { usedKinds } from '../src/dialects/usage.ts'
import { doorFor } from '../src/gateway/pipeline/request.ts'
import type { LiveProvider } from '../src/gateway/pipeline/snapshot.ts'
import { withUsableCalls } from '../src/gateway/pipeline/tell-calls.ts'
import { classify, errorOf, retryAfterMs } from '../src/providers/classify.ts'
import { compatible, providers } from '../src/providers/index.ts'
import type { Door, Provider } from '../src/providers/provider.ts'
import {
  bytesOf,
  type Exchange,
  type Out,
  owed,
  type Shows,
  trafficOf,
} from './traffic/exchange.ts'

/** Each provider's own traffic, from simulator/traffic: asked, answered and told on as it is written there. */

const callers = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  cohereChat,
  gemini,
  bedrockConverse,
]
const embedders = [openaiEmbeddings, geminiEmbeddings, geminiEmbedContent]
const nowMs = Date.parse('2026-11-21T12:00:00Z')
/** The simulator's own traffic is held to account by its own tests. */
const everyone = [...providers.values(), ...compatible.values()].filter(({ id }) => id !== 'sim')

for (const provider of everyone) {
  describe(provider.id, () => {
    const traffic = trafficOf(provider)

    test('has its traffic: each kind of exchange, or the reason why not', () => {
      if (traffic === null) throw new Error(`simulator/traffic/${provider.id}.json is missing`)
      expect(traffic.provider).toBe(provider.id)
      expect(traffic.source).toMatch(/ \(read \d{4}-\d{2}-\d{2}\)$/)
      const shown = new Set(traffic.exchanges.map(({ shows }) => shows))
      const owes: Shows[] = [...owed, ...(provider.doors.embed ? (['embeddings'] as const) : [])]
      expect(owes.filter((shows) => !shown.has(shows) && !traffic.without?.[shows])).toEqual([])
      expect(owes.filter((shows) => shown.has(shows) && traffic.without?.[shows])).toEqual([])
    })

    for (const exchange of traffic?.exchanges ?? []) {
      test(exchange.name, () => {
        check(provider, { model: traffic!.model, ...exchange })
      })
    }
  })
}

type Asked = Exchange & { readonly model: string }

function check(provider: Provider, exchange: Asked): void {
  const { response, out } = exchange
  const call = callFor(exchange)
  const facts = { id: provider.id, facts: provider, baseUrlOverridden: false }
  const door = doorFor(facts as LiveProvider, call, exchange.model)
  const target = { model: exchange.model, quirks: door.quirks ?? {}, outputMax: null }
  if (response === undefined) {
    expect(() => door.dialect.writeCall(call, target)).toThrow(
      expect.objectContaining({ code: out.error, again: 'elsewhere' }),
    )
    return
  }
  checkSent(exchange, call, door.dialect.writeCall(call, target))
  const bytes = bytesOf(response)
  const { status = 200, headers = {} } = response
  if (status >= 400) {
    const words = door.dialect.readError(Buffer.from(bytes).toString(), new Headers(headers))
    checkError(provider, exchange, status, words, new Headers(headers))
    return
  }
  if (response.stream !== undefined) checkStream(provider, exchange, door, bytes)
  else checkWhole(provider, exchange, door, Buffer.from(bytes).toString())
}

const question = { messages: [{ role: 'user', content: 'Name a prime above ten.' }] }

function callFor({ from, shows, request = question }: Asked): Call {
  const own = shows === 'embeddings' ? openaiEmbeddings : openaiChat
  const dialect = [...callers, ...embedders].find(({ id }) => id === from) ?? own
  if (dialect === bedrockConverse) return callOf(dialect, request, placeOf('task'))
  return callOf(dialect, { model: 'task', ...request })
}

function checkSent(
  { request = question, sent = {}, model }: Asked,
  call: Call,
  written: { readonly text: string; readonly adapted: readonly string[] },
): void {
  const lacking = sent.lacks ?? []
  const kept = Object.entries(request).filter(([name]) => !lacking.includes(name))
  expect(call.model).toBe('task')
  // Its path names the model, and no body of it does.
  const named = call.dialect === bedrockConverse.id ? {} : { model }
  expect(JSON.parse(written.text)).toEqual(
    sent.body ?? { ...Object.fromEntries(kept), ...named, ...sent.has },
  )
  expect(written.adapted).toEqual([...(sent.adapted ?? [])])
}

function checkWhole(provider: Provider, exchange: Asked, door: Door, text: string): void {
  const { dialect, quirks = {} } = door
  const reply = orFault(() => dialect.readReply(text, quirks))
  if (reply instanceof ProviderFault) return checkFault(provider, exchange, reply)
  checkReply(reply, exchange.out)
  if (reply.operation === 'chat') return checkTold(reply)
  if (reply.operation !== 'embed') throw new Error(`no check for ${reply.operation}`)
  const again = dialect.readReply(dialect.writeReply(reply, aCall(dialect), aStamp), {})
  expect(again).toMatchObject({ vectors: reply.vectors, model: reply.model })
}

function checkStream(
  provider: Provider,
  exchange: Asked,
  { dialect, quirks = {} }: Door,
  bytes: Uint8Array,
): void {
  const { out } = exchange
  checkCuts(bytes, dialect)
  const whole = new Fold()
  const pieces = new Fold()
  const fault = orFault(() => readStream(bytes, dialect, quirks, whole))
  const faultToo = orFault(() => readStream(eachByte(bytes), dialect, quirks, pieces))
  expect(pieces.reply()).toEqual(whole.reply())
  checkReply(whole.reply(), out)
  if (fault instanceof ProviderFault) {
    expect((faultToo as ProviderFault).words).toEqual(fault.words)
    return checkFault(provider, exchange, fault)
  }
  expect(whole.finished).toBe(out.cut !== true)
  if (whole.finished) checkTold(whole.reply())
}

/** The same events wherever the bytes are cut in two. */
function checkCuts(bytes: Uint8Array, dialect: Dialect): void {
  const whole = JSON.stringify(eventsOf([bytes], dialect))
  for (let at = 1; at < bytes.length; at += 1) {
    const cut = JSON.stringify(eventsOf([bytes.subarray(0, at), bytes.subarray(at)], dialect))
    if (cut !== whole) expect({ at, cut }).toEqual({ at, cut: whole })
  }
}

function eventsOf(pieces: readonly Uint8Array[], dialect: Dialect): unknown[] {
  const parser = dialect.startParsing?.() ?? new SseParser()
  return pieces.flatMap((piece) => parser.feed(piece).flatMap(({ event }) => event ?? []))
}

function eachByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => new Uint8Array([byte]))
}

function checkReply(reply: Reply, out: Out): void {
  if (reply.operation === 'embed') {
    expect(reply.vectors).toEqual(out.vectors ?? [])
    expect(reply.measured && usedKinds(reply.measured.usage)).toEqual(out.usage ?? null)
    return
  }
  if (reply.operation !== 'chat') throw new Error(`no check for ${reply.operation}`)
  const [choice] = reply.choices
  const parts = choice?.parts ?? []
  const said = {
    text: textOf(parts, ['text']),
    reasoning: textOf(parts, ['reasoning']),
    refusal: textOf(parts, ['refusal']),
    calls: parts.flatMap((part) =>
      part.type === 'toolCall'
        ? [{ id: part.id, name: part.name, input: inputOf(part.arguments) }]
        : [],
    ),
    seals: parts.flatMap((part) =>
      'signature' in part ? (part.signature ?? ('sealed' in part ? part.sealed : null) ?? []) : [],
    ),
    finish: choice?.ending?.finish ?? null,
    usage: reply.measured && usedKinds(reply.measured.usage),
    counted: reply.measured?.source ?? null,
    costUsd: reply.measured?.reportedUsd ?? null,
  }
  expect(said).toEqual({
    text: out.text ?? '',
    reasoning: out.reasoning ?? '',
    refusal: out.refusal ?? '',
    calls: [...(out.calls ?? [])],
    seals: [...(out.seals ?? [])],
    finish: out.finish ?? null,
    usage: out.usage ?? null,
    counted: out.counted ?? (out.usage ? 'provider' : null),
    costUsd: out.costUsd ?? null,
  })
  expect(reply.measured?.clamped ?? false).toBe(false)
  if (out.model !== undefined) expect(reply.model).toBe(out.model)
  if (out.word !== undefined) expect(choice?.ending?.word ?? null).toBe(out.word)
  expect(choice?.ending?.stopSequence ?? null).toBe(out.stopSequence ?? null)
}

/** The text itself where a call was broken off. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Every caller gets the same meaning, whole or streamed; calls of tools that lack an id with one. */
function checkTold(read: ChatReply): void {
  const reply = withUsableCalls(read, 'call_made-1')
  for (const dialect of callers) {
    if (isFailureIn(reply, dialect)) {
      const told = Buffer.from(writeStream(reply, dialect))
      expect(() => foldStream(told, dialect)).toThrow(ProviderFault)
      continue
    }
    const expected = meaningIn(reply, dialect)
    const whole = dialect.readReply(dialect.writeReply(reply, aCall(dialect), aStamp), {})
    expect(meaningOf(whole, dialect)).toEqual(expected)
    const streamed = foldStream(Buffer.from(writeStream(reply, dialect)), dialect)
    expect(meaningOf(streamed, dialect)).toEqual(expected)
  }
}

function checkFault(provider: Provider, exchange: Asked, { words, message }: ProviderFault): void {
  if (words === null) throw new Error(`no words in: ${message}`)
  checkError(provider, exchange, 200, words, new Headers())
}

function checkError(
  provider: Provider,
  { out, model }: Asked,
  status: number,
  words: ProviderWords,
  headers: Headers,
): void {
  const meaning = classify(provider, status, words)
  const error = errorOf(meaning, provider.id, model, status, words)
  const waitMs = retryAfterMs(headers, nowMs) ?? provider.waitMs?.(headers, words) ?? null
  expect({ error: meaning, told: error.status, waitMs }).toEqual({
    error: out.error as typeof meaning,
    told: out.told ?? error.status,
    waitMs: out.waitMs ?? null,
  })
  expect(words.message).not.toMatch(/^$|^[[{]|^it said nothing$/)
  for (const caller of callers) {
    expect(caller.readError(caller.writeError(error, 'call')).message).toBe(error.message)
  }
}

function orFault<Read>(read: () => Read): Read | ProviderFault {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProviderFault) return error
    throw error
  }
}
