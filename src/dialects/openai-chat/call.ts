import type {
  CacheMark,
  Call,
  Chat,
  Extra,
  Format,
  Message,
  Part,
  ReasoningPart,
  ReasoningWish,
  Role,
  Source,
  Tool,
  ToolCallPart,
  ToolChoice,
} from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import { invalidRequest, unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import {
  fitMarks,
  markLast,
  type MarkRoom,
  nativeWords,
  noMarks,
  readMark,
  writeMark,
} from '../cache-marks.ts'
import type { Quirks, Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, isObject, present, wrong } from '../fields.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import { MediaTally, readCount, readFlag, readModel, readObject, readText } from '../read-call.ts'
import { adjustCall } from './adjust.ts'
import {
  besideCall,
  thinkingText,
  thought,
  thoughtsOf,
  writeDetails,
  writeToolCall,
} from './parts.ts'
import { wantsOf } from './past-turns.ts'
import type { WireMessage, WireRequest } from './wire.ts'

export const id = 'openai-chat'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  checkMessages(value['messages'], media)
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
function checkMessages(messages: unknown, media: MediaTally): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrong('messages', 'a list of at least one message', messages)
  }
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as unknown
    if (!isObject(message)) throw wrong(`messages[${index}]`, 'an object', message)
    const { role, content } = message
    if (typeof role !== 'string') throw wrong(`messages[${index}].role`, 'a string', role)
    if (role === 'tool' && typeof message['tool_call_id'] !== 'string') {
      throw wrong(
        `messages[${index}].tool_call_id`,
        'the id of the call this answers',
        message['tool_call_id'],
      )
    }
    if (typeof content === 'string') continue
    if (Array.isArray(content)) checkParts(content, `messages[${index}].content`, media)
    else if (present(content) || role !== 'assistant') {
      throw wrong(`messages[${index}].content`, 'a string or a list of parts', content)
    }
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

const roles: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

function readMessage(wire: Fields): Message {
  const word = wire.needText('role')
  const role = Object.hasOwn(roles, word) ? roles[word] : undefined
  if (role === undefined) throw wire.wrong('role', `one of ${Object.keys(roles).join(', ')}`)
  const name = wire.text('name')
  const mark = readMark(wire)
  if (role === 'tool') {
    const callId = wire.text('tool_call_id') ?? name ?? ''
    const result: Part = {
      type: 'toolResult',
      callId,
      parts: readContent(wire),
      failed: false,
      ...mark,
      extra: noExtra,
    }
    return { role, parts: [result], name: null, extra: wire.rest() }
  }
  const content = markedAtEnd(readContent(wire), mark.cache)
  if (role !== 'assistant') return { role, parts: content, name, extra: wire.rest() }
  wire.skip('reasoning_content', 'reasoning', 'reasoning_details')
  const parts: Part[] = [...thoughtsOf(wire.value), ...content]
  const refusal = wire.text('refusal')
  if (refusal !== null) parts.push({ type: 'refusal', text: refusal, extra: noExtra })
  for (const call of wire.items('tool_calls')) parts.push(readToolCall(call))
  const legacy = wire.fields('function_call')
  if (legacy) {
    const legacyName = legacy.needText('name')
    parts.push({
      type: 'toolCall',
      id: legacyName, // the answer to it names the function, not a call
      name: legacyName,
      arguments: legacy.text('arguments') ?? '',
      extra: noExtra,
    })
  }
  wire.skip('audio', 'annotations')
  return { role, parts, name, extra: wire.rest() }
}

/** Some mark a whole message, which stands for its last part. */
function markedAtEnd(content: Part[], cache: CacheMark | undefined): Part[] {
  return (cache && markLast(content, cache)) ?? content
}

function readContent(wire: Fields): Part[] {
  const content = wire.raw('content')
  if (content === undefined) return []
  if (typeof content === 'string') {
    return content === '' ? [] : [{ type: 'text', text: content, extra: noExtra }]
  }
  return wire.items('content').map(readPart)
}

