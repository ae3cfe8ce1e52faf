import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chat, Message, Tool } from '../core/call.ts'
import { seeded } from '../core/random.ts'
import type { ChatReply, Reply } from '../core/reply.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { jsonFrame } from './aws-event-stream.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { wordIds } from './call-ids.ts'
import { cohereChat } from './cohere-chat/index.ts'
import { cohereEmbed } from './cohere-embed/index.ts'
import { type Dialect, ProviderFault, type Quirks } from './dialect.ts'
import {
  aCall,
  aStamp,
  aTarget,
  callOf,
  chatOf,
  foldStream,
  isFailureIn,
  meaningIn,
  meaningOf,
  placeOf,
  saidIn,
  textOf,
  writeStream,
} from './meaning.suite.ts'
import { gemini } from './gemini/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiCompletions } from './openai-completions/index.ts'
import { openaiEmbeddings } from './openai-embeddings/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { sseText } from './sse.ts'

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
  'openai-completions': openaiCompletions,
  'openai-responses': openaiResponses,
  'cohere-chat': cohereChat,
  'anthropic-messages': anthropicMessages,
  'bedrock-converse': bedrockConverse,
  'bedrock-invoke': anthropicMessages,
  gemini,
  embeddings: openaiEmbeddings,
  'cohere-embed': cohereEmbed,
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
    why: "Cohere's first chat API, without messages: nothing of it is offered here",
    fits: ({ dialect, req }) => dialect === 'cohere-chat' && req?.url.includes('/v1/') === true,
  },
  {
    why: 'streams of Responses out of which their authors cut deltas: the last event tells more than came',
    fits: ({ dialect, id }) =>
      dialect === 'openai-responses' && /openai-(?:phase|shell-container)\.1\.chunks/.test(id),
  },
  {
    why: 'native embeddings of Gemini and Vertex: dialects of their own, read beside them',
    fits: ({ dialect, provider }) =>
      dialect === 'embeddings' && ['gemini', 'vertexai'].includes(provider),
  },
  {
    why: "bodies of Titan, Nova, Cohere, Meta and others through Bedrock's invoke: each maker's own format; Anthropic's are read as Messages",
    fits: ({ dialect, req }) =>
      dialect === 'bedrock-invoke' && req?.url.includes('anthropic.claude') !== true,
  },
  {
    why: "answers of Claude's older text completions through Bedrock",
    fits: ({ dialect, res }) =>
      dialect === 'bedrock-invoke' &&
      typeof res.body === 'object' &&
      res.body !== null &&
      'completion' in res.body,
  },
]

/** Files that nothing here reads, each with its reason. */
const unspoken: Readonly<Record<string, string>> = {
  'gemini-interactions':
    'another API of Gemini, still marked as preview; generateContent is spoken',
  models: "lists of models: the gateway's own are made from its configuration",
  'ollama-native': "Ollama's own API; its OpenAI-compatible one is spoken",
}

const exchanges = existsSync(folder) ? load() : []
const quirks: Quirks = {}
const chatDialects = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  gemini,
  cohereChat,
  bedrockConverse,
]

