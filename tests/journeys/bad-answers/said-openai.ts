import {
  created,
  type Event,
  type Format,
  halves,
  id,
  model,
  type Said,
  sorry,
  type Tool,
} from './said.ts'

/** What servers of OpenAI's formats say, and of those that are named alike everywhere. */

const openaiError = {
  error: { message: sorry, type: 'server_error', code: 'internal', param: null },
}

function openaiUsage({ counts }: Said): object {
  if (!counts) return {}
  const [input, output] = counts
  return { usage: { prompt_tokens: input, completion_tokens: output } }
}

export const openaiChat: Format = {
  words: { stop: 'stop', tools: 'tool_calls', error: 'error' },
  error: openaiError,
  errorEvent: { is: 'content', data: openaiError },
  whole: (said) => ({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: said.text, ...openaiCalls(said.tool) },
        finish_reason: said.finish,
      },
    ],
    ...openaiUsage(said),
  }),
  events: (said) => {
    const chunk = (delta: object, finish: string | null = null): object => ({
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    })
    return [
      { is: 'start', data: chunk({ role: 'assistant', content: '' }) },
      ...halves(said.text).map((content): Event => ({ is: 'content', data: chunk({ content }) })),
      ...(said.tool
        ? [{ is: 'content', data: chunk(openaiCalls(said.tool, { index: 0 })) } as const]
        : []),
      { is: 'finish', data: { ...chunk({}, said.finish), ...openaiUsage(said) } },
      { is: 'end', data: '[DONE]' },
    ]
  },
}

export function openaiCalls(tool: Tool | undefined, place: object = {}): object {
  if (!tool) return {}
  const { id: callId, name, arguments: text } = tool
  return {
    tool_calls: [{ ...place, id: callId, type: 'function', function: { name, arguments: text } }],
  }
}

export const openaiResponses: Format = {
  words: { stop: 'completed', tools: 'completed', error: 'failed' },
  error: openaiError,
  errorEvent: { is: 'content', name: 'error', data: { type: 'error', message: sorry, code: 'x' } },
  whole: (said) => responsesAnswer(said),
  events: (said) => {
    const event = (is: Event['is'], type: string, fields: object): Event => ({
      is,
      name: type,
      data: { type, ...fields },
    })
    const answer = responsesAnswer(said)
    const [message, call] = answer.output
    const begun = { ...answer, status: 'in_progress', output: [], usage: null }
    return [
      event('start', 'response.created', { response: begun }),
      event('start', 'response.output_item.added', { output_index: 0, item: message }),
      ...halves(said.text).map((delta) =>
        event('content', 'response.output_text.delta', { output_index: 0, delta }),
      ),
      event('content', 'response.output_item.done', { output_index: 0, item: message }),
      ...(call
        ? [
            event('content', 'response.output_item.added', {
              output_index: 1,
              item: { ...call, arguments: '' },
            }),
            event('content', 'response.function_call_arguments.delta', {
              output_index: 1,
              delta: said.tool?.arguments,
            }),
            event('content', 'response.output_item.done', { output_index: 1, item: call }),
          ]
        : []),
      event('end', 'response.completed', { response: answer }),
    ]
  },
}

function responsesAnswer({ text, tool, finish, counts }: Said) {
  return {
    id,
    object: 'response',
    created_at: created,
    model,
    ...(finish !== null && { status: finish }),
    output: [
      {
        id: 'msg-1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text, annotations: [] }],
      },
      ...(tool
        ? [
            {
              id: 'fc-1',
              type: 'function_call',
              call_id: tool.id,
              name: tool.name,
              arguments: tool.arguments,
            },
          ]
        : []),
    ],
    ...(counts && { usage: { input_tokens: counts[0], output_tokens: counts[1] } }),
  }
}

export const openaiCompletions: Format = {
  words: { stop: 'stop', tools: 'stop', error: 'error' },
  error: openaiError,
  errorEvent: { is: 'content', data: openaiError },
  whole: (said) => ({
    id,
    object: 'text_completion',
    created,
    model,
    choices: [{ index: 0, text: said.text, finish_reason: said.finish, logprobs: null }],
    ...openaiUsage(said),
  }),
  events: (said) => {
    const chunk = (text: string, finish: string | null = null): object => ({
      id,
      object: 'text_completion',
      created,
      model,
      choices: [{ index: 0, text, finish_reason: finish, logprobs: null }],
    })
    return [
      ...halves(said.text).map((half): Event => ({ is: 'content', data: chunk(half) })),
      { is: 'finish', data: { ...chunk('', said.finish), ...openaiUsage(said) } },
      { is: 'end', data: '[DONE]' },
    ]
  },
}

/** These have neither words nor an end: what is said is that the good vector, or order, was given. */
export const goodVector = [0.25, -0.5]
export const goodScores = [0.75, 0.5]

export const embeddings: Format = {
  plain: true,
  words: { stop: 'stop', tools: 'stop', error: 'stop' },
  error: openaiError,
  errorEvent: { is: 'content', data: openaiError },
  whole: ({ counts }) => ({
    object: 'list',
    model,
    data: [{ object: 'embedding', index: 0, embedding: goodVector }],
    ...(counts && { usage: { prompt_tokens: counts[0], total_tokens: counts[0] } }),
  }),
  events: () => [],
}

export const rerank: Format = {
  plain: true,
  words: { stop: 'stop', tools: 'stop', error: 'stop' },
  error: openaiError,
  errorEvent: { is: 'content', data: openaiError },
  whole: ({ counts }) => ({
    id,
    model,
    results: goodScores.map((score, index) => ({ index, relevance_score: score })),
    ...(counts && { usage: { total_tokens: counts[0] } }),
  }),
  events: () => [],
}