function readPart(wire: Fields): Part {
  const mark = readMark(wire)
  switch (wire.needText('type')) {
    case 'text': {
      const text = wire.needText('text')
      return { type: 'text', text, ...mark, extra: wire.rest() }
    }
    case 'image_url': {
      const image = wire.raw('image_url')
      const fields = typeof image === 'string' ? null : wire.fields('image_url')
      const url = typeof image === 'string' ? image : (fields?.needText('url') ?? '')
      return {
        type: 'image',
        source: readUrl(url),
        detail: fields?.text('detail') ?? null,
        ...mark,
        extra: wire.rest(),
      }
    }
    case 'input_audio': {
      const audio = wire.fields('input_audio')
      if (!audio) throw wire.wrong('input_audio', 'an object')
      return {
        type: 'audio',
        format: audio.needText('format'),
        data: audio.needText('data'),
        extra: wire.rest(),
      }
    }
    case 'file': {
      const file = wire.fields('file')
      if (!file) throw wire.wrong('file', 'an object')
      const data = file.text('file_data')
      const source: Source =
        data === null ? { kind: 'id', id: file.needText('file_id') } : readUrl(data)
      return { type: 'file', source, name: file.text('filename'), ...mark, extra: wire.rest() }
    }
    case 'refusal': {
      const text = wire.needText('refusal')
      return { type: 'refusal', text, extra: wire.rest() }
    }
    case 'thinking': // Mistral's way to take thoughts back
      return thought(thinkingText(wire.raw('thinking')))
    default:
      return { type: 'foreign', dialect: id, value: wire.value }
  }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]+)*;base64,/

function readUrl(url: string): Source {
  const match = dataUrl.exec(url.slice(0, 200))
  if (!match) return { kind: 'url', url }
  return { kind: 'base64', mediaType: match[1] || 'text/plain', data: url.slice(match[0].length) }
}

function readToolCall(wire: Fields): Part {
  const called = wire.fields('function')
  if (!called) return { type: 'foreign', dialect: id, value: wire.value }
  const call = {
    type: 'toolCall',
    id: wire.text('id') ?? '',
    name: called.needText('name'),
    arguments: called.text('arguments') ?? '',
    ...readMark(wire),
  } as const
  const beside = besideCall(wire.value)
  const rest = wire.skip('type', 'index', 'extra_content').rest()
  return { ...call, ...beside, extra: { ...rest, ...beside.extra } }
}

function readTool(wire: Fields): Tool {
  // Mistral's client leaves the type out.
  const isFunction = (wire.text('type') ?? 'function') === 'function'
  const described = isFunction ? wire.fields('function') : null
  if (described) {
    const mark = { ...readMark(described), ...readMark(wire) }
    return { ...readFunction(described, wire.rest()), ...mark }
  }
  return {
    name: wire.text('name') ?? wire.needText('type'),
    description: null,
    schema: null,
    strict: null,
    extra: noExtra,
    foreign: { type: 'foreign', dialect: id, value: wire.value },
  }
}

function readFunction(wire: Fields, beside: Extra): Tool {
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('parameters'),
    strict: wire.flag('strict'),
    foreign: null,
  }
  return { ...tool, extra: { ...beside, ...wire.rest() } }
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

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

