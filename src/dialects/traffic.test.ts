import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seeded } from '../core/random.ts'
import type { ChatReply, Reply } from '../core/reply.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { type Dialect, ProviderFault, type Quirks } from './dialect.ts'
import {
  aCall,
  aStamp,
  aTarget,
  callOf,
  chatOf,
  foldStream,
  meaningIn,
  meaningOf,
  saidIn,
  textOf,
  writeStream,
} from './meaning.suite.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiEmbeddings } from './openai-embeddings/index.ts'

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
const quirks: Quirks = {}
const chatDialects = [openaiChat, anthropicMessages]

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
    const again = dialect.readReply(dialect.writeReply(read, aCall(dialect), aStamp), quirks)
    expect(again).toMatchObject({ vectors: read.vectors, model: read.model })
    expect(again.measured?.usage).toEqual(read.measured?.usage)
    return
  }
  if (read.operation !== 'chat') throw new Error(`no check for ${read.operation}`)
  for (const other of chatDialects) {
    const whole = other.readReply(other.writeReply(read, aCall(other), aStamp), quirks)
    expect(meaningOf(whole, other)).toEqual(meaningIn(read, other))
    const streamed = foldStream(Buffer.from(writeStream(read, other)), other)
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
  const call = callOf(dialect, text)
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
    const again = chatOf(callOf(other, written.text))
    expect(saidIn(again)).toEqual(saidIn(meaning))
    expect(again.tools.map(({ name, schema }) => ({ name, schema: schema ?? {} }))).toEqual(
      meaning.tools.map(({ name, schema }) => ({
        name,
        schema: schema ?? (other === anthropicMessages ? { type: 'object', properties: {} } : {}),
      })),
    )
  }
}

function readAnswer(exchange: Exchange, dialect: Dialect): Reply | ProviderFault {
  try {
    return isStream(exchange)
      ? foldStream(Buffer.from(bodyText(exchange)), dialect)
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
