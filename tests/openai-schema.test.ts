import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Call } from '../src/core/call.ts'
import { deltasOf, Fold } from '../src/core/fold.ts'
import type { ChatReply, Delta, Ending, Finish, Reply } from '../src/core/reply.ts'
import { anthropicMessages } from '../src/dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../src/dialects/bedrock-converse/index.ts'
import { cohereChat } from '../src/dialects/cohere-chat/index.ts'
import { cohereEmbed } from '../src/dialects/cohere-embed/index.ts'
import {
  type Dialect,
  ProviderFault,
  type ProviderWords,
  type Quirks,
} from '../src/dialects/dialect.ts'
import { geminiEmbeddings } from '../src/dialects/gemini-embeddings/index.ts'
import { gemini } from '../src/dialects/gemini/index.ts'
import { aCall, aStamp, callOf } from '../src/dialects/meaning.suite.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'
import { openaiCompletions } from '../src/dialects/openai-completions/index.ts'
import { openaiEmbeddings } from '../src/dialects/openai-embeddings/index.ts'
import { openaiImages } from '../src/dialects/openai-images/index.ts'
import { openaiModerations } from '../src/dialects/openai-moderations/index.ts'
import { openaiResponses } from '../src/dialects/openai-responses/index.ts'
import { SseParser } from '../src/dialects/sse.ts'
import { doorFor } from '../src/gateway/pipeline/request.ts'
import type { LiveProvider } from '../src/gateway/pipeline/snapshot.ts'
import { classify, errorOf } from '../src/providers/classify.ts'
import { compatible, providers } from '../src/providers/index.ts'
import { startTown, type Town } from './journeys/town.ts'
import { fields } from './openai-schema/fields.ts'
import { bytesOf, trafficOf } from './traffic/exchange.ts'

/**
 * What claims OpenAI's format fits it, whoever answered: every exchange of simulator/traffic and every
 * recorded one, written for callers of OpenAI's dialects. The fields that clients rely on are looked at
 * everywhere, OpenAI's whole schema where it is at hand. What
 * answers of Responses repeat of their calls is looked at in src/dialects/openai-responses/schema.test.ts.
 */
const folder = '../shared/data/fixtures'
const schemaFile = join(folder, 'schema', 'openai-calibrated.json')
const isHere = existsSync(schemaFile)

/** How an answer may end that has no word in OpenAI's list. It is told as what it is, and never as `stop`. */
const withoutWord: ReadonlySet<Finish> = new Set(['error', 'pause'])

interface Answered {
  /** The dialect in which it came. */
  readonly from: string
  readonly reply: Reply
  /** As they came, in a stream. */
  readonly deltas: readonly (readonly Delta[])[] | null
}

describe("simulator/traffic, written in OpenAI's format", () => {
  test('fits the fields that clients rely on', () => {
    const { answers, errors } = ownTraffic()
    const judge = new Judge(fieldsOnly())
    const counts = answers.map((answer) => judge.all(answer))
    for (const error of errors) judge.fits('ErrorResponse', error)
    expect(judge.misfits).toEqual([])
    expect(sum(counts)).toBeGreaterThan(2_000)
    expect(errors.length).toBeGreaterThan(300)
  })

  if (!isHere) test.skip(`is not held to OpenAI's own schema: ${schemaFile} is missing`, () => {})

  test.if(isHere)(
    "fits OpenAI's own schema",
    () => {
      const { answers, errors } = ownTraffic()
      const judge = new Judge(openaiSchema(), eventNames())
      for (const answer of answers) judge.all(answer)
      for (const error of errors) judge.fits('ErrorResponse', error)
      expect(judge.misfits).toEqual([])
    },
    60_000,
  )
})

describe("recorded traffic, written in OpenAI's format", () => {
  if (!isHere) test.skip(`is not checked: ${folder} is missing`, () => {})

  test.if(isHere)(
    "fits OpenAI's own schema",
    () => {
      const judge = new Judge(openaiSchema(), eventNames())
      const counts = recorded().map((answer) => judge.all(answer))
      expect(judge.misfits).toEqual([])
      expect(sum(counts)).toBeGreaterThan(30_000)
    },
    60_000,
  )
})

