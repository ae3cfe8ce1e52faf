import type {
  Chat,
  Extra,
  Format,
  ForeignPart,
  Message,
  Part,
  ReasoningWish,
  Role,
  Source,
  Tool,
  ToolChoice,
} from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { Fields, isObject } from '../fields.ts'
import { readThoughts } from './thoughts.ts'

export const id = 'openai-responses'

/** Parameters of OpenAI that no other dialect has a word for. */
const nativeParameters = [
  'max_tool_calls',
  'context_management',
  'moderation',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
]

/** What stands at the vendor and holds words of the conversation: nobody else can go without it. */
const heldElsewhere = ['previous_response_id', 'conversation', 'prompt']

/** Asks for more to be told of what a tool of the vendor found; of log probabilities there is a word. */
const logprobsIncluded = 'message.output_text.logprobs'
const sealsIncluded = 'reasoning.encrypted_content'

export function readChat(body: JsonObject): Chat {
  const wire = new Fields(body.value, '')
  const native = new Set(Object.keys(wire.pick(...nativeParameters)))
  const messages = readConversation(wire, native)
  const tools = wire.items('tools').map(readTool)
  const text = wire.fields('text')
  if (text?.raw('verbosity') !== undefined) native.add('verbosity')
  if (wire.text('truncation') === 'auto') native.add('truncation')
  const included = wire.texts('include')
  if (included.some((name) => name !== logprobsIncluded && name !== sealsIncluded))
    native.add('include')
  const topLogprobs = wire.count('top_logprobs')
  const wantsLogprobs = included.includes(logprobsIncluded) || (topLogprobs ?? 0) > 0
  const chat = {
    operation: 'chat',
    messages,
    tools,
    toolChoice: readToolChoice(wire, native),
    parallelTools: wire.flag('parallel_tool_calls'),
    format: readFormat(text?.fields('format') ?? null),
    maxTokens: wire.count('max_output_tokens'),
    n: null,
    stop: [],
    temperature: wire.number('temperature'),
    topP: wire.number('top_p'),
    topK: wire.count('top_k'), // vLLM takes it
    seed: null,
    presencePenalty: wire.number('presence_penalty'),
    frequencyPenalty: wire.number('frequency_penalty'),
    logitBias: null,
    logprobs: wantsLogprobs ? true : null,
    topLogprobs: wantsLogprobs ? topLogprobs : null,
    reasoning: readReasoning(wire.fields('reasoning'), native),
    user: wire.text('user') ?? wire.text('safety_identifier'),
    metadata: wire.object('metadata'),
    serviceTier: wire.text('service_tier'),
    native: [...native],
  } satisfies Omit<Chat, 'extra'>
  // The gateway itself keeps what is to be stored; `store` is no wish to the provider.
  wire.skip('model', 'stream', 'stream_options', 'background', 'store', 'safety_identifier')
  return { ...chat, extra: wire.rest() }
}

function readConversation(wire: Fields, native: Set<string>): readonly Message[] {
  const turns = new Turns()
  const instructions = wire.text('instructions')
  if (instructions !== null && instructions !== '') turns.say('system', [textPart(instructions)])
  for (const name of heldElsewhere) {
    const value = wire.raw(name)
    if (value !== undefined) turns.say('user', [foreign({ type: name, [name]: value })])
  }
  const input = wire.raw('input')
  if (typeof input === 'string') turns.say('user', [textPart(input)])
  else for (const item of wire.items('input')) readItem(item, turns, native)
  return turns.messages
}

/** What an assistant says, thinks and calls comes in items of its own, and is one turn elsewhere. */
class Turns {
  readonly messages: { role: Role; parts: Part[]; name: null; extra: Extra }[] = []

  say(role: Role, parts: readonly Part[], extra: Extra = noExtra): void {
    const last = this.messages.at(-1)
    const joins = role === 'assistant' || role === 'tool'
    if (joins && last?.role === role && Object.keys(extra).length === 0) last.parts.push(...parts)
    else this.messages.push({ role, parts: [...parts], name: null, extra })
  }
}

const roles: readonly Role[] = ['system', 'developer', 'user', 'assistant']

/**
 * Traces of tools that the vendor ran. What came of them stands in the answer behind them, so that a
 * conversation may go on elsewhere without them.
 */
const traces = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_list_tools',
  'mcp_call',
])

function readItem(wire: Fields, turns: Turns, native: Set<string>): void {
  const type = wire.text('type') ?? (wire.text('role') === null ? 'item_reference' : 'message')
  switch (type) {
    case 'message': {
      const role = roles.find((word) => word === wire.needText('role'))
      if (role === undefined) throw wire.wrong('role', `one of ${roles.join(', ')}`)
      if (wire.raw('phase') !== undefined) native.add('phase')
      const parts = readContent(wire, 'content', native)
      wire.skip('id', 'status')
      turns.say(role, parts, wire.rest())
      return
    }
    case 'reasoning':
      turns.say('assistant', [readThoughts(wire.value)])
      return
    case 'function_call': {
      const call: Part = {
        type: 'toolCall',
        id: wire.text('call_id') ?? wire.needText('id'),
        name: wire.needText('name'),
        arguments: wire.text('arguments') ?? '',
        extra: noExtra,
      }
      if (wire.raw('namespace') !== undefined) native.add('namespace')
      turns.say('assistant', [call])
      return
    }
    case 'function_call_output': {
      const result: Part = {
        type: 'toolResult',
        callId: wire.needText('call_id'),
        parts: readContent(wire, 'output', native),
        failed: false,
        extra: noExtra,
      }
      turns.say('tool', [result])
      return
    }
    default:
      if (traces.has(type)) native.add(type)
      else
        turns.say(type.endsWith('_output') ? 'user' : 'assistant', [
          foreign({ type, ...wire.value }),
        ])
  }
}

