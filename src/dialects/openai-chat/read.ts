import {
  type Call,
  type Chat,
  type Extra,
  type Format,
  type ReasoningWish,
  type ToolChoice,
  noExtra,
} from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { Fields, isObject, present, wrong } from '../fields.ts'
import {
  checkEach,
  MediaTally,
  readCount,
  readFlag,
  readModel,
  readObject,
  readText,
} from '../read-call.ts'
import { id } from './wire.ts'
import { readMessage } from './read-messages.ts'
import { readTool, readFunction } from './tools.ts'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  checkEach(value['messages'], checkMessage, media)
  const streamOptions = readObject(value['stream_options'], 'stream_options')
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens:
      readCount(value['max_completion_tokens'], 'max_completion_tokens', 1) ??
      readCount(value['max_tokens'], 'max_tokens', 1),
    n: readCount(value['n'], 'n', 1) ?? 1,
    usageAsked: readFlag(streamOptions?.['include_usage'], 'stream_options.include_usage'),
    user: readText(value['user'], 'user'),
    metadata: readObject(value['metadata'], 'metadata'),
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readChat(body),
  }
}

/** Looks only at what every server of this dialect insists on; the rest is the provider's to judge. */
function checkMessage(message: Extra, index: number, media: MediaTally): void {
  const { role, content } = message
  if (role === 'tool' && typeof message['tool_call_id'] !== 'string') {
    throw wrong(
      `messages[${index}].tool_call_id`,
      'the id of the call this answers',
      message['tool_call_id'],
    )
  }
  if (typeof content === 'string') return
  if (Array.isArray(content)) checkParts(content, `messages[${index}].content`, media)
  else if (present(content) || role !== 'assistant') {
    throw wrong(`messages[${index}].content`, 'a string or a list of parts', content)
  }
}

function checkParts(parts: readonly unknown[], path: string, media: MediaTally): void {
  parts.forEach((part, index) => {
    if (!isObject(part)) throw wrong(`${path}[${index}]`, 'an object', part)
    switch (part['type']) {
      case 'image_url': {
        const image = part['image_url']
        const url = isObject(image) ? image['url'] : image
        media.add(typeof url === 'string' && url.startsWith('data:') ? url : null)
        return
      }
      case 'input_audio': {
        const audio = part['input_audio']
        media.add(isObject(audio) && typeof audio['data'] === 'string' ? audio['data'] : null)
        return
      }
      case 'file': {
        // A document is counted by its bytes: its pages are not known.
        return
      }
      default:
        if (typeof part['type'] !== 'string') {
          throw wrong(`${path}[${index}].type`, 'a string', part['type'])
        }
    }
  })
}

/** Parameters of OpenAI that no other dialect has a word for. */
const nativeParameters = [
  'store',
  'modalities',
  'audio',
  'prediction',
  'web_search_options',
  'verbosity',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'moderation',
]

function readChat(body: JsonObject): Chat {
  const wire = new Fields(body.value, '')
  const tools = [
    ...wire.items('tools').map(readTool),
    ...wire.items('functions').map((item) => readFunction(item, noExtra)),
  ]
  const native = Object.keys(wire.pick(...nativeParameters))
  const stop = wire.raw('stop')
  const chat = {
    operation: 'chat',
    messages: wire.items('messages').map(readMessage),
    tools,
    toolChoice: readToolChoice(wire),
    parallelTools: wire.flag('parallel_tool_calls'),
    format: readFormat(wire.fields('response_format')),
    maxTokens: wire.count('max_completion_tokens') ?? wire.count('max_tokens'),
    n: wire.count('n'),
    stop: typeof stop === 'string' ? [stop] : wire.texts('stop'),
    temperature: wire.number('temperature'),
    topP: wire.number('top_p'),
    topK: wire.count('top_k'),
    seed: wire.number('seed'),
    presencePenalty: wire.number('presence_penalty'),
    frequencyPenalty: wire.number('frequency_penalty'),
    logitBias: wire.object('logit_bias') as Readonly<Record<string, number>> | null,
    logprobs: wire.flag('logprobs'),
    topLogprobs: wire.count('top_logprobs'),
    reasoning: readReasoning(wire),
    user: wire.text('user'),
    metadata: wire.object('metadata'),
    serviceTier: wire.text('service_tier'),
    native,
  } satisfies Omit<Chat, 'extra'>
  wire.skip('model', 'stream', 'stream_options', 'max_tokens')
  return { ...chat, extra: wire.rest() }
}

function readToolChoice(wire: Fields): ToolChoice | null {
  const legacy = wire.raw('function_call')
  const choice = wire.raw('tool_choice') ?? legacy
  if (choice === undefined) return null
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice }
  if (choice === 'any') return { kind: 'required' } // Mistral's word
  if (!isObject(choice)) throw wire.wrong('tool_choice', 'auto, none, required or a named function')
  const fields = new Fields(choice, 'tool_choice')
  const allowed = fields.fields('allowed_tools')
  if (allowed) return { kind: allowed.text('mode') === 'required' ? 'required' : 'auto' }
  return { kind: 'tool', name: (fields.fields('function') ?? fields).needText('name') }
}

function readFormat(wire: Fields | null): Format | null {
  if (!wire) return null
  switch (wire.needText('type')) {
    case 'text':
      return { kind: 'text' }
    case 'json_object':
      return { kind: 'json' }
    case 'json_schema': {
      const described = wire.fields('json_schema')
      const schema = described?.object('schema')
      if (!described || !schema) throw wire.wrong('json_schema', 'an object with a schema')
      return {
        kind: 'schema',
        name: described.text('name'),
        description: described.text('description'),
        schema,
        strict: described.flag('strict'),
      }
    }
    default:
      throw wire.wrong('type', 'text, json_object or json_schema')
  }
}

/** OpenAI's word, OpenRouter's object, and the switch of Zhipu, Ark and Anthropic. */
function readReasoning(wire: Fields): ReasoningWish | null {
  const effort = wire.text('reasoning_effort')
  const wish = wire.fields('reasoning')
  const thinking = wire.fields('thinking')
  if (effort === null && !wish && !thinking) return null
  const switched = thinking?.text('type')
  const word = effort ?? wish?.text('effort') ?? null
  return {
    enabled:
      switched === 'disabled' || word === 'none'
        ? false
        : (wish?.flag('enabled') ??
          (switched === 'enabled' || switched === 'adaptive' ? true : null)),
    effort: word,
    budgetTokens: wish?.count('max_tokens') ?? thinking?.count('budget_tokens') ?? null,
    display: null,
  }
}