describe('what the gateway says itself', () => {
  let town: Town
  beforeAll(async () => {
    town = await startTown({
      vendors: { acme: {} },
      config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  openai: { api_key: sk-0123456789abcdef }
  sim: {}
tasks: { hello: acme/small }
`,
    })
  })
  afterAll(() => town.close())

  const bodies: readonly (readonly [path: string, fits: string, body: string])[] = [
    ['/v1/chat/completions', 'ErrorResponse', '{'],
    ['/v1/chat/completions', 'ErrorResponse', '{"model":"hello","messages":[]}'],
    ['/v1/images/generations', 'ErrorResponse', '{"model":"nobody/x","prompt":"a"}'],
    ['/v1/embeddings', 'CreateEmbeddingResponse', '{"model":"acme/embed","input":"a"}'],
    ['/v1/images/generations', 'ImagesResponse', '{"model":"acme/painter","prompt":"a"}'],
    ['/v1/images/generations', 'ImagesResponse', '{"model":"acme/sketch","prompt":"a"}'],
    ['/v1/moderations', 'CreateModerationResponse', '{"model":"sim/small","input":"a"}'],
  ]

  test.each(bodies)('POST %s fits %s: %s', async (path, name, body) => {
    await check(name, fetch(town.url + path, { method: 'POST', headers: signed(), body }))
  })

  test('the list of models fits', async () => {
    await check('ListModelsResponse', fetch(`${town.url}/v1/models`, { headers: signed() }))
    await check('ErrorResponse', fetch(`${town.url}/v1/models/nobody`, { headers: signed() }))
    await check('ErrorResponse', fetch(`${town.url}/v1/models`))
  })

  function signed(): Record<string, string> {
    return { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' }
  }

  async function check(name: string, answering: Promise<Response>): Promise<void> {
    const judge = new Judge(isHere ? openaiSchema() : fieldsOnly())
    judge.fits(name, await (await answering).text())
    expect(judge.misfits).toEqual([])
  }
})

/** Looks at what is written for callers, and keeps what does not fit. */
class Judge {
  readonly misfits: string[] = []
  readonly #validators: (name: string) => ValidateFunction
  readonly #chat = { ...aCall(openaiChat), usageAsked: true }
  readonly #completions = { ...aCall(openaiCompletions), usageAsked: true }

  readonly #events: ReadonlyMap<string, string>

  constructor(
    validators: (name: string) => ValidateFunction,
    events: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#validators = validators
    this.#events = events
  }

  /** @returns how many objects were looked at */
  all(answer: Answered): number {
    const { reply } = answer
    switch (reply.operation) {
      case 'chat':
        return this.#chats(answer, reply)
      case 'embed':
        // What nobody counted is left out, and required by the schema: the only field of which this is so.
        if (reply.measured === null) return 0
        return this.#one('CreateEmbeddingResponse', openaiEmbeddings, reply)
      case 'moderate':
        return this.#one('CreateModerationResponse', openaiModerations, reply)
      case 'image':
        return this.#one('ImagesResponse', openaiImages, reply)
      default:
        return 0
    }
  }

  /** Has its own word for every end. Without OpenAI's schema there is nothing to hold it to. */
  #responses(reply: ChatReply): number {
    if (this.#events.size === 0) return 0
    const call = callOf(openaiResponses, { model: 'task', input: 'What is it like outside?' })
    this.fits('Response', openaiResponses.writeReply({ ...reply, extra: {} }, call, aStamp))
    const writer = openaiResponses.startWriting!(call, aStamp)
    const deltas = deltasOf({ ...reply, extra: {} })
    const stream = `${String(writer.write(deltas))}${String(writer.end())}`
    const events = new SseParser().feed(Buffer.from(stream)).flatMap(({ event }) => event ?? [])
    for (const { event, data } of events) this.fits(this.#events.get(event)!, data)
    return events.length + 1
  }

  fits(name: string, text: string): void {
    const validate = this.#validators(name)
    if (validate(JSON.parse(text)) === true) return
    const why = validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
    this.misfits.push(`${name}: ${[...new Set(why)].join(', ')} in ${text.slice(0, 400)}`)
  }

  #one(name: string, dialect: Dialect, reply: Reply): number {
    this.fits(name, dialect.writeReply(reply, aCall(dialect), aStamp))
    return 1
  }

  #chats({ from, deltas }: Answered, reply: ChatReply): number {
    let count = 0
    const whole = withKnownEnds(reply)
    this.fits('CreateChatCompletionResponse', openaiChat.writeReply(whole, this.#chat, aStamp))
    const pieces = deltas?.map((each) => each.map(withKnownEnd)) ?? [deltasOf(whole)]
    for (const chunk of chunksOf(openaiChat, this.#chat, pieces)) {
      this.fits('CreateChatCompletionStreamResponse', chunk)
      count += 1
    }
    // Those go on as they came, with items of OpenAI's own that its schema does not know.
    if (from !== openaiResponses.id) count += this.#responses(reply)
    if (!isText(whole)) return count
    this.fits(
      'CreateCompletionResponse',
      openaiCompletions.writeReply(whole, this.#completions, aStamp),
    )
    for (const chunk of chunksOf(openaiCompletions, this.#completions, pieces)) {
      // Where an answer goes on OpenAI's own chunks are null, which its schema does not know.
      const known = chunk.replaceAll('"finish_reason":null', '"finish_reason":"stop"')
      this.fits('CreateCompletionResponse', known.replace(',"usage":null', ''))
      count += 1
    }
    return count
  }
}

/** By what each event of Responses says of itself. */
function eventNames(): ReadonlyMap<string, string> {
  const { components } = JSON.parse(readFileSync(schemaFile, 'utf8')) as {
    components: { schemas: Record<string, EventSchema> }
  }
  const { schemas } = components
  return new Map(
    schemas['ResponseStreamEvent']!.anyOf!.flatMap(({ $ref }) => {
      const name = $ref.split('/').at(-1)!
      return schemas[name]!.properties!['type']!.enum!.map((type) => [type, name] as const)
    }),
  )
}

interface EventSchema {
  readonly anyOf?: readonly { readonly $ref: string }[]
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>>
}

function chunksOf(dialect: Dialect, call: Call, pieces: readonly (readonly Delta[])[]): string[] {
  const writer = dialect.startWriting!(call, aStamp)
  const stream = [...pieces.map((each) => writer.write(each)), writer.end()].map(String).join('')
  const events = new SseParser().feed(Buffer.from(stream)).flatMap(({ event }) => event ?? [])
  expect(events.at(-1)!.data).toBe('[DONE]')
  return events.slice(0, -1).map(({ data }) => data)
}

/** A word that stands in its list, for what has none there. */
function withKnownEnds(reply: ChatReply): ChatReply {
  const choices = reply.choices.map((choice) => ({ ...choice, ending: knownEnd(choice.ending) }))
  return { ...reply, choices }
}

function withKnownEnd(delta: Delta): Delta {
  return delta.type === 'finish' ? { ...delta, ending: knownEnd(delta.ending)! } : delta
}

function knownEnd(ending: Ending | null): Ending {
  const stop: Ending = { finish: 'stop', word: null, stopSequence: null }
  return ending === null || withoutWord.has(ending.finish) ? stop : ending
}

function isText({ choices }: ChatReply): boolean {
  return choices.every(({ parts }) => parts.every(({ type }) => type === 'text'))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

function fieldsOnly(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false })
  const known = new Map<string, ValidateFunction>()
  return (name) => {
    let validate = known.get(name)
    if (!validate) known.set(name, (validate = ajv.compile(fields[name]!)))
    return validate
  }
}

function openaiSchema(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ ...(JSON.parse(readFileSync(schemaFile, 'utf8')) as object), $id: 'oai' })
  return (name) => ajv.getSchema(`oai#/components/schemas/${name}`)!
}

/** Answers and errors of simulator/traffic; what came in place of an answer is one of the errors. */
function ownTraffic(): { answers: readonly Answered[]; errors: readonly string[] } {
  const answers: Answered[] = []
  const errors: string[] = []
  for (const provider of [...providers.values(), ...compatible.values()]) {
    const traffic = trafficOf(provider)
    for (const exchange of traffic?.exchanges ?? []) {
      const { response, shows, from, model = traffic!.model } = exchange
      if (response === undefined) continue
      const { status = 200, headers = {} } = response
      const asked = shows === 'embeddings' ? openaiEmbeddings : openaiChat
      const caller = [...callers, asked].find(({ id }) => id === from) ?? asked
      const live = { id: provider.id, facts: provider, baseUrlOverridden: false } as LiveProvider
      const { dialect, quirks = {} } = doorFor(live, aCall(caller), model)
      const bytes = bytesOf(response)
      const tell = (words: ProviderWords, code: number): void => {
        const error = errorOf(classify(provider, code, words), provider.id, model, code, words)
        errors.push(openaiChat.writeError(error, 'call'))
      }
      if (status >= 400) {
        tell(dialect.readError(Buffer.from(bytes).toString(), new Headers(headers)), status)
        continue
      }
      const read = answered(dialect, quirks, bytes, response.stream !== undefined)
      if (read instanceof ProviderFault) tell(read.words!, 200)
      else answers.push(read)
    }
  }
  return { answers, errors }
}

/** Dialects of which some traffic has callers. */
const callers = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  cohereChat,
  gemini,
  bedrockConverse,
  openaiEmbeddings,
  geminiEmbeddings,
]

function answered(
  dialect: Dialect,
  quirks: Quirks,
  bytes: Uint8Array,
  stream: boolean,
): Answered | ProviderFault {
  try {
    if (!stream) {
      const reply = dialect.readReply(Buffer.from(bytes).toString(), quirks)
      return { from: dialect.id, reply, deltas: null }
    }
    const parser = dialect.startParsing?.() ?? new SseParser()
    const reader = dialect.startReading!(quirks)
    const deltas = parser
      .feed(bytes)
      .flatMap(({ event }) => (event ? [reader.read(event) ?? []] : []))
    const fold = new Fold()
    for (const delta of deltas.flat()) fold.take(delta)
    return { from: dialect.id, reply: fold.reply(), deltas }
  } catch (error) {
    if (error instanceof ProviderFault) return error
    throw error
  }
}

/** Which of our dialects reads the recorded files of each. */
const readers: Readonly<Record<string, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  'openai-responses': openaiResponses,
  'cohere-chat': cohereChat,
  'anthropic-messages': anthropicMessages,
  'bedrock-converse': bedrockConverse,
  gemini,
  embeddings: openaiEmbeddings,
  moderations: openaiModerations,
}

interface Recorded {
  readonly status: number
  readonly stream: boolean
  readonly res: { readonly body: unknown; readonly bodyB64?: string }
}

/** Less what is no answer, or an answer of another API than the file says. */
function recorded(): readonly Answered[] {
  const traffic = join(folder, 'vendor-traffic')
  return readdirSync(traffic).flatMap((file) => {
    const [dialect = '', provider = ''] = file.split('.')
    const reader =
      dialect === 'embeddings' ? (embedders[provider] ?? openaiEmbeddings) : readers[dialect]
    if (!reader) return []
    const lines = readFileSync(join(traffic, file), 'utf8').trim().split('\n')
    return lines.flatMap((line) => {
      const { status, stream, res } = JSON.parse(line) as Recorded
      if (status >= 400) return []
      const text = typeof res.body === 'string' ? res.body : JSON.stringify(res.body)
      const bytes = Buffer.from(res.bodyB64 ?? text, res.bodyB64 === undefined ? 'utf8' : 'base64')
      const read = answered(reader, {}, bytes, stream)
      return read instanceof ProviderFault ? [] : [read]
    })
  })
}

const embedders: Readonly<Record<string, Dialect>> = {
  cohere: cohereEmbed,
  gemini: geminiEmbeddings,
  vertexai: geminiEmbeddings,
}
