import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { noExtra } from '../core/call.ts'
import { deltasOf, Fold } from '../core/fold.ts'
import { readJsonObject } from '../core/json.ts'
import { seeded } from '../core/random.ts'
import type { ChatReply, Reply, ReplyPart } from '../core/reply.ts'
import type { Usage } from '../core/usage.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { type Dialect, ProviderFault, type Quirks, type Stamp } from './dialect.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiEmbeddings } from './openai-embeddings/index.ts'
import { SseParser } from './sse.ts'

/** Recorded exchanges of real vendors; see the test's own words when the folder is not there. */
const folder = '../shared/data/fixtures/vendor-traffic'

interface Exchange {
  readonly id: string
  readonly provider: string
  readonly dialect: string
  readonly stream: boolean
  readonly status: number
  readonly req: { readonly method: string; readonly url: string; readonly body: unknown } | null
  readonly res: { readonly body: unknown; readonly bodyB64?: string }
}

/** Which of our dialects reads the files of each recorded one. */
const readers: Readonly<Record<string, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiChat,
  'anthropic-messages': anthropicMessages,
  embeddings: openaiEmbeddings,
}

/** Exchanges that these dialects do not read, each with its reason. Nothing else may fail. */
const exceptions: readonly {
  readonly why: string
  readonly fits: (exchange: Exchange) => boolean
}[] = [
  {
    why: "OpenAI's assistants (threads, runs), filed under anthropic-messages: another API",
    fits: ({ dialect, provider }) => dialect === 'anthropic-messages' && provider === 'openai',
  },
  {
    why: 'native embeddings of Cohere, Gemini and Vertex: dialects of their own',
    fits: ({ dialect, provider }) =>
      dialect === 'embeddings' && ['cohere', 'gemini', 'vertexai'].includes(provider),
  },
]

const exchanges = existsSync(folder) ? load() : []
const stamp: Stamp = { callId: 'call', nowS: 1_760_000_000, model: 'vendor/model' }
const quirks: Quirks = {}
const chatDialects = [openaiChat, anthropicMessages]

describe('recorded vendor traffic', () => {
  test.if(exchanges.length === 0)(
    'is not here: clone the fixtures beside the project to run it',
    () => {
      expect(exchanges).toEqual([])
    },
  )

  test.if(exchanges.length > 0)('is read and written back with its meaning kept', () => {
    const tally = new Tally()
    for (const exchange of exchanges) {
      const excepted = exceptions.find(({ fits }) => fits(exchange))
      if (excepted) tally.except(exchange, excepted.why)
      else tally.try(exchange, () => checkAnswer(exchange))
    }
    tally.print('answers')
    expect(tally.failures).toEqual([])
  })

  test.if(exchanges.length > 0)(
    'means the same however a stream is cut',
    () => {
      const tally = new Tally()
      for (const exchange of exchanges) {
        if (!isStream(exchange) || exceptions.some(({ fits }) => fits(exchange))) continue
        tally.try(exchange, () => checkCuts(exchange))
      }
      tally.print('cut streams')
      expect(tally.failures).toEqual([])
    },
    120_000,
  )

  test.if(exchanges.length > 0)('asks the same in its own dialect and in the other', () => {
    const tally = new Tally()
    for (const exchange of exchanges) {
      if (exceptions.some(({ fits }) => fits(exchange))) continue
      if (
        !exchange.req ||
        typeof exchange.req.body !== 'object' ||
        exchange.dialect === 'openai-completions'
      )
        continue
      tally.try(exchange, () => checkCall(exchange))
    }
    tally.print('requests')
    expect(tally.failures).toEqual([])
  })
})