describe('recorded vendor traffic', () => {
  if (exchanges.length === 0) {
    test.skip(`is not here: ${folder} is missing, so the exchanges are skipped`, () => {})
  }

  test.if(exchanges.length > 0)('is read and written back with its meaning kept', () => {
    const tally = new Tally()
    for (const exchange of exchanges) {
      const excepted = exceptions.find(({ fits }) => fits(exchange))
      if (excepted) tally.except(exchange, excepted.why)
      else tally.try(exchange, () => checkAnswer(exchange))
    }
    tally.print('answers')
    for (const [prefix, why] of Object.entries(unspoken)) console.log(`  ${prefix}: ${why}`)
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
      if (!exchange.req || typeof exchange.req.body !== 'object') continue
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
    const again = dialect.readReply(dialect.writeReply(read, aCall(dialect), aStamp), quirks)
    expect(again).toMatchObject({ vectors: read.vectors, model: read.model })
    expect(again.measured?.usage).toEqual(read.measured?.usage)
    return
  }
  if (read.operation !== 'chat') throw new Error(`no check for ${read.operation}`)
  for (const other of chatDialects) {
    if (isFailureIn(read, other)) {
      const told = Buffer.from(writeStream(read, other))
      expect(() => foldStream(told, other)).toThrow(ProviderFault)
      continue
    }
    const whole = other.readReply(other.writeReply(read, aCall(other), aStamp), quirks)
    expect(meaningOf(whole, other)).toEqual(meaningIn(read, other))
    if (other === openaiResponses && read.choices[0]?.ending?.finish === 'error') {
      // A stream that failed ends in an error there, which names the word.
      const { word } = read.choices[0].ending
      expect(() => foldStream(writeStream(read, other), other)).toThrow(JSON.stringify(word))
      continue
    }
    const streamed = foldStream(Buffer.from(writeStream(read, other)), other)
    expect(meaningOf(streamed, other)).toEqual(meaningIn(read, other))
  }
}

/** The vendor's own JSON, looked at without the reader under test. */
function checkAgainstWire(exchange: Exchange, reply: Reply): void {
  if (isStream(exchange)) {
    if (reply.operation !== 'chat') return
    if (exchange.dialect === 'bedrock-converse') checkAgainstFrames(bodyBytes(exchange), reply)
    else checkAgainstEvents(bodyText(exchange), reply)
    return
  }
  if (typeof exchange.res.body !== 'object') return
  const wire = exchange.res.body as {
    choices?: { message?: { content?: unknown; tool_calls?: unknown[] | null }; text?: string }[]
    content?: { type: string; text?: string }[]
    message?: { content?: { text?: string }[]; tool_calls?: unknown[] }
    output?: { message?: { content: ConverseBlock[] } } | readonly ResponsesItem[]
    usage?: { completion_tokens?: number; output_tokens?: number; outputTokens?: number } | null
    data?: { embedding: unknown }[]
    embeddings?: { float: number[][] }
    candidates?: readonly GeminiCandidate[]
  }
  if (reply.operation === 'embed') {
    const vectors = wire.embeddings?.float ?? wire.data!.map((item) => item.embedding as number[])
    expect(reply.vectors).toEqual(vectors)
    return
  }
  if (reply.operation !== 'chat') throw new Error(`no check for ${reply.operation}`)
  const [choice] = reply.choices
  const text = choice?.parts.flatMap((part) => (part.type === 'text' ? part.text : [])).join('')
  const said = wire.choices?.[0]?.message?.content ?? wire.choices?.[0]?.text
  if (typeof said === 'string') expect(text).toBe(said)
  if (wire.content) {
    expect(text).toBe(
      wire.content.flatMap((block) => (block.type === 'text' ? block.text! : [])).join(''),
    )
  }
  const { output } = wire
  if (output && 'length' in output) {
    const said = output.flatMap(({ type, content }) => (type === 'message' ? content! : []))
    expect(text).toBe(said.map((part) => part.text ?? '').join(''))
    expect(choice?.parts.filter((part) => part.type === 'toolCall').length).toBe(
      output.filter(({ type }) => type === 'function_call').length,
    )
  } else if (output?.message) {
    const { content } = output.message
    expect(text).toBe(content.map(converseText).join(''))
    expect(choice?.parts.filter((part) => part.type === 'toolCall').length).toBe(
      content.filter(({ toolUse }) => toolUse && toolUse.type !== 'server_tool_use').length,
    )
  }
  if (wire.candidates) {
    const parts = wire.candidates[0]?.content?.parts ?? []
    expect(text).toBe(parts.map(geminiText).join(''))
    expect(choice?.parts.filter((part) => part.type === 'toolCall').length).toBe(
      parts.filter(({ functionCall }) => functionCall).length,
    )
  }
  if (wire.message) expect(text).toBe(wire.message.content?.map((b) => b.text ?? '').join('') ?? '')
  const calls = wire.choices?.[0]?.message?.tool_calls ?? wire.message?.tool_calls
  if (Array.isArray(calls)) {
    expect(choice?.parts.filter((part) => part.type === 'toolCall').length).toBe(calls.length)
  }
  const out = wire.usage?.completion_tokens ?? wire.usage?.output_tokens ?? wire.usage?.outputTokens
  if (typeof out === 'number' && reply.measured && !reply.measured.clamped) {
    const { output, reasoning, audioOut } = reply.measured.usage
    expect([out, out + reasoning]).toContain(output + reasoning + audioOut)
  }
}

interface ResponsesItem {
  readonly type: string
  readonly content?: readonly { readonly text?: string }[]
}

interface GeminiCandidate {
  readonly content?: {
    readonly parts?: readonly { text?: string; thought?: boolean; functionCall?: unknown }[]
  }
}

function geminiText({ text, thought }: { text?: string; thought?: boolean }): string {
  return thought === true ? '' : (text ?? '')
}

interface ConverseBlock {
  readonly text?: string
  readonly citationsContent?: { readonly content: readonly { readonly text: string }[] }
  readonly toolUse?: { readonly type?: string }
}

function converseText({ text, citationsContent: cited }: ConverseBlock): string {
  return text ?? cited?.content.map((piece) => piece.text).join('') ?? ''
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
      delta?: string | { text?: string; message?: { content?: { text?: string } } }
      item?: ResponsesItem
      content_block?: { type: string; text?: string }
      candidates?: readonly GeminiCandidate[]
    }
    for (const part of wire.candidates?.[0]?.content?.parts ?? []) {
      text += geminiText(part)
      if (part.functionCall) calls += 1
    }
    const choice = wire.choices?.find(({ index }) => (index ?? 0) === 0)
    const content = choice?.delta?.content ?? choice?.text
    if (typeof content === 'string') text += content
    if (Array.isArray(content)) {
      text += (content as { text?: string }[]).map((chunk) => chunk.text ?? '').join('')
    }
    // Some recordings hold a second answer behind the first.
    if (wire.type === 'message_stop' || wire.type === 'response.completed') break
    if (typeof wire.delta === 'string') {
      if (wire.type === 'response.output_text.delta') text += wire.delta
      continue
    }
    if (wire.type === 'response.output_item.added' && wire.item?.type === 'function_call')
      calls += 1
    text += wire.delta?.text ?? wire.content_block?.text ?? wire.delta?.message?.content?.text ?? ''
    if (wire.type === 'tool-call-start') calls += 1
    if (wire.content_block?.type === 'tool_use') calls += 1
  }
  const parts = reply.choices[0]?.parts ?? []
  expect(textOf(parts, ['text'])).toBe(text)
  if (calls > 0) expect(parts.filter((part) => part.type === 'toolCall').length).toBe(calls)
}

