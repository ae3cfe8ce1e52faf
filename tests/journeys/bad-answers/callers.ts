import { expect } from 'bun:test'
import { goodText } from './answers.ts'
import type { End } from './faults.ts'
import { goodScores, goodVector } from './said-openai.ts'

/** How callers ask and what they make of what they get, written without the gateway's own readers. */

export interface Caller {
  readonly path: (model: string, stream: boolean) => string
  readonly body: (model: string, text: string, stream: boolean) => object
  /** What a whole answer says. */
  readonly whole: (answer: Json) => Got
  /** What an event of a stream adds. */
  readonly event: (data: Json, got: Got) => void
  /** The sentence of an error object that is as it has to be, with the id of the call. */
  readonly error: (body: Json, id: string) => string
  /** It has no mark for the end of a stream: that it says why it ended is one. */
  readonly unmarked?: true
}

export interface Got {
  text: string
  end: End
  tools: { id: unknown; name: unknown }[]
  /** A stream had its end mark. */
  marked: boolean
  error: Json | null
}

/** Whatever was sent: a member that is not where the dialect has it fails the test that reads it. */
export type Json = ReturnType<typeof JSON.parse>

export function nothing(): Got {
  return { text: '', end: null, tools: [], marked: false, error: null }
}

const weather = { type: 'object', properties: {} }

function endOf(word: unknown, words: Readonly<Record<string, End>>): End {
  if (word === null || word === undefined || word === '') return null
  return typeof word === 'string' && Object.hasOwn(words, word) ? words[word]! : 'another'
}

const chatEnds = { stop: 'stop', tool_calls: 'tools', error: 'error' } as const

const chat: Caller = {
  path: () => '/v1/chat/completions',
  body: (model, content, stream) => ({
    model,
    stream,
    messages: [{ role: 'user', content }],
    tools: [{ type: 'function', function: { name: 'look', parameters: weather } }],
  }),
  whole: ({ choices }) => {
    expect(choices).toBeArrayOfSize(1)
    const { message, finish_reason: word } = choices[0]
    return {
      ...nothing(),
      text: message.content ?? '',
      end: endOf(word, chatEnds),
      tools: (message.tool_calls ?? []).map(toolOf),
    }
  },
  event: (data, got) => {
    if (data === '[DONE]') got.marked = true
    else if (data.error) got.error = data
    for (const { delta, finish_reason: word } of data.choices ?? []) {
      got.text += delta?.content ?? ''
      got.end = endOf(word, chatEnds) ?? got.end
      for (const call of delta?.tool_calls ?? [])
        if (call.id !== undefined || call.function?.name !== undefined) got.tools.push(toolOf(call))
    }
  },
  error: ({ error }, id) => {
    expect(error).toMatchObject({ type: expect.any(String), code: expect.any(String) })
    expect(error.request_id).toBe(id)
    return error.message
  },
}

function toolOf(call: Json): Got['tools'][number] {
  return { id: call.id, name: call.function?.name }
}

const messagesEnds = { end_turn: 'stop', tool_use: 'tools', error: 'error' } as const

const messages: Caller = {
  path: () => '/v1/messages',
  body: (model, content, stream) => ({
    model,
    stream,
    max_tokens: 100,
    messages: [{ role: 'user', content }],
    tools: [{ name: 'look', input_schema: weather }],
  }),
  whole: ({ type, content, stop_reason: word }) => {
    expect(type).toBe('message')
    return {
      ...nothing(),
      text: content.map((block: Json) => block.text ?? '').join(''),
      end: endOf(word, messagesEnds),
      tools: content.filter((block: Json) => block.type === 'tool_use'),
    }
  },
  event: ({ type, delta, content_block: block, ...event }, got) => {
    if (type === 'message_stop') got.marked = true
    if (type === 'error') got.error = { type, ...event }
    if (type === 'content_block_start' && block.type === 'tool_use') got.tools.push(block)
    if (delta?.type === 'text_delta') got.text += delta.text
    if (type === 'message_delta') got.end = endOf(delta.stop_reason, messagesEnds)
  },
  error: ({ type, error, request_id: requestId }, id) => {
    expect(type).toBe('error')
    expect(error.type).toEndWith('_error')
    expect(requestId).toBe(id)
    return error.message
  },
}

const responsesEnds = { completed: 'stop', failed: 'error' } as const

