import { noExtra } from '../../../src/core/call.ts'
import { deltasOf } from '../../../src/core/fold.ts'
import { readJsonObject } from '../../../src/core/json.ts'
import type { ChatReply } from '../../../src/core/reply.ts'
import { noUsage } from '../../../src/core/usage.ts'
import { anthropicCount } from '../../../src/dialects/anthropic-messages/count.ts'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import { cohereEmbed } from '../../../src/dialects/cohere-embed/index.ts'
import type { Dialect, Place, Quirks } from '../../../src/dialects/dialect.ts'
import { gemini, geminiCount } from '../../../src/dialects/gemini/index.ts'
import {
  geminiEmbedContent,
  geminiEmbeddings,
} from '../../../src/dialects/gemini-embeddings/index.ts'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { openaiCompletions } from '../../../src/dialects/openai-completions/index.ts'
import { openaiEmbeddings } from '../../../src/dialects/openai-embeddings/index.ts'
import { openaiImages } from '../../../src/dialects/openai-images/index.ts'
import {
  mistralModerations,
  openaiModerations,
} from '../../../src/dialects/openai-moderations/index.ts'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { openaiTranscriptions } from '../../../src/dialects/openai-transcriptions/index.ts'
import { cohereRerank, jinaRerank } from '../../../src/dialects/rerank/index.ts'
import { sseText } from '../../../src/dialects/sse.ts'
import { providers } from '../../../src/providers/index.ts'

/** Valid requests, answers and streams of every dialect: what is made wrong begins right. */

export const place: Place = { model: 'task', stream: false, query: new URLSearchParams() }