/** The same of Amazon's frames, cut by their lengths alone. */
function checkAgainstFrames(stream: Uint8Array, reply: ChatReply): void {
  const deltas = payloadsOf(stream).flatMap(({ delta }) => (delta as { text?: string }) ?? [])
  const text = deltas.map((delta) => delta.text ?? '').join('')
  expect(textOf(reply.choices[0]?.parts ?? [], ['text'])).toBe(text)
}

function payloadsOf(stream: Uint8Array): Record<string, unknown>[] {
  const bytes = Buffer.from(stream)
  const payloads: Record<string, unknown>[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const payload = bytes.subarray(
      at + 12 + bytes.readUInt32BE(at + 4),
      at + bytes.readUInt32BE(at) - 4,
    )
    payloads.push(JSON.parse(payload.toString()) as Record<string, unknown>)
  }
  return payloads
}

function checkCuts(exchange: Exchange): void {
  const dialect = readers[exchange.dialect]!
  const bytes = bodyBytes(exchange)
  const whole = streamOrFault(() => foldStream(bytes, dialect))
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
    expect(streamOrFault(() => foldStream(pieces, dialect))).toEqual(whole)
  }
}

function checkCall(exchange: Exchange): void {
  const dialect = readers[exchange.dialect]!
  const text = JSON.stringify(exchange.req!.body)
  const named = /\/models?\/([^/:]+)[/:]/.exec(exchange.req!.url)?.[1]
  if ((exchange.req!.body as { background?: unknown }).background === true) {
    // Nothing is kept for later here; see the dialect's own test.
    expect(() => callOf(dialect, text)).toThrow('background')
    return
  }
  const call = callOf(dialect, text, placeOf(decodeURIComponent(named ?? 'model')))
  const same = dialect.writeCall(call, aTarget(call.model))
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
      written = other.writeCall(call, aTarget('model'))
    } catch (error) {
      expect((error as { code?: string }).code).toBe('unsupported_content')
      continue
    }
    const again = chatOf(callOf(other, written.text, placeOf('model')))
    const hoists = other === bedrockConverse || other === gemini
    const takes = other === bedrockConverse || other === anthropicMessages ? wordIds : undefined
    expect(saidIn(again)).toEqual(saidIn(hoists ? hoisted(meaning) : meaning, takes))
    if (other === bedrockConverse && (meaning.tools.length === 0 || refusesTools(meaning))) continue
    expect(again.tools.map(({ name, schema }) => ({ name, schema: schema ?? {} }))).toEqual(
      toolsFor(other, meaning).map(({ name, schema }) => ({
        name,
        schema:
          schema ??
          (other === openaiChat || other === gemini ? {} : { type: 'object', properties: {} }),
      })),
    )
  }
}