function checkAnswer(exchange: Exchange): void {
  const dialect = readers[exchange.dialect]!
  if (exchange.status >= 400) {
    const words = dialect.readError(bodyText(exchange))
    expect(words.message.length).toBeGreaterThan(5)
    return
  }
  const read = readAnswer(exchange, dialect)
  if (read instanceof ProviderFault) {
    expect(read.words?.message).toBeString()
    return
  }
  checkAgainstWire(exchange, read)
  if (read.operation === 'embed') {
    const again = dialect.readReply(dialect.writeReply(read, aCall(dialect), stamp), quirks)
    expect(again).toMatchObject({ vectors: read.vectors, model: read.model })
    expect(again.measured?.usage).toEqual(read.measured?.usage)
    return
  }
  for (const other of chatDialects) {
    const whole = other.readReply(other.writeReply(read, aCall(other), stamp), quirks)
    expect(meaningOf(whole, other)).toEqual(meaningIn(read, other))
    const streamed = readStream(Buffer.from(writeStream(read, other)), other)
    expect(meaningOf(streamed, other)).toEqual(meaningIn(read, other))
  }
}

/** The vendor's own JSON, looked at without the reader under test. */
function checkAgainstWire(exchange: Exchange, reply: Reply): void {
  if (isStream(exchange)) {
    if (reply.operation === 'chat') checkAgainstEvents(bodyText(exchange), reply)
    return
  }
  if (typeof exchange.res.body !== 'object') return
  const wire = exchange.res.body as {
    choices?: { message?: { content?: unknown; tool_calls?: unknown[] | null }; text?: string }[]
    content?: { type: string; text?: string }[]
    usage?: { completion_tokens?: number; output_tokens?: number } | null
    data?: { embedding: unknown }[]
  }
  if (reply.operation === 'embed') {
    expect(reply.vectors).toEqual(wire.data!.map((item) => item.embedding as number[]))
    return
  }
  const [choice] = reply.choices
  const text = choice?.parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('')
  const said = wire.choices?.[0]?.message?.content ?? wire.choices?.[0]?.text
  if (typeof said === 'string') expect(text).toBe(said)
  if (wire.content) {
    expect(text).toBe(
      wire.content.flatMap((block) => (block.type === 'text' ? block.text! : [])).join(''),
    )
  }
  const calls = wire.choices?.[0]?.message?.tool_calls
  if (Array.isArray(calls)) {
    expect(choice?.parts.filter((part) => part.type === 'toolCall').length).toBe(calls.length)
  }
  const out = wire.usage?.completion_tokens ?? wire.usage?.output_tokens
  if (typeof out === 'number' && reply.measured && !reply.measured.clamped) {
    const { output, reasoning, audioOut } = reply.measured.usage
    expect([out, out + reasoning]).toContain(output + reasoning + audioOut)
  }
}

/** All texts of a stream's first answer, picked out of its events by the names of their fields alone. */
function checkAgainstEvents(stream: string, reply: ChatReply): void {
  const events = stream
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:') && line.includes('{'))
    .map((line) => JSON.parse(line.slice(5)) as Record<string, unknown>)
  let text = ''
  let calls = 0
  for (const event of events) {
    const wire = event as {
      type?: string
      choices?: { index?: number; text?: string; delta?: { content?: unknown } }[]
      delta?: { text?: string }
      content_block?: { type: string; text?: string }
    }
    const choice = wire.choices?.find(({ index }) => (index ?? 0) === 0)
    const content = choice?.delta?.content ?? choice?.text
    if (typeof content === 'string') text += content
    if (Array.isArray(content)) {
      text += (content as { text?: string }[]).map((chunk) => chunk.text ?? '').join('')
    }
    if (wire.type === 'message_stop') break // three recordings hold a second answer behind the first
    text += wire.delta?.text ?? wire.content_block?.text ?? ''
    if (wire.content_block?.type === 'tool_use') calls += 1
  }
  const parts = reply.choices[0]?.parts ?? []
  expect(textOf(parts, ['text'])).toBe(text)
  if (calls > 0) expect(parts.filter((part) => part.type === 'toolCall').length).toBe(calls)
}

function checkCuts(exchange: Exchange): void {
  const dialect = readers[exchange.dialect]!
  const bytes = Buffer.from(bodyText(exchange))
  const whole = streamOrFault(() => readStream(bytes, dialect))
  const random = seeded(bytes.length)
  const cuts =
    bytes.length <= 1_500
      ? Array.from({ length: bytes.length }, (_, index) => [index])
      : Array.from({ length: 6 }, () =>
          Array.from({ length: 5 }, () => Math.floor(random.next() * bytes.length)).toSorted(
            (a, b) => a - b,
          ),
        )
  for (const places of cuts) {
    const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index]))
    expect(streamOrFault(() => readStream(pieces, dialect))).toEqual(whole)
  }
}

