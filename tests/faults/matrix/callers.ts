import { expect } from 'bun:test'
import { embed } from '../../../simulator/embedding.ts'
import {
  callers as known,
  type Got,
  type Json,
  nothing,
} from '../../journeys/bad-answers/callers.ts'
import { framesIn } from './frames.ts'
import { eventsIn } from './sse.ts'

/** How clients of each dialect ask and what they make of what they get, without the gateway's own readers. */
export interface Caller {
  readonly path: (model: string, stream: boolean) => string
  readonly body: (model: string, text: string, stream: boolean) => Json
  readonly whole: (answer: Json, asked: string) => Got
  readonly stream: (bytes: Uint8Array) => Streamed
  /** The sentence of an error object that is as it has to be. */
  readonly error: (body: Json, id: string) => string
  /** A limit on the answer in the body, where the dialect has one. */
  readonly limited: (body: Json, tokensMax: number) => Json
  /** Its streams have no end mark: that they say why they ended is one. */
  readonly unmarked?: true
}

interface Streamed extends Got {
  /** How often it said that it was at its end, or why it ended. */
  readonly ends: number
}

/** One of those that the journey of bad answers has, which reads streams of events. */
function reading(
  name: keyof typeof endMarks,
): Pick<Caller, 'path' | 'body' | 'whole' | 'stream' | 'error' | 'unmarked'> {
  const { path, body, whole, event, error, unmarked } = known[name] as (typeof known)['gemini']
  const stream = (bytes: Uint8Array): Streamed => {
    const got = nothing()
    const events = eventsIn(bytes)
    for (const data of events) event(data, got)
    return { ...got, ends: events.filter(endMarks[name]).length }
  }
  return { path, body, whole, stream, error, ...(unmarked ? { unmarked } : {}) }
}

const isDone = (data: Json): boolean => data === '[DONE]'

const endMarks = {
  'openai-chat': isDone,
  'openai-completions': isDone,
  'anthropic-messages': ({ type }: Json): boolean => type === 'message_stop',
  'openai-responses': ({ type }: Json): boolean =>
    /^response\.(completed|incomplete|failed)$/.test(type),
  gemini: ({ candidates }: Json): boolean => Boolean(candidates?.[0]?.finishReason),
} as const

const maxTokens = (body: Json, tokensMax: number): Json => ({ ...body, max_tokens: tokensMax })

const converseEnds: Readonly<Record<string, Got['end']>> = { end_turn: 'stop', tool_use: 'tools' }

function endOf(word: string | undefined): Got['end'] {
  return word === undefined ? null : (converseEnds[word] ?? 'another')
}

const converse: Caller = {
  unmarked: true,
  path: (model, stream) =>
    `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`,
  body: (_, text) => ({
    messages: [{ role: 'user', content: [{ text }] }],
    toolConfig: {
      tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }],
    },
  }),
  whole: ({ output, stopReason }) => {
    expect(output.message.role).toBe('assistant')
    const { content } = output.message
    return {
      ...nothing(),
      text: content.map(({ text }: Json) => text ?? '').join(''),
      end: endOf(stopReason),
      tools: content.flatMap(({ toolUse }: Json) =>
        toolUse ? [{ id: toolUse.toolUseId, name: toolUse.name }] : [],
      ),
    }
  },
  stream: (bytes) => {
    const got = { ...nothing(), ends: 0 }
    for (const { headers, payload } of framesIn(bytes)) {
      const data = JSON.parse(payload) as Json
      if (headers[':event-type'] === 'messageStop') got.ends += 1
      if (headers[':message-type'] === 'exception') got.error = data
      got.text += data.delta?.text ?? ''
      const { toolUse } = data.start ?? {}
      if (toolUse) got.tools.push({ id: toolUse.toolUseId, name: toolUse.name })
      got.end = endOf(data.stopReason) ?? got.end
    }
    return got
  },
  error: ({ message }) => message,
  limited: (body, tokensMax) => ({ ...body, inferenceConfig: { maxTokens: tokensMax } }),
}

const dimensions = 8
/** That of the simulated vendors: their vectors depend on it. */
export const vendorSeed = 7

const embeddings: Caller = {
  ...known.embeddings,
  body: (model, input) => ({ model, input, dimensions }),
  whole: ({ data }, asked) => {
    expect(data).toBeArrayOfSize(1)
    expect(data[0].embedding).toEqual([...embed(asked, dimensions, vendorSeed)])
    return { ...nothing(), text: asked, end: 'stop' }
  },
  stream: neverStreamed,
  limited: (body) => body,
}

const rerank: Caller = {
  ...known.rerank,
  body: (model, query) => ({ model, query, documents: ['zzz', query] }),
  whole: ({ results }, asked) => {
    expect(results).toBeArrayOfSize(2)
    expect(results[0]).toMatchObject({ index: 1, relevance_score: 1 })
    return { ...nothing(), text: asked, end: 'stop' }
  },
  stream: neverStreamed,
  limited: (body) => body,
}

function neverStreamed(): never {
  throw new Error('it is never streamed')
}

export const callers = {
  'openai-chat': { ...reading('openai-chat'), limited: maxTokens },
  'anthropic-messages': {
    ...reading('anthropic-messages'),
    limited: maxTokens,
    // The one kind of error of Anthropic's that is not called so.
    error: (body: Json, id: string) => {
      const { error } = body
      const type = error.type === 'request_too_large' ? 'invalid_request_error' : error.type
      return known['anthropic-messages'].error({ ...body, error: { ...error, type } }, id)
    },
  },
  'openai-responses': {
    ...reading('openai-responses'),
    limited: (body: Json, tokensMax: number) => ({ ...body, max_output_tokens: tokensMax }),
  },
  gemini: {
    ...reading('gemini'),
    limited: (body: Json, tokensMax: number) => ({
      ...body,
      generationConfig: { maxOutputTokens: tokensMax },
    }),
  },
  'bedrock-converse': converse,
  'openai-completions': { ...reading('openai-completions'), limited: maxTokens },
  embeddings,
  rerank,
} satisfies Record<string, Caller>

export type CallerName = keyof typeof callers