/** Converse and Gemini have instructions before a conversation, and none in its midst. */
function hoisted({ messages }: Chat): Pick<Chat, 'messages'> {
  const isSystem = ({ role }: Message) => role === 'system' || role === 'developer'
  return {
    messages: [...messages.filter(isSystem), ...messages.filter((message) => !isSystem(message))],
  }
}

/** Converse says that no tool shall be called by naming none. */
function refusesTools({ toolChoice }: Chat): boolean {
  return toolChoice?.kind === 'none'
}

/** Cohere has no word for a certain tool, so that one alone is sent. */
function toolsFor(other: Dialect, { tools, toolChoice }: Chat): readonly Tool[] {
  if (other !== cohereChat || toolChoice?.kind !== 'tool') return tools
  return tools.filter(({ name }) => name === toolChoice.name)
}

function readAnswer(exchange: Exchange, dialect: Dialect): Reply | ProviderFault {
  try {
    return isStream(exchange)
      ? foldStream(bodyBytes(exchange), dialect)
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

function isStream({ stream, status, res }: Exchange): boolean {
  return status < 400 && (res.bodyB64 !== undefined || (stream && typeof res.body === 'string'))
}

/** What came, byte for byte. */
function bodyBytes(exchange: Exchange): Uint8Array {
  const { bodyB64 } = exchange.res
  return Buffer.from(bodyB64 ?? bodyText(exchange), bodyB64 === undefined ? 'utf8' : 'base64')
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
      .map((line) => asItCame(JSON.parse(line) as Exchange)),
  )
}

/** Some were kept out of their frames, and Bedrock's `invoke` puts Anthropic's stream into frames of its own. */
function asItCame(exchange: Exchange): Exchange {
  const { dialect, provider, stream, req, res } = exchange
  if (dialect === 'embeddings' && provider === 'cohere')
    return { ...exchange, dialect: 'cohere-embed' }
  if (dialect === 'bedrock-converse' && stream && typeof res.body === 'string') {
    const frames = res.body.split('\n').flatMap((line) => {
      const [named] = line === '' ? [] : Object.entries(JSON.parse(line) as object)
      return named ? jsonFrame(...named) : []
    })
    return { ...exchange, res: { body: null, bodyB64: Buffer.concat(frames).toString('base64') } }
  }
  if (dialect !== 'bedrock-invoke' || !req) return exchange
  const model = /\/model\/([^/]+)\//.exec(req.url)![1]!
  const named = { ...exchange, req: { ...req, body: { model, ...(req.body as object) } } }
  if (res.bodyB64 === undefined) return named
  const events = payloadsOf(Buffer.from(res.bodyB64, 'base64')).map(({ bytes }) =>
    Buffer.from(String(bytes), 'base64').toString(),
  )
  return { ...named, res: { body: events.map((data) => sseText(data)).join('') } }
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