function checkCall(exchange: Exchange): void {
  const dialect = readers[exchange.dialect]!
  const text = JSON.stringify(exchange.req!.body)
  const call = dialect.readCall(readJsonObject(text))
  const same = dialect.writeCall(call, { model: call.model, quirks, outputMax: null })
  const sent = JSON.parse(same.text) as Record<string, unknown>
  const was = JSON.parse(text) as Record<string, unknown>
  for (const [name, value] of Object.entries(was)) {
    if (value === null) expect(sent).not.toHaveProperty(name)
    else if (name !== 'stream_options') expect(sent[name]).toEqual(value)
  }
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') return
  for (const other of chatDialects.filter((each) => each !== dialect)) {
    let written
    try {
      written = other.writeCall(call, { model: 'model', quirks, outputMax: null })
    } catch (error) {
      expect((error as { code?: string }).code).toBe('unsupported_content')
      continue
    }
    const again = other.readCall(readJsonObject(written.text)).meaning()
    if (again.operation !== 'chat') throw new Error('not a chat')
    expect(said(again)).toEqual(said(meaning))
    expect(again.tools.map(({ name, schema }) => ({ name, schema: schema ?? {} }))).toEqual(
      meaning.tools.map(({ name, schema }) => ({
        name,
        schema: schema ?? (other === anthropicMessages ? { type: 'object', properties: {} } : {}),
      })),
    )
  }
}

/** What stands in for JSON mode where a dialect has none. */
const jsonInstruction = 'Answer with one JSON object and nothing else.'

/** What both dialects must carry of a conversation: texts, pictures, tool calls and their results. */
function said(chat: {
  readonly messages: readonly { readonly parts: readonly object[] }[]
}): unknown {
  const parts = chat.messages.flatMap((message) => message.parts) as Record<string, unknown>[]
  const texts = parts.flatMap((part) =>
    part['type'] === 'text' || part['type'] === 'refusal' ? String(part['text']) : [],
  )
  return {
    text: texts
      .filter((text) => text !== jsonInstruction)
      .join(' ')
      .trim(),
    images: parts.filter((part) => part['type'] === 'image').map((part) => part['source']),
    calls: parts
      .filter((part) => part['type'] === 'toolCall')
      .map((part) => [part['id'], part['name'], asJson(String(part['arguments']))]),
    results: parts.filter((part) => part['type'] === 'toolResult').map((part) => part['callId']),
  }
}

function readAnswer(exchange: Exchange, dialect: Dialect): Reply | ProviderFault {
  try {
    return isStream(exchange)
      ? readStream(Buffer.from(bodyText(exchange)), dialect)
      : dialect.readReply(bodyText(exchange), quirks)
  } catch (error) {
    if (error instanceof ProviderFault) return error
    throw error
  }
}

function streamOrFault(read: () => ChatReply): unknown {
  try {
    return read()
  } catch (error) {
    return (error as Error).message
  }
}

function readStream(bytes: Uint8Array | readonly Uint8Array[], dialect: Dialect): ChatReply {
  const parser = new SseParser()
  const reader = dialect.startReading!(quirks)
  const fold = new Fold()
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    for (const { event } of parser.feed(piece)) {
      for (const delta of event ? (reader.read(event) ?? []) : []) fold.take(delta)
    }
  }
  return fold.reply()
}

function writeStream(reply: ChatReply, dialect: Dialect): string {
  const writer = dialect.startWriting!(aCall(dialect), stamp)
  return writer.write(deltasOf(reply)) + writer.end()
}