export const chatDialects: readonly Dialect[] = [
  openaiChat,
  anthropicMessages,
  openaiResponses,
  gemini,
  bedrockConverse,
  cohereChat,
  openaiCompletions,
]

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A conversation with everything that a dialect may have to say. */
const conversation = {
  model: 'task',
  messages: [
    { role: 'system', content: 'Answer in one line.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Is it warm in Ghent, and what does the picture show?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } },
        {
          type: 'file',
          file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pixel}` },
        },
      ],
    },
    {
      role: 'assistant',
      content: 'I look.',
      reasoning_content: 'They want to know of the weather.',
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Ghent"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '18 degrees' },
    { role: 'user', content: 'And tomorrow?', name: 'ada' },
  ],
  tools: [
    {
      type: 'function',
      function: {
        name: 'weather',
        description: 'of a city',
        parameters: {
          type: 'object',
          properties: {
            city: { type: 'string', enum: ['Ghent', null] },
            day: { $ref: '#/$defs/day' },
          },
          required: ['city'],
          $defs: { day: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
        },
        strict: true,
      },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: false,
  max_completion_tokens: 100,
  temperature: 0.5,
  top_p: 0.9,
  seed: 7,
  stop: ['END'],
  reasoning_effort: 'low',
  user: 'acme',
  metadata: { feature: 'weather' },
  stream: true,
  stream_options: { include_usage: true },
}

const plain = {
  model: 'task',
  messages: [
    { role: 'user', content: 'Say a colour.' },
    { role: 'assistant', content: 'Blue' },
    { role: 'user', content: 'As JSON.' },
  ],
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'colour',
      schema: { type: 'object', properties: { colour: { type: 'string' } } },
    },
  },
  n: 2,
  logprobs: true,
  top_logprobs: 3,
  logit_bias: { '50256': -100 },
  presence_penalty: 0.1,
}

/** The two conversations as each dialect says them, without what it cannot say. */
function asked(dialect: Dialect): string[] {
  if (dialect.id === 'openai-completions') {
    const completion = {
      model: 'task',
      prompt: ['Once', 'upon'],
      max_tokens: 5,
      echo: true,
      suffix: 'end',
      logprobs: 2,
    }
    return [
      JSON.stringify(completion),
      JSON.stringify({ model: 'task', prompt: 'Once', best_of: 2, n: 1 }),
    ]
  }
  return [conversation, plain].flatMap((wire) => {
    const text = JSON.stringify(wire)
    const call = openaiChat.readCall(readJsonObject(text))
    try {
      return [
        dialect.writeCall(
          { ...call, dialect: dialect === openaiChat ? 'openai-chat' : 'other' },
          target,
        ).text,
      ]
    } catch {
      const { response_format: _, n: _n, ...less } = plain
      return [
        dialect.writeCall(
          { ...openaiChat.readCall(readJsonObject(JSON.stringify(less))), dialect: 'other' },
          target,
        ).text,
      ]
    }
  })
}

const target = { model: 'model', quirks: {}, outputMax: 4_096 }
/** Some of what is peculiar is so for some models alone. */
export const models = [
  'model',
  'gpt-5.1',
  'claude-sonnet-4-5',
  'deepseek-reasoner',
  'kimi-k2-thinking',
  'glm-4.6v',
  'qwen3-32b',
  'gemini-3-pro-preview',
  'mistral-large-latest',
]

export const stamp = { callId: 'call', nowS: 1_760_000_000, model: 'vendor/model' }

const answer: ChatReply = {
  operation: 'chat',
  id: 'answer-1',
  model: 'model-1',
  createdS: 1_760_000_000,
  choices: [
    {
      index: 0,
      parts: [
        {
          type: 'reasoning',
          text: 'Warm, I think.',
          signature: 'c2lnbmVk',
          sealed: null,
          extra: noExtra,
        },
        { type: 'text', text: 'It is 18 degrees in Ghent – “warm”.', extra: noExtra },
        {
          type: 'toolCall',
          id: 'call_2',
          name: 'weather',
          arguments: '{"city":"Ghent","day":1}',
          extra: noExtra,
        },
      ],
      ending: { finish: 'tools', word: 'tool_calls', stopSequence: null },
      logprobs: null,
      extra: noExtra,
    },
  ],
  measured: {
    usage: { ...noUsage, input: 40, cacheRead: 10, output: 20, reasoning: 5 },
    source: 'provider',
    raw: null,
    reportedUsd: null,
    clamped: false,
  },
  extra: noExtra,
}

const shortAnswer: ChatReply = {
  ...answer,
  choices: [
    {
      index: 0,
      parts: [{ type: 'text', text: 'Blue.', extra: noExtra }],
      ending: { finish: 'stop', word: 'stop', stopSequence: null },
      logprobs: null,
      extra: noExtra,
    },
  ],
}

export interface Samples {
  readonly dialect: Dialect
  readonly requests: readonly string[]
  readonly replies: readonly string[]
  readonly streams: readonly Buffer[]
}

function ofChat(dialect: Dialect): Samples {
  const requests = asked(dialect)
  const call = dialect.readCall(readJsonObject(requests[0]!), place)
  const answers = [answer, shortAnswer]
  return {
    dialect,
    requests,
    replies: [
      ...answers.map((reply) => dialect.writeReply(reply, call, stamp)),
      '{"error":{"message":"no","type":"server_error","code":500,"param":null}}',
      '{"type":"error","error":{"type":"overloaded_error","message":"no"}}',
    ],
    streams: answers.map((reply) => {
      const writer = dialect.startWriting!(call, stamp)
      const parts = [...deltasOf(reply).map((delta) => writer.write([delta])), writer.end()]
      return Buffer.concat(
        parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
      )
    }),
  }
}

const text = JSON.stringify

const others: readonly Samples[] = [
  {
    dialect: openaiEmbeddings,
    requests: [
      text({
        model: 'task',
        input: ['a', 'b'],
        dimensions: 8,
        encoding_format: 'float',
        user: 'u',
      }),
      text({ model: 'task', input: [[1, 2], [3]] }),
    ],
    replies: [
      text({
        object: 'list',
        model: 'm',
        data: [
          { object: 'embedding', index: 0, embedding: [0.1, -0.5, 1e-9] },
          { object: 'embedding', index: 1, embedding: 'AACAPw==' },
        ],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      }),
    ],
    streams: [],
  },
  {
    dialect: cohereEmbed,
    requests: [
      text({
        model: 'task',
        texts: ['a', 'b'],
        input_type: 'search_document',
        embedding_types: ['float'],
      }),
      text({
        model: 'task',
        inputs: [{ content: [{ type: 'text', text: 'a' }] }],
        input_type: 'search_query',
      }),
    ],
    replies: [
      text({
        id: 'a',
        embeddings: { float: [[0.1, 0.2]] },
        texts: ['a'],
        meta: { billed_units: { input_tokens: 2 } },
      }),
    ],
    streams: [],
  },
  {
    dialect: geminiEmbeddings,
    requests: [
      text({
        requests: [
          { model: 'models/m', content: { parts: [{ text: 'a' }] }, outputDimensionality: 8 },
          { content: { parts: [{ text: 'b' }] } },
        ],
      }),
    ],
    replies: [text({ embeddings: [{ values: [0.1, 0.2] }, { values: [] }] })],
    streams: [],
  },
  {
    dialect: geminiEmbedContent,
    requests: [
      text({
        content: { parts: [{ text: 'a' }] },
        taskType: 'RETRIEVAL_QUERY',
        outputDimensionality: 8,
      }),
    ],
    replies: [text({ embedding: { values: [0.1] } })],
    streams: [],
  },
  ...[cohereRerank, jinaRerank].map((dialect) => ({
    dialect,
    requests: [
      text({
        model: 'task',
        query: 'q',
        documents: ['a', { text: 'b' }],
        top_n: 1,
        return_documents: true,
      }),
    ],
    replies: [
      text({
        id: 'r',
        results: [{ index: 0, relevance_score: 0.9, document: { text: 'a' } }],
        meta: { billed_units: { search_units: 1 } },
        usage: { total_tokens: 4 },
      }),
    ],
    streams: [],
  })),
  ...[openaiModerations, mistralModerations].map((dialect) => ({
    dialect,
    requests: [
      text({ model: 'task', input: ['a', 'b'] }),
      text({
        model: 'task',
        input: [{ type: 'image_url', image_url: { url: 'https://pictures.example/a.png' } }],
      }),
    ],
    replies: [
      text({
        id: 'm',
        model: 'm',
        results: [{ flagged: false, categories: { hate: false }, category_scores: { hate: 0.1 } }],
        usage: { prompt_tokens: 4 },
      }),
    ],
    streams: [],
  })),
  {
    dialect: openaiImages,
    requests: [
      text({
        model: 'task',
        prompt: 'a fox',
        n: 2,
        size: '512x512',
        response_format: 'b64_json',
        stream: true,
      }),
    ],
    replies: [
      text({
        created: 1,
        data: [{ b64_json: pixel }, { url: 'https://pictures.example/b.png' }],
        usage: { input_tokens: 4, output_tokens: 9, total_tokens: 13 },
      }),
    ],
    streams: [
      Buffer.from(
        sseText(
          text({
            type: 'image_generation.completed',
            b64_json: pixel,
            usage: { output_tokens: 9 },
          }),
          'image_generation.completed',
        ),
      ),
    ],
  },
  {
    dialect: openaiTranscriptions,
    requests: [],
    replies: [
      text({ text: 'so it is', usage: { type: 'tokens', input_tokens: 9, output_tokens: 3 } }),
      text({ text: 'a', duration: 2.5, segments: [{ id: 0, start: 0, end: 1, text: 'a' }] }),
    ],
    streams: [
      Buffer.from(
        sseText(text({ type: 'transcript.text.delta', delta: 'so' })) +
          sseText(
            text({
              type: 'transcript.text.done',
              text: 'so',
              usage: { type: 'tokens', input_tokens: 9 },
            }),
          ),
      ),
    ],
  },
]

/** What is counted is a conversation, in the dialect's own words. */
function ofCount(dialect: Dialect, chat: Dialect, reply: object): Samples {
  return { dialect, requests: asked(chat), replies: [text(reply)], streams: [] }
}

export const samples: readonly Samples[] = [
  ...chatDialects.map(ofChat),
  ...others,
  ofCount(anthropicCount, anthropicMessages, { input_tokens: 12 }),
  ofCount(geminiCount, gemini, { totalTokens: 12 }),
]

const doors = [...providers.values()].flatMap(({ doors: all }) => Object.values(all).flat())

/** What is peculiar about the dialect at each of its providers, and the plain dialect. */
export function quirksOf({ id }: Dialect): readonly Quirks[] {
  return [
    {},
    ...doors.flatMap(({ dialect, quirks }) => (dialect.id === id && quirks ? [quirks] : [])),
  ]
}

export const sseWords = [
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  'data: ',
  'data:',
  'event: error\n',
  'id: 1\0\n',
  ': hush\n',
  '\ufeff',
  'data: [DONE]\n\n',
  'data: {}\n\n',
  'retry: 1\n',
]

export const httpWords = [
  '\r\n',
  '\n',
  '\r\n\r\n',
  '\0',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 200 OK\r\n',
  'HTTP/1.1 103 Early\r\n\r\n',
  'content-length: 3\r\n',
  'content-length: 5\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: identity\r\n',
  ' folded\r\n',
  '0\r\n\r\n',
  'fffffffffffff\r\n',
  '5;a=b\r\nhello\r\n',
  '-1\r\n',
  '+5\r\n',
]

export const httpAnswers: readonly Buffer[] = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nX-Some: a\r\n\r\n{"a":"hello"}',
  'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nx-sum: 1\r\n\r\n',
  'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 204 No Content\r\nkeep-alive: timeout=5\r\n\r\n',
].map((sample) => Buffer.from(sample, 'latin1'))
