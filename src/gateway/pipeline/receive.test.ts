import { describe, expect, test } from 'bun:test'
import type { Clock } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../../dialects/bedrock-converse/index.ts'
import { cohereChat } from '../../dialects/cohere-chat/index.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import { gemini } from '../../dialects/gemini/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiCompletions } from '../../dialects/openai-completions/index.ts'
import { openaiResponses } from '../../dialects/openai-responses/index.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { Attempt } from './attempt.ts'
import type { Parts } from './parts.ts'
import { receive, receiveText } from './receive.ts'
import { replyIn, SourceFault } from './source.ts'

/** An answer without a word, of which no token is counted, as each vendor writes it, with its word for the end. */
interface Vendor {
  readonly dialect: Dialect
  readonly whole: (word: string) => object
  /** The data of its events, with what each is called where it has a name; null: frames are read elsewhere. */
  readonly stream: ((word: string) => readonly (object | '[DONE]')[]) | null
  /** Of an end by a stop sequence, by the limit, and by the model itself where that has a word of its own. */
  readonly words: {
    readonly stop: string | null
    readonly length: string
    readonly itself: string | null
  }
}

const none = { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 }
const [id, model] = ['a-1', 'm']

const chat: Vendor = {
  dialect: openaiChat,
  whole: (word) => ({
    id,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: word }],
    usage: none,
  }),
  stream: (word) => [
    { id, model, choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
    { id, model, choices: [{ index: 0, delta: {}, finish_reason: word }], usage: none },
    '[DONE]',
  ],
  words: { stop: 'stop', length: 'length', itself: null },
}

