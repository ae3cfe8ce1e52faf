import { openaiCalls } from './said-openai.ts'
import { type Event, type Format, halves, id, inputOf, model, type Said, sorry } from './said.ts'

/** What Anthropic, Google, Cohere and Amazon say. */

const anthropicError = { type: 'error', error: { type: 'api_error', message: sorry } }

export const anthropicMessages: Format = {
  words: { stop: 'end_turn', tools: 'tool_use', error: 'error' },
  error: anthropicError,
  errorEvent: { is: 'content', name: 'error', data: anthropicError },
  whole: ({ text, tool, finish, counts }) => ({
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [
      { type: 'text', text },
      ...(tool
        ? [{ type: 'tool_use', id: tool.id, name: tool.name, input: inputOf(tool.arguments) }]
        : []),
    ],
    stop_reason: finish,
    stop_sequence: null,
    ...(counts && { usage: { input_tokens: counts[0], output_tokens: counts[1] } }),
  }),
  events: ({ text, tool, finish, counts }) => {
    const event = (is: Event['is'], type: string, fields: object): Event => ({
      is,
      name: type,
      data: { type, ...fields },
    })
    const block = (index: number, delta: object): Event =>
      event('content', 'content_block_delta', { index, delta })
    return [
      event('start', 'message_start', {
        message: {
          id,
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          ...(counts && { usage: { input_tokens: counts[0], output_tokens: counts[1] } }),
        },
      }),
      event('start', 'content_block_start', {
        index: 0,
        content_block: { type: 'text', text: '' },
      }),
      ...halves(text).map((half) => block(0, { type: 'text_delta', text: half })),
      event('content', 'content_block_stop', { index: 0 }),
      ...(tool
        ? [
            event('content', 'content_block_start', {
              index: 1,
              content_block: { type: 'tool_use', id: tool.id, name: tool.name, input: {} },
            }),
            block(1, { type: 'input_json_delta', partial_json: tool.arguments }),
            event('content', 'content_block_stop', { index: 1 }),
          ]
        : []),
      event('finish', 'message_delta', {
        delta: { stop_reason: finish, stop_sequence: null },
        ...(counts && { usage: { output_tokens: counts[1] } }),
      }),
      event('end', 'message_stop', {}),
    ]
  },
}

const geminiError = { error: { code: 500, message: sorry, status: 'INTERNAL' } }

export const gemini: Format = {
  words: { stop: 'STOP', tools: 'STOP', error: 'OTHER' },
  error: geminiError,
  errorEvent: { is: 'content', data: geminiError },
  whole: (said) => geminiChunk(geminiParts(said), said),
  events: (said) => [
    ...halves(said.text).map((text): Event => ({
      is: 'content',
      data: geminiChunk([{ text }], null),
    })),
    { is: 'finish', data: geminiChunk(geminiParts({ ...said, text: '' }), said) },
  ],
}

function geminiParts({ text, tool }: Said): object[] {
  return [
    { text },
    ...(tool
      ? [{ functionCall: { id: tool.id, name: tool.name, args: inputOf(tool.arguments) } }]
      : []),
  ]
}

function geminiChunk(parts: readonly object[], ends: Said | null): object {
  const finish = ends?.finish ?? null
  const counts = ends?.counts
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        index: 0,
        ...(finish !== null && { finishReason: finish }),
      },
    ],
    ...(counts && {
      usageMetadata: { promptTokenCount: counts[0], candidatesTokenCount: counts[1] },
    }),
    modelVersion: model,
    responseId: id,
  }
}

export const cohereChat: Format = {
  words: { stop: 'COMPLETE', tools: 'TOOL_CALL', error: 'ERROR' },
  error: { message: sorry },
  errorEvent: { is: 'content', data: { message: sorry } },
  whole: ({ text, tool, finish, counts }) => ({
    id,
    message: { role: 'assistant', content: [{ type: 'text', text }], ...openaiCalls(tool) },
    finish_reason: finish,
    ...(counts && { usage: cohereUsage(counts) }),
  }),
  events: ({ text, tool, finish, counts }) => {
    const event = (is: Event['is'], type: string, fields: object): Event => ({
      is,
      data: { type, ...fields },
    })
    const content = (type: string, piece: object): Event =>
      event('content', type, { index: 0, delta: { message: { content: piece } } })
    return [
      event('start', 'message-start', { id, delta: { message: { role: 'assistant' } } }),
      content('content-start', { type: 'text', text: '' }),
      ...halves(text).map((half) => content('content-delta', { text: half })),
      event('content', 'content-end', { index: 0 }),
      ...(tool
        ? [
            event('content', 'tool-call-start', {
              index: 0,
              delta: {
                message: {
                  tool_calls: {
                    id: tool.id,
                    type: 'function',
                    function: { name: tool.name, arguments: tool.arguments },
                  },
                },
              },
            }),
            event('content', 'tool-call-end', { index: 0 }),
          ]
        : []),
      event('finish', 'message-end', {
        delta: { finish_reason: finish, ...(counts && { usage: cohereUsage(counts) }) },
      }),
      { is: 'end', data: '[DONE]' },
    ]
  },
}

function cohereUsage([input, output]: readonly [unknown, unknown]): object {
  const counted = { input_tokens: input, output_tokens: output }
  return { billed_units: counted, tokens: counted }
}

export const bedrockConverse: Format = {
  frames: true,
  words: { stop: 'end_turn', tools: 'tool_use', error: 'malformed_model_output' },
  error: { message: sorry },
  errorEvent: { is: 'content', name: ':exception', data: { message: sorry } },
  whole: ({ text, tool, finish, counts }) => ({
    output: {
      message: {
        role: 'assistant',
        content: [
          { text },
          ...(tool
            ? [
                {
                  toolUse: {
                    toolUseId: tool.id,
                    name: tool.name,
                    input: inputOf(tool.arguments),
                  },
                },
              ]
            : []),
        ],
      },
    },
    ...(finish !== null && { stopReason: finish }),
    ...(counts && { usage: { inputTokens: counts[0], outputTokens: counts[1] } }),
  }),
  events: ({ text, tool, finish, counts }) => [
    { is: 'start', name: 'messageStart', data: { role: 'assistant' } },
    ...halves(text).map((half): Event => ({
      is: 'content',
      name: 'contentBlockDelta',
      data: { contentBlockIndex: 0, delta: { text: half } },
    })),
    { is: 'content', name: 'contentBlockStop', data: { contentBlockIndex: 0 } },
    ...(tool
      ? ([
          {
            is: 'content',
            name: 'contentBlockStart',
            data: {
              contentBlockIndex: 1,
              start: { toolUse: { toolUseId: tool.id, name: tool.name } },
            },
          },
          {
            is: 'content',
            name: 'contentBlockDelta',
            data: { contentBlockIndex: 1, delta: { toolUse: { input: tool.arguments } } },
          },
          { is: 'content', name: 'contentBlockStop', data: { contentBlockIndex: 1 } },
        ] as const)
      : []),
    { is: 'finish', name: 'messageStop', data: finish === null ? {} : { stopReason: finish } },
    {
      is: 'end',
      name: 'metadata',
      data: counts ? { usage: { inputTokens: counts[0], outputTokens: counts[1] } } : {},
    },
  ],
}
