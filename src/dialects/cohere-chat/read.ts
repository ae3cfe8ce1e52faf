import {
  type Chat,
  type Format,
  type Message,
  noExtra,
  type Part,
  type ReasoningWish,
  type Source,
  type Tool,
  type ToolChoice,
} from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { Fields, isObject } from '../fields.ts'

/** What a request of this dialect means. */

/** Parameters of Cohere that no other dialect has a word for. */
const nativeParameters = ['citation_options', 'safety_mode', 'priority', 'raw_prompting']

/** @param dialect  the id under which parts of unknown kinds are kept */
export function readChat(body: JsonObject, dialect: string): Chat {
  const wire = new Fields(body.value, '')
  const strict = wire.flag('strict_tools')
  const chat = {
    operation: 'chat',
    messages: [
      ...readDocuments(wire),
      ...wire.items('messages').map((item) => readMessage(item, dialect)),
    ],
    tools: wire.items('tools').map((item) => readTool(item, strict, dialect)),
    toolChoice: readToolChoice(wire),
    parallelTools: null,
    format: readFormat(wire.fields('response_format')),
    maxTokens: wire.count('max_tokens'),
    n: null,
    stop: wire.texts('stop_sequences'),
    temperature: wire.number('temperature'),
    topP: wire.number('p'),
    topK: wire.count('k'),
    seed: wire.number('seed'),
    presencePenalty: wire.number('presence_penalty'),
    frequencyPenalty: wire.number('frequency_penalty'),
    logitBias: null,
    logprobs: wire.flag('logprobs'),
    topLogprobs: null,
    reasoning: readThinking(wire.fields('thinking')),
    user: null,
    metadata: wire.object('metadata'),
    serviceTier: null,
    native: Object.keys(wire.pick(...nativeParameters)),
  } satisfies Omit<Chat, 'extra'>
  wire.skip('model', 'stream')
  return { ...chat, extra: wire.rest() }
}

/** Documents to answer from stand beside the conversation here, and in it everywhere else. */
function readDocuments(wire: Fields): Message[] {
  const documents = wire.list('documents') ?? []
  if (documents.length === 0) return []
  const texts = documents.map((document) =>
    typeof document === 'string' ? document : JSON.stringify(document),
  )
  const text = ['Answer from these documents:', ...texts].join('\n\n')
  return [
    { role: 'system', parts: [{ type: 'text', text, extra: noExtra }], name: null, extra: noExtra },
  ]
}

const roles = { system: 'system', user: 'user', assistant: 'assistant', tool: 'tool' } as const

function readMessage(wire: Fields, dialect: string): Message {
  const word = wire.needText('role').toLowerCase()
  if (!Object.hasOwn(roles, word)) throw wire.wrong('role', 'system, user, assistant or tool')
  const role = roles[word as keyof typeof roles]
  const content = readContent(wire, dialect)
  if (role === 'tool') {
    const callId = wire.needText('tool_call_id')
    const result: Part = {
      type: 'toolResult',
      callId,
      parts: content,
      failed: false,
      extra: noExtra,
    }
    return { role, parts: [result], name: null, extra: wire.rest() }
  }
  if (role !== 'assistant') return { role, parts: content, name: null, extra: wire.rest() }
  const plan = wire.text('tool_plan') ?? ''
  const calls = wire.items('tool_calls').map(readToolCall)
  wire.skip('citations')
  return {
    role,
    parts: [...(plan === '' ? [] : [thought(plan)]), ...content, ...calls],
    name: null,
    extra: wire.rest(),
  }
}

export function thought(text: string): Part & { readonly type: 'reasoning' } {
  return { type: 'reasoning', text, signature: null, sealed: null, extra: noExtra }
}

function readContent(wire: Fields, dialect: string): Part[] {
  const content = wire.raw('content')
  if (content === undefined || content === '') return []
  if (typeof content === 'string') return [{ type: 'text', text: content, extra: noExtra }]
  return wire.items('content').map((item) => readPart(item, dialect))
}

function readPart(wire: Fields, dialect: string): Part {
  switch (wire.needText('type')) {
    case 'text': {
      const text = wire.needText('text')
      return { type: 'text', text, extra: wire.rest() }
    }
    case 'thinking':
      return thought(wire.text('thinking') ?? '')
    case 'image_url': {
      const image = wire.raw('image_url')
      const fields = typeof image === 'string' ? null : wire.fields('image_url')
      const url = typeof image === 'string' ? image : (fields?.needText('url') ?? '')
      const detail = fields?.text('detail') ?? null
      return { type: 'image', source: readUrl(url), detail, extra: wire.rest() }
    }
    case 'document':
      // A document among the results of a tool: its fields are what it says.
      return { type: 'text', text: documentText(wire.raw('document')), extra: noExtra }
    default:
      return { type: 'foreign', dialect, value: wire.value }
  }
}

function documentText(document: unknown): string {
  const data = isObject(document) ? (document['data'] ?? document) : document
  return typeof data === 'string' ? data : JSON.stringify(data ?? {})
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]+)*;base64,/

function readUrl(url: string): Source {
  const match = dataUrl.exec(url.slice(0, 200))
  if (!match) return { kind: 'url', url }
  return { kind: 'base64', mediaType: match[1] || 'image/png', data: url.slice(match[0].length) }
}

function readToolCall(wire: Fields): Part {
  const called = wire.fields('function')
  if (!called) throw wire.wrong('function', 'an object with a name and arguments')
  const call = {
    type: 'toolCall',
    id: wire.text('id') ?? '',
    name: called.needText('name'),
    arguments: called.text('arguments') ?? '',
  } as const
  return { ...call, extra: wire.skip('type').rest() }
}

function readTool(wire: Fields, strict: boolean | null, dialect: string): Tool {
  const described = wire.fields('function')
  if (!described) {
    const foreign = { type: 'foreign', dialect, value: wire.value } as const
    const name = wire.text('name') ?? wire.text('type') ?? 'a tool without a name'
    return { name, description: null, schema: null, strict: null, extra: noExtra, foreign }
  }
  const tool = {
    name: described.needText('name'),
    description: described.text('description'),
    schema: described.object('parameters'),
    strict,
    foreign: null,
  }
  return { ...tool, extra: { ...wire.skip('type').rest(), ...described.rest() } }
}

function readToolChoice(wire: Fields): ToolChoice | null {
  const word = wire.text('tool_choice')
  switch (word?.toUpperCase()) {
    case undefined:
      return null
    case 'REQUIRED':
      return { kind: 'required' }
    case 'NONE':
      return { kind: 'none' }
    default:
      throw wire.wrong('tool_choice', 'REQUIRED or NONE')
  }
}

function readFormat(wire: Fields | null): Format | null {
  if (!wire) return null
  const type = wire.needText('type')
  if (type === 'text') return { kind: 'text' }
  if (type !== 'json_object') throw wire.wrong('type', 'text or json_object')
  const schema = wire.object('json_schema') ?? wire.object('schema')
  if (!schema) return { kind: 'json' }
  return { kind: 'schema', name: null, description: null, schema, strict: null }
}

function readThinking(wire: Fields | null): ReasoningWish | null {
  if (!wire) return null
  const type = wire.text('type')
  return {
    enabled: type === null ? null : type !== 'disabled',
    effort: null,
    budgetTokens: wire.count('token_budget'),
    display: null,
  }
}