const responses: Caller = {
  path: () => '/v1/responses',
  body: (model, input, stream) => ({
    model,
    stream,
    input,
    tools: [{ type: 'function', name: 'look', parameters: weather, strict: false }],
  }),
  whole: responseIn,
  event: ({ type, response, ...event }, got) => {
    if (type === 'response.completed' || type === 'response.incomplete') {
      const { text, ...whole } = responseIn(response)
      Object.assign(got, whole, { marked: true })
      expect(text).toBe(got.text)
    }
    if (type === 'response.output_text.delta') got.text += event.delta
    if (type === 'error') got.error = event
    // Behind an error it says no more than that; alone, that the model ended by one.
    if (type === 'response.failed') Object.assign(got, { end: 'error', marked: got.error === null })
  },
  error: (body, id) => {
    // In a stream the sentence is not in an object of its own.
    const told = body.error ?? body
    expect(told.code).toEqual(expect.any(String))
    if (body.error) expect(told.request_id).toBe(id)
    return told.message
  },
}

function responseIn({ object, status, incomplete_details: details, output }: Json): Got {
  expect(object).toBe('response')
  const incomplete = status === 'incomplete' ? (details?.reason ? 'another' : null) : undefined
  return {
    ...nothing(),
    text: output
      .filter(({ type }: Json) => type === 'message')
      .flatMap((item: Json) => item.content ?? [])
      .map((part: Json) => part.text ?? '')
      .join(''),
    end: incomplete === undefined ? endOf(status, responsesEnds) : incomplete,
    tools: output
      .filter(({ type }: Json) => type === 'function_call')
      .map(({ call_id: id, name }: Json) => ({ id, name })),
  }
}

const geminiEnds = { STOP: 'stop', OTHER: 'error' } as const

const gemini: Caller = {
  unmarked: true,
  path: (model, stream) =>
    `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: (_, text) => ({
    contents: [{ role: 'user', parts: [{ text }] }],
    tools: [{ functionDeclarations: [{ name: 'look', parameters: weather }] }],
  }),
  whole: (answer) => {
    expect(answer.candidates).toBeArrayOfSize(1)
    const got = nothing()
    gemini.event(answer, got)
    return got
  },
  event: (data, got) => {
    if (data.error) got.error = data
    for (const { content, finishReason } of data.candidates ?? []) {
      for (const part of content?.parts ?? []) {
        if (part.thought !== true) got.text += part.text ?? ''
        if (part.functionCall) got.tools.push(part.functionCall)
      }
      got.end = endOf(finishReason, geminiEnds) ?? got.end
    }
  },
  error: (body, id) => {
    const { error } = Array.isArray(body) ? body[0] : body
    expect(error).toMatchObject({ code: expect.any(Number), status: expect.any(String) })
    expect(JSON.stringify(error.details)).toContain(id)
    return error.message
  },
}

const completions: Caller = {
  path: () => '/v1/completions',
  body: (model, prompt, stream) => ({ model, prompt, stream }),
  whole: ({ choices }) => {
    expect(choices).toBeArrayOfSize(1)
    const { text, finish_reason: word } = choices[0]
    return { ...nothing(), text, end: endOf(word, chatEnds) }
  },
  event: (data, got) => {
    if (data === '[DONE]') got.marked = true
    else if (data.error) got.error = data
    for (const { text, finish_reason: word } of data.choices ?? []) {
      got.text += text ?? ''
      got.end = endOf(word, chatEnds) ?? got.end
    }
  },
  error: chat.error,
}

const embeddings: Caller = {
  path: () => '/v1/embeddings',
  body: (model, input) => ({ model, input }),
  whole: ({ data }) =>
    plainly(
      data.map(({ embedding }: Json) => embedding),
      [goodVector],
    ),
  event: neverStreamed,
  error: chat.error,
}

const rerank: Caller = {
  path: () => '/v1/rerank',
  body: (model, query) => ({ model, query, documents: ['one', 'two'] }),
  whole: ({ results }) =>
    plainly(
      results.map((result: Json) => result.relevance_score),
      goodScores,
    ),
  event: neverStreamed,
  error: chat.error,
}

function plainly(said: unknown, meant: unknown): Got {
  expect(said).toEqual(meant)
  return { ...nothing(), text: goodText, end: 'stop' }
}

function neverStreamed(): never {
  throw new Error('it is never streamed')
}

export const callers = {
  'openai-chat': chat,
  'anthropic-messages': messages,
  'openai-responses': responses,
  gemini,
  'openai-completions': completions,
  embeddings,
  rerank,
} satisfies Record<string, Caller>

export type CallerName = keyof typeof callers

/** The data of each event, as JSON where it is some. */
export function eventsIn(stream: string): Json[] {
  return stream.split('\n\n').flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('data:'))
    if (lines.length === 0) return []
    const data = lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')
    return [data === '[DONE]' ? data : (JSON.parse(data) as unknown)]
  })
}