function readContent(wire: Fields, name: string, native: Set<string>): Part[] {
  const content = wire.raw(name)
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)]
  return wire.items(name).map((part) => readPart(part, native))
}

function readPart(wire: Fields, native: Set<string>): Part {
  if (wire.raw('prompt_cache_breakpoint') !== undefined) native.add('prompt_cache_breakpoint')
  switch (wire.needText('type')) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(wire.needText('text'))
    case 'refusal':
      return { type: 'refusal', text: wire.needText('refusal'), extra: noExtra }
    case 'input_image': {
      const url = wire.text('image_url')
      const source: Source =
        url === null ? { kind: 'id', id: wire.needText('file_id') } : readUrl(url)
      return { type: 'image', source, detail: wire.text('detail'), extra: noExtra }
    }
    case 'input_file':
      return { type: 'file', source: fileSource(wire), name: wire.text('filename'), extra: noExtra }
    case 'input_audio': {
      const audio = wire.fields('input_audio')
      if (!audio) throw wire.wrong('input_audio', 'an object')
      const format = audio.needText('format')
      return { type: 'audio', format, data: audio.needText('data'), extra: noExtra }
    }
    default:
      return foreign(wire.value)
  }
}

function fileSource(wire: Fields): Source {
  const data = wire.text('file_data')
  if (data !== null) {
    const source = readUrl(data)
    return source.kind === 'base64'
      ? source
      : { kind: 'base64', mediaType: 'application/octet-stream', data }
  }
  const url = wire.text('file_url')
  return url === null ? { kind: 'id', id: wire.needText('file_id') } : { kind: 'url', url }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]+)*;base64,/

function readUrl(url: string): Source {
  const match = dataUrl.exec(url.slice(0, 200))
  if (!match) return { kind: 'url', url }
  return { kind: 'base64', mediaType: match[1] || 'text/plain', data: url.slice(match[0].length) }
}

function readTool(wire: Fields): Tool {
  if (wire.needText('type') !== 'function') {
    const name = wire.text('name') ?? wire.needText('type')
    const whole = foreign(wire.value)
    return { name, description: null, schema: null, strict: null, extra: noExtra, foreign: whole }
  }
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('parameters'),
    strict: wire.flag('strict'),
    foreign: null,
  }
  return { ...tool, extra: wire.rest() }
}

function readToolChoice(wire: Fields, native: Set<string>): ToolChoice | null {
  const choice = wire.raw('tool_choice')
  if (choice === undefined) return null
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice }
  if (!isObject(choice)) throw wire.wrong('tool_choice', 'auto, none, required or a named function')
  const fields = new Fields(choice, 'tool_choice')
  switch (fields.needText('type')) {
    case 'function':
    case 'custom':
      return { kind: 'tool', name: fields.needText('name') }
    case 'allowed_tools':
      native.add('allowed_tools')
      return { kind: fields.text('mode') === 'required' ? 'required' : 'auto' }
    default: // a tool of the vendor's own, which stands under `tools` and is refused there
      return { kind: 'required' }
  }
}

function readFormat(wire: Fields | null): Format | null {
  if (!wire) return null
  switch (wire.needText('type')) {
    case 'text':
      return { kind: 'text' }
    case 'json_object':
      return { kind: 'json' }
    case 'json_schema': {
      const schema = wire.object('schema')
      if (schema === null) throw wire.wrong('schema', 'a JSON Schema')
      return {
        kind: 'schema',
        name: wire.text('name'),
        description: wire.text('description'),
        schema,
        strict: wire.flag('strict'),
      }
    }
    default:
      throw wire.wrong('type', 'text, json_object or json_schema')
  }
}

function readReasoning(wire: Fields | null, native: Set<string>): ReasoningWish | null {
  if (!wire) return null
  const effort = wire.text('effort')
  const summary = wire.text('summary') ?? wire.text('generate_summary')
  for (const name of ['context', 'mode'])
    if (wire.raw(name) !== undefined) native.add(`reasoning.${name}`)
  if (effort === null && summary === null) return null
  return {
    enabled: effort === 'none' ? false : null,
    effort,
    budgetTokens: null,
    display: summary === null ? null : 'summarized',
  }
}

function textPart(text: string): Part {
  return { type: 'text', text, extra: noExtra }
}

function foreign(value: Extra): ForeignPart {
  return { type: 'foreign', dialect: id, value }
}