/** What has to survive a dialect: text, thoughts, tool calls, why it ended, tokens. */
function meaningOf(reply: Reply, dialect: Dialect): unknown {
  if (reply.operation !== 'chat') throw new Error('not a chat')
  const choices = dialect === anthropicMessages ? reply.choices.slice(0, 1) : reply.choices
  return {
    choices: choices.map((choice) => ({
      text: textOf(choice.parts, ['text', 'refusal']),
      thoughts: textOf(choice.parts, ['reasoning']),
      calls: choice.parts.flatMap((part) =>
        part.type === 'toolCall' ? [[part.id, part.name, asJson(part.arguments)]] : [],
      ),
      finish: choice.ending?.finish ?? null,
    })),
    model: reply.model,
    usage: reply.measured ? totals(reply.measured.usage) : null,
  }
}

/** The same, with what the dialect is known not to tell apart. */
function meaningIn(reply: ChatReply, dialect: Dialect): unknown {
  const meaning = meaningOf(reply, dialect) as {
    choices: { finish: string | null; calls: unknown[] }[]
    usage: unknown
    model: unknown
  }
  meaning.model ??= stamp.model
  for (const choice of meaning.choices) {
    if (dialect === openaiChat && choice.finish === 'refusal') choice.finish = 'filter'
    if (dialect === anthropicMessages) {
      if (choice.finish === 'filter') choice.finish = 'refusal'
      // Clients of Anthropic's dialect run tools on `tool_use` alone.
      if (choice.finish === 'stop' && choice.calls.length > 0) choice.finish = 'tools'
    }
  }
  // Anthropic's dialect has to give numbers.
  if (dialect === anthropicMessages) meaning.usage ??= { in: 0, cached: 0, written: 0, out: 0 }
  return meaning
}

function textOf(parts: readonly ReplyPart[], types: readonly string[]): string {
  return parts
    .flatMap((part) => (types.includes(part.type) && 'text' in part ? part.text : []))
    .join('')
}

function totals(usage: Usage): unknown {
  return {
    in: usage.input + usage.audioIn,
    cached: usage.cacheRead,
    written: usage.cacheWrite5m + usage.cacheWrite1h,
    out: usage.output + usage.reasoning + usage.audioOut,
  }
}

function asJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? value
      : { malformed_arguments: text }
  } catch {
    return { malformed_arguments: text }
  }
}

function aCall(dialect: Dialect) {
  return {
    operation: dialect.operation,
    dialect: dialect.id,
    model: 'task',
    stream: false,
    maxTokens: null,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    inputTokensMax: 0,
    body: { text: '', value: noExtra, members: [] },
    meaning: () => {
      throw new Error('not needed')
    },
  }
}

function isStream({ stream, status, res }: Exchange): boolean {
  return stream && status < 400 && typeof res.body === 'string'
}

function bodyText({ res }: Exchange): string {
  return typeof res.body === 'string' ? res.body : JSON.stringify(res.body)
}

function load(): Exchange[] {
  const files = readdirSync(folder).filter((file) =>
    Object.keys(readers).includes(file.split('.')[0]!),
  )
  return files.toSorted().flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Exchange),
  )
}

class Tally {
  readonly failures: string[] = []
  readonly #passed = new Map<string, number>()
  readonly #excepted = new Map<string, number>()

  try(exchange: Exchange, check: () => void): void {
    try {
      check()
      const name = `${exchange.dialect}.${exchange.provider}`
      this.#passed.set(name, (this.#passed.get(name) ?? 0) + 1)
    } catch (error) {
      this.failures.push(
        `${exchange.dialect}.${exchange.provider} ${exchange.id}: ${(error as Error).message}`,
      )
    }
  }

  except(_exchange: Exchange, why: string): void {
    this.#excepted.set(why, (this.#excepted.get(why) ?? 0) + 1)
  }

  /** How many, which fail and why. */
  print(what: string): void {
    const sum = [...this.#passed.values()].reduce((left, right) => left + right, 0)
    console.log(`${what}: ${sum} kept, ${this.failures.length} failed`)
    for (const [why, count] of this.#excepted) console.log(`  ${count} not read: ${why}`)
    for (const failure of this.failures.slice(0, 20)) console.log(`  ${failure.slice(0, 1_500)}`)
  }
}