const ofGemini = (word: string): object => ({
  candidates: [{ content: { role: 'model', parts: [] }, finishReason: word, index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 0, totalTokenCount: 3 },
})

const ofResponses = (word: string): object => ({
  id,
  object: 'response',
  model,
  status: word === 'completed' ? word : 'incomplete',
  incomplete_details: word === 'completed' ? null : { reason: word },
  output: [],
  usage: { input_tokens: 3, output_tokens: 0, total_tokens: 3 },
})

const vendors: Readonly<Record<string, Vendor>> = {
  'openai-chat': chat,
  // What TGI answers in the same format tells both ends apart.
  tgi: {
    ...chat,
    words: { stop: 'stop_sequence', length: 'length', itself: 'eos_token' },
  },
  'openai-completions': {
    dialect: openaiCompletions,
    whole: (word) => ({
      id,
      model,
      choices: [{ index: 0, text: '', finish_reason: word }],
      usage: none,
    }),
    stream: (word) => [
      { id, model, choices: [{ index: 0, text: '', finish_reason: word }], usage: none },
      '[DONE]',
    ],
    words: { stop: 'stop', length: 'length', itself: null },
  },
  'anthropic-messages': {
    dialect: anthropicMessages,
    whole: (word) => ({
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: word,
      stop_sequence: word === 'stop_sequence' ? 'END' : null,
      usage: { input_tokens: 3, output_tokens: 0 },
    }),
    stream: (word) => [
      {
        type: 'message_start',
        message: { id, type: 'message', model, usage: { input_tokens: 3, output_tokens: 0 } },
      },
      {
        type: 'message_delta',
        delta: {
          stop_reason: word,
          stop_sequence: word === 'stop_sequence' ? 'END' : null,
        },
        usage: { output_tokens: 0 },
      },
      { type: 'message_stop' },
    ],
    words: { stop: 'stop_sequence', length: 'max_tokens', itself: 'end_turn' },
  },
  gemini: {
    dialect: gemini,
    whole: ofGemini,
    stream: (word) => [ofGemini(word)],
    words: { stop: 'STOP', length: 'MAX_TOKENS', itself: null },
  },
  'cohere-chat': {
    dialect: cohereChat,
    whole: (word) => ({
      id,
      finish_reason: word,
      message: { role: 'assistant', content: [] },
      usage: { tokens: { input_tokens: 3, output_tokens: 0 } },
    }),
    stream: (word) => [
      { type: 'message-start', id, delta: { message: { role: 'assistant', content: [] } } },
      {
        type: 'message-end',
        delta: {
          finish_reason: word,
          usage: { tokens: { input_tokens: 3, output_tokens: 0 } },
        },
      },
    ],
    words: { stop: 'STOP_SEQUENCE', length: 'MAX_TOKENS', itself: 'COMPLETE' },
  },
  'bedrock-converse': {
    dialect: bedrockConverse,
    whole: (word) => ({
      output: { message: { role: 'assistant', content: [] } },
      stopReason: word,
      usage: { inputTokens: 3, outputTokens: 0, totalTokens: 3 },
    }),
    stream: null,
    words: { stop: 'stop_sequence', length: 'max_tokens', itself: 'end_turn' },
  },
  // It has no stop sequences.
  'openai-responses': {
    dialect: openaiResponses,
    whole: ofResponses,
    stream: (word) => [
      {
        type: word === 'completed' ? 'response.completed' : 'response.incomplete',
        response: ofResponses(word),
      },
    ],
    words: { stop: null, length: 'max_output_tokens', itself: 'completed' },
  },
}

const ways = Object.entries(vendors).flatMap(([name, { stream }]) =>
  (stream === null ? [false] : [false, true]).map((streamed) => [name, streamed] as const),
)

describe.each(ways)(
  'an answer of %s without a word and a token, streamed: %p,',
  (name, streamed) => {
    const { words } = vendors[name]!
    const told = (word: string, stops: readonly string[]) =>
      read(vendors[name]!, streamed, word, stops)

    const { stop, length, itself } = words

    if (stop !== null) {
      test('is one where a stop sequence was met at once', async () => {
        expect(await told(stop, ['END'])).toBe('stop')
      })
    }

    test('is one where the limit was met before a word', async () => {
      expect(await told(length, [])).toBe('length')
    })

    test('is none where the call has no stop sequence to meet', async () => {
      await expect(told(itself ?? stop!, [])).rejects.toThrow('without saying anything')
    })

    if (itself !== null) {
      test('is none where the model says that it ended by itself', async () => {
        await expect(told(itself, ['END'])).rejects.toThrow('without saying anything')
      })
    }
  },
)

test.each(['it breaks off', 'it tells of an error'])(
  'of a stream that nobody asked for what was said is known, though %s',
  async (how) => {
    const says = { id, model, choices: [{ index: 0, delta: { content: 'The moon' } }] }
    const error = { error: { message: 'overloaded', type: 'server_error' } }
    const text = eventsOf(how === 'it breaks off' ? [says] : [says, error])
    const body = { model, messages: [{ role: 'user', content: 'Why tides?' }] }
    const call = openaiChat.readCall(readJsonObject(JSON.stringify(body)))
    const exchange = { headers: new Headers(), cancel: () => {} } as unknown as Exchange
    const attempt = { startedUs: 0, stop: { provider: { id: 'acme' } } } as unknown as Attempt
    const door = { dialect: openaiChat }
    const clock = { elapsedUs: () => 0 } as Clock
    const fault = await Promise.resolve(
      receiveText(text, exchange, attempt, door, 'a-1' as never, call, clock),
    ).catch((thrown: unknown) => thrown)
    expect(fault).toBeInstanceOf(SourceFault)
    expect(replyIn((fault as SourceFault).before).choices[0]?.parts).toMatchObject([
      { type: 'text', text: 'The moon' },
    ])
  },
)

/** How the answer ended. @throws what is wrong with it */
async function read(
  { dialect, whole, stream }: Vendor,
  streamed: boolean,
  word: string,
  stop: readonly string[],
): Promise<string | undefined> {
  const text = streamed ? eventsOf(stream!(word)) : JSON.stringify(whole(word))
  const body = { model, stream: streamed, stop, messages: [{ role: 'user', content: 'Well?' }] }
  const call = openaiChat.readCall(readJsonObject(JSON.stringify(body)))
  const clock: Clock = { now: () => 0 as never, elapsedUs: () => 0, sleep: () => Promise.resolve() }
  let unread: Uint8Array | null = Buffer.from(text)
  const exchange = {
    status: 200,
    headers: new Headers({ 'content-type': streamed ? 'text/event-stream' : 'application/json' }),
    clocks: { stop: () => {} },
    read: async () => {
      const bytes = unread
      unread = null
      return bytes
    },
    text: async () => text,
  } as unknown as Exchange
  const provider = { id: 'acme', keys: [], facts: { doors: {} }, headers: new Map() }
  const attempt = { number: 1, startedUs: 0, stop: { provider, model } } as unknown as Attempt
  const trip = { id: '018f4e2a-0000-7000-8000-000000000001', call } as never
  const answer = await receive(exchange, attempt, { dialect }, trip, { clock } as Parts)
  if (answer.kind === 'whole' && answer.reply.operation === 'chat')
    return answer.reply.choices[0]?.ending?.finish
  if (answer.kind !== 'stream') throw new Error(`it is ${answer.kind}`)
  const deltas = answer.begun.flatMap((piece) => piece.deltas ?? [])
  const end = deltas.find((delta) => delta.type === 'finish')
  return end?.ending.finish
}

function eventsOf(data: readonly (object | '[DONE]')[]): string {
  return data
    .map((each) => {
      if (each === '[DONE]') return 'data: [DONE]\n\n'
      const { type } = each as { type?: string }
      return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(each)}\n\n`
    })
    .join('')
}