/** The text as it came, but for the model's name, the usage of streams, nulls and the provider's table. */
function editCall(call: Call, target: Target): WrittenCall {
  const { body } = call
  const parameters = new Parameters(body.value)
  parameters.removeNulls()
  if (call.model !== target.model) parameters.set('model', target.model)
  if (call.metadata !== null) {
    const metadata = withoutOwnNames(call.metadata)
    if (metadata === undefined) parameters.remove('metadata')
    else if (metadata !== call.metadata) parameters.set('metadata', metadata)
  }
  askForUsage(call, parameters, target.quirks)
  parameters.apply(target.quirks.parameters, target)
  adjustCall(parameters, body.value['messages'] as readonly WireMessage[], target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function askForUsage(call: Call, parameters: Parameters, { streamUsage = 'ask' }: Quirks): void {
  if (!call.stream || streamUsage === 'unasked') return
  if (streamUsage === 'refused') {
    if (present(parameters.get('stream_options'))) {
      parameters.remove('stream_options')
      parameters.adapted.push('-stream_options')
    }
    return
  }
  if (call.usageAsked) return
  const options = parameters.get('stream_options')
  parameters.set('stream_options', { ...(isObject(options) ? options : {}), include_usage: true })
}

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw unsupportedContent(meaning.operation, target.model)
  const { chat, words } = fitMarks(meaning, roomFor(target), target.quirks.cachesUnasked === true)
  const request: WireRequest = {
    ...chat.extra,
    ...compact({
      model: target.model,
      messages: chat.messages.flatMap((message) => writeMessage(message, target)),
      tools: chat.tools.length > 0 ? chat.tools.map((tool) => writeTool(tool, target)) : null,
      tool_choice: writeToolChoice(chat.toolChoice),
      parallel_tool_calls: chat.tools.length > 0 ? chat.parallelTools : null,
      response_format: writeFormat(chat.format),
      max_tokens: chat.maxTokens,
      n: chat.n,
      stop: chat.stop.length > 0 ? chat.stop : null,
      temperature: chat.temperature,
      top_p: chat.topP,
      top_k: chat.topK,
      seed: chat.seed,
      presence_penalty: chat.presencePenalty,
      frequency_penalty: chat.frequencyPenalty,
      logit_bias: chat.logitBias,
      logprobs: chat.logprobs,
      top_logprobs: chat.topLogprobs,
      reasoning_effort: chat.reasoning === null ? null : effortOf(chat.reasoning),
      user: chat.user,
      metadata: withoutOwnNames(chat.metadata),
      service_tier: chat.serviceTier,
      stream: call.stream ? true : null,
    }),
  } as WireRequest
  const parameters = new Parameters(request)
  parameters.adapted.push(
    ...nativeWords(chat, target.quirks),
    ...words,
    ...lostIn(chat.messages, target),
  )
  askForUsage({ ...call, usageAsked: false }, parameters, target.quirks)
  parameters.apply(target.quirks.parameters, target)
  adjustCall(parameters, request.messages, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

/** Marks are no word of OpenAI's: others brought them here, and take them on texts alone. */
function roomFor({ quirks: { cacheMarks }, model }: Target): MarkRoom {
  if (!cacheMarks || cacheMarks.models?.test(model) === false) return noMarks
  const { max, ttl } = cacheMarks
  return { max, on: ['text', 'toolResult'], inResults: false, ttl: ttl?.test(model) === true }
}

/** Budgets in tokens become the word whose usual budget is nearest. */
function effortOf({ enabled, effort, budgetTokens }: ReasoningWish): string | null {
  if (enabled === false) return 'none'
  if (effort !== null) return effort
  if (budgetTokens === null) return null
  if (budgetTokens <= 2_048) return 'low'
  return budgetTokens <= 12_000 ? 'medium' : 'high'
}

function writeMessage(message: Message, target: Target): WireMessage[] {
  const { role, parts, name, extra } = message
  const beside = { ...extra, ...compact({ name }) }
  if (role === 'tool') {
    const results = parts.map((part) => writeToolResult(part, extra, target))
    const media = parts.flatMap((part) => (part.type === 'toolResult' ? mediaOf(part.parts) : []))
    if (media.length === 0) return results
    return [...results, { role: 'user', content: writeParts(media, 'user', target) }]
  }
  if (role !== 'assistant') return [{ role, content: writeParts(parts, role, target), ...beside }]
  const calls = parts.flatMap((part) =>
    part.type === 'toolCall' ? writeToolCall(withoutSignature(part, target)) : [],
  )
  const refusals = parts.flatMap((part) => (part.type === 'refusal' ? part.text : []))
  const said = parts.filter((part) => !['toolCall', 'refusal', 'reasoning'].includes(part.type))
  const thoughts = parts.flatMap((part) => (part.type === 'reasoning' ? part : []))
  const go = thoughtsGo(target)
  const chunks = go === 'content' ? writeThinking(thoughts) : []
  const content =
    chunks.length > 0
      ? [...chunks, ...said.map((part) => writePart(part, role, target))]
      : said.length > 0
        ? writeParts(said, role, target)
        : null
  return [
    {
      role,
      content: content === null && calls.length === 0 && refusals.length === 0 ? '' : content,
      ...(go === 'content' ? {} : writeThoughts(thoughts, go)),
      ...compact({
        refusal: refusals.length > 0 ? refusals.join('') : null,
        tool_calls: calls.length > 0 ? calls : null,
      }),
      ...beside,
    },
  ]
}

/** Only its maker's own servers know the field in which a signature would go. */
function withoutSignature(part: ToolCallPart, target: Target): ToolCallPart {
  if (wantsOf(target)?.calls === true) return part
  const { signature: _, ...bare } = part
  return bare
}

type ThoughtsGo = NonNullable<Quirks['thoughts']>['go']

function thoughtsGo({ quirks: { thoughts }, model }: Target): ThoughtsGo {
  return thoughts?.models?.test(model) === false ? undefined : thoughts?.go
}

function writeThoughts(thoughts: readonly ReasoningPart[], go: ThoughtsGo): Extra {
  const text = thoughts.map((part) => part.text).join('')
  if (go !== 'reasoning_details') return text === '' ? {} : { reasoning_content: text }
  const details = writeDetails(thoughts)
  return {
    ...(text === '' ? {} : { reasoning: text }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  }
}

function writeThinking(thoughts: readonly ReasoningPart[]): Extra[] {
  return thoughts
    .filter(({ text }) => text !== '')
    .map(({ text }) => ({ type: 'thinking', thinking: [{ type: 'text', text }] }))
}

/** What a result without any text says of its pictures, which this dialect takes from users alone. */
const seeNextMessage = 'See the next message.'

function writeToolResult(part: Part, extra: Extra, target: Target): WireMessage {
  if (part.type !== 'toolResult')
    throw invalidRequest('A tool message holds nothing but tool results.')
  const said = part.parts.filter((inner) => !isMedia(inner))
  const content =
    said.length === 0 && part.parts.length > 0 ? seeNextMessage : writeParts(said, 'tool', target)
  const marked = writeMarked(content, writeMark(part))
  return { role: 'tool', tool_call_id: part.callId, content: marked, ...extra, ...part.extra }
}

/** A result has no place for a mark but its last text. */
function writeMarked(content: string | Extra[], mark: Extra): string | Extra[] {
  if (mark === noExtra) return content
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return [...parts.slice(0, -1), { ...parts.at(-1), ...mark }]
}

function mediaOf(parts: readonly Part[]): readonly Part[] {
  return parts.filter(isMedia)
}

function isMedia({ type }: Part): boolean {
  return type === 'image' || type === 'file' || type === 'audio'
}

/** What another dialect says in messages and this one cannot, or says elsewhere. */
function lostIn(messages: readonly Message[], target: Target): string[] {
  const all = messages.flatMap(({ parts }) => parts)
  const results = all.flatMap((part) => (part.type === 'toolResult' ? part : []))
  const calls = all.flatMap((part) => (part.type === 'toolCall' ? part : []))
  return [
    ...(calls.some((call) => withoutSignature(call, target) !== call && call.signature)
      ? [signatureDropped]
      : []),
    ...(results.some(({ failed }) => failed) ? ['-is_error'] : []),
    ...(results.some(({ parts }) => parts.some(isMedia)) ? ['tool_result>user'] : []),
  ]
}

/** Plain text stays a string, which every server takes; anything more becomes a list. */
function writeParts(parts: readonly Part[], role: string, target: Target): string | Extra[] {
  const plain = parts.every(
    (part) =>
      part.type === 'text' && part.cache === undefined && Object.keys(part.extra).length === 0,
  )
  if (plain && parts.length <= 1)
    return parts.map((part) => (part as { text: string }).text).join('')
  return parts.map((part) => writePart(part, role, target))
}

function writePart(part: Part, role: string, target: Target): Extra {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...writeMark(part), ...part.extra }
    case 'image': {
      if (part.source.kind === 'id') throw unsupportedContent('an image by file id', target.model)
      const image = compact({ url: urlOf(part.source), detail: part.detail })
      return { type: 'image_url', image_url: image, ...part.extra }
    }
    case 'audio':
      return {
        type: 'input_audio',
        input_audio: { format: part.format, data: part.data },
        ...part.extra,
      }
    case 'file': {
      const { source } = part
      if (source.kind === 'url') throw unsupportedContent('a file by address', target.model)
      const file =
        source.kind === 'id'
          ? { file_id: source.id }
          : { filename: part.name ?? 'file', file_data: urlOf(source) }
      return { type: 'file', file, ...part.extra }
    }
    case 'refusal':
      return { type: 'refusal', refusal: part.text, ...part.extra }
    default:
      throw unsupportedContent(`a part of type ${nameOf(part)} in a ${role} message`, target.model)
  }
}

function nameOf(part: Part): string {
  return part.type === 'foreign' ? String(part.value['type']) : part.type
}

function urlOf(source: Source): string {
  if (source.kind === 'url') return source.url
  return source.kind === 'id' ? source.id : `data:${source.mediaType};base64,${source.data}`
}

function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, strict } = tool
  return {
    type: 'function',
    function: compact({ name, description, parameters: schema, strict }),
    ...tool.extra,
  }
}

function writeToolChoice(choice: ToolChoice | null): unknown {
  if (choice === null) return null
  return choice.kind === 'tool'
    ? { type: 'function', function: { name: choice.name } }
    : choice.kind
}

function writeFormat(format: Format | null): unknown {
  switch (format?.kind) {
    case undefined:
      return null
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    case 'schema': {
      const { name, description, schema, strict } = format
      return {
        type: 'json_schema',
        json_schema: compact({ name: name ?? 'answer', description, schema, strict }),
      }
    }
  }
}
