import type {
  Call,
  Chat,
  Extra,
  Format,
  Message,
  Part,
  ReasoningPart,
  ReasoningWish,
  Source,
  Tool,
  ToolChoice,
} from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { allMarks, fitMarks, markLast, nativeWords, readMark, writeMark } from '../cache-marks.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, isObject, wrong } from '../fields.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { MediaTally, readCount, readFlag, readModel, readObject, readText } from '../read-call.ts'
import { restoreTurns } from '../turns.ts'
import { dropThinking, restoreMessages, turnsWant } from './past-turns.ts'
import type { WireMessage, WireRequest } from './wire.ts'

export const id = 'anthropic-messages'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  const { system } = value
  if (system !== undefined && system !== null && typeof system !== 'string') {
    checkBlocks(system, 'system', media)
  }
  checkMessages(value['messages'], media)
  const maxTokens = readCount(value['max_tokens'], 'max_tokens', 1)
  if (maxTokens === null) throw wrong('max_tokens', 'a whole number of 1 or more', undefined)
  const metadata = readObject(value['metadata'], 'metadata')
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens,
    n: 1,
    usageAsked: true,
    user: readText(metadata?.['user_id'], 'metadata.user_id'),
    metadata,
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readChat(body),
  }
}

function checkMessages(messages: unknown, media: MediaTally): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrong('messages', 'a list of at least one message', messages)
  }
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as unknown
    const path = `messages[${index}]`
    if (!isObject(message)) throw wrong(path, 'an object', message)
    if (typeof message['role'] !== 'string')
      throw wrong(`${path}.role`, 'a string', message['role'])
    if (typeof message['content'] === 'string') continue
    checkBlocks(message['content'], `${path}.content`, media)
  }
}

function checkBlocks(blocks: unknown, path: string, media: MediaTally): void {
  if (!Array.isArray(blocks)) throw wrong(path, 'a string or a list of blocks', blocks)
  blocks.forEach((block: unknown, index) => {
    if (!isObject(block)) throw wrong(`${path}[${index}]`, 'an object', block)
    if (typeof block['type'] !== 'string') {
      throw wrong(`${path}[${index}].type`, 'a string', block['type'])
    }
    if (block['type'] === 'image') {
      const source = block['source']
      media.add(isObject(source) && typeof source['data'] === 'string' ? source['data'] : null)
    }
    if (Array.isArray(block['content']))
      checkBlocks(block['content'], `${path}[${index}].content`, media)
  })
}

/** Parameters of Anthropic that no other dialect has a word for. */
const nativeParameters = [
  'container',
  'context_management',
  'mcp_servers',
  'inference_geo',
  'speed',
]

function readChat(body: JsonObject): Chat {
  const wire = new Fields(body.value, '')
  const native = new Set(Object.keys(wire.pick(...nativeParameters)))
  const messages = markedAtEnd(wire, native, [
    ...readSystem(wire, native),
    ...wire.items('messages').flatMap((item) => readMessage(item, native)),
  ])
  const tools = wire.items('tools').map(readTool)
  const choice = wire.fields('tool_choice')
  const output = wire.fields('output_config')
  const metadata = wire.fields('metadata')
  const chat = {
    operation: 'chat',
    messages,
    tools,
    toolChoice: readToolChoice(choice),
    parallelTools: choice?.flag('disable_parallel_tool_use') === true ? false : null,
    format: readFormat(output?.fields('format') ?? wire.fields('output_format')),
    maxTokens: wire.count('max_tokens'),
    n: null,
    stop: wire.texts('stop_sequences'),
    temperature: wire.number('temperature'),
    topP: wire.number('top_p'),
    topK: wire.count('top_k'),
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logitBias: null,
    logprobs: null,
    topLogprobs: null,
    reasoning: readReasoning(wire.fields('thinking'), output?.text('effort') ?? null),
    user: metadata?.text('user_id') ?? null,
    metadata: null,
    serviceTier: wire.text('service_tier') === 'standard_only' ? 'default' : null,
    native: [...native],
  } satisfies Omit<Chat, 'extra'>
  wire.skip('model', 'stream', 'output_format')
  return { ...chat, extra: wire.rest() }
}

/** A mark on the request itself stands for one on its last block. */
function markedAtEnd(wire: Fields, native: Set<string>, messages: Message[]): Message[] {
  const { cache } = readMark(wire)
  const last = messages.at(-1)
  if (cache === undefined || last === undefined) return messages
  const parts = markLast(last.parts, cache)
  if (parts === null) native.add('cache_control')
  return parts === null ? messages : [...messages.slice(0, -1), { ...last, parts }]
}

function readSystem(wire: Fields, native: Set<string>): Message[] {
  const system = wire.raw('system')
  if (system === undefined) return []
  const parts: Part[] =
    typeof system === 'string'
      ? [{ type: 'text', text: system, extra: noExtra }]
      : wire.items('system').map((block) => readBlock(block, native))
  return [{ role: 'system', parts, name: null, extra: noExtra }]
}

/** Results of tools come in a user's turn here, and are turns of their own elsewhere. */
function readMessage(wire: Fields, native: Set<string>): Message[] {
  const role = wire.needText('role')
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw wire.wrong('role', 'user or assistant')
  }
  const content = wire.raw('content')
  const parts: Part[] =
    typeof content === 'string'
      ? [{ type: 'text', text: content, extra: noExtra }]
      : wire.items('content').map((block) => readBlock(block, native))
  const extra = wire.rest()
  if (role !== 'user') return [{ role, parts, name: null, extra }]
  const messages: { role: 'tool' | 'user'; parts: Part[]; name: null; extra: Extra }[] = []
  for (const part of parts) {
    const turn = part.type === 'toolResult' ? 'tool' : 'user'
    const last = messages.at(-1)
    if (last?.role === turn) last.parts.push(part)
    else messages.push({ role: turn, parts: [part], name: null, extra })
  }
  return messages.length > 0 ? messages : [{ role, parts, name: null, extra }]
}

function readBlock(wire: Fields, native: Set<string>): Part {
  const type = wire.needText('type')
  const mark = readMark(wire)
  switch (type) {
    case 'text': {
      const text = wire.needText('text')
      return { type, text, ...mark, extra: wire.skip('citations').rest() }
    }
    case 'image': {
      const source = readSource(wire)
      return { type, source, detail: null, ...mark, extra: wire.rest() }
    }
    case 'document': {
      const name = wire.text('title')
      const source = wire.fields('source')
      if (source?.text('type') === 'text') {
        // A document given as text is what its text says.
        return { type: 'text', text: source.needText('data'), ...mark, extra: noExtra }
      }
      const context = ['citations', 'context'].filter((field) => wire.raw(field) !== undefined)
      for (const field of context) native.add(field)
      return { type: 'file', source: readSource(wire), name, ...mark, extra: wire.rest() }
    }
    case 'thinking': {
      const text = wire.text('thinking') ?? ''
      const signature = wire.text('signature') || null // empty where nobody signed
      return { type: 'reasoning', text, signature, sealed: null, extra: wire.rest() }
    }
    case 'redacted_thinking': {
      const sealed = wire.needText('data')
      return { type: 'reasoning', text: '', signature: null, sealed, extra: wire.rest() }
    }
    case 'tool_use': {
      const callId = wire.needText('id')
      const name = wire.needText('name')
      const input = JSON.stringify(wire.object('input') ?? {})
      return {
        type: 'toolCall',
        id: callId,
        name,
        arguments: input,
        ...mark,
        extra: wire.skip('caller').rest(),
      }
    }
    case 'tool_result': {
      const content = wire.raw('content')
      const parts: Part[] =
        typeof content === 'string'
          ? [{ type: 'text', text: content, extra: noExtra }]
          : wire.items('content').map((block) => readBlock(block, native))
      const callId = wire.needText('tool_use_id')
      const failed = wire.flag('is_error') ?? false
      return { type: 'toolResult', callId, parts, failed, ...mark, extra: wire.rest() }
    }
    default:
      return { type: 'foreign', dialect: id, value: wire.value }
  }
}

function readSource(wire: Fields): Source {
  const source = wire.fields('source')
  switch (source?.text('type')) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: source.needText('media_type'),
        data: source.needText('data'),
      }
    case 'url':
      return { kind: 'url', url: source.needText('url') }
    case 'file':
      return { kind: 'id', id: source.needText('file_id') }
    default:
      throw wire.wrong('source', 'an object of type base64, url or file')
  }
}

function readTool(wire: Fields): Tool {
  const type = wire.text('type')
  const name = wire.text('name') ?? type ?? ''
  if (type !== null && type !== 'custom') {
    const foreign = { type: 'foreign', dialect: id, value: wire.value } as const
    return { name, description: null, schema: null, strict: null, extra: noExtra, foreign }
  }
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('input_schema'),
    strict: wire.flag('strict'),
    foreign: null,
    ...readMark(wire),
  }
  return { ...tool, extra: wire.rest() }
}

function readToolChoice(wire: Fields | null): ToolChoice | null {
  switch (wire?.text('type')) {
    case undefined:
    case null:
      return null
    case 'auto':
      return { kind: 'auto' }
    case 'any':
      return { kind: 'required' }
    case 'none':
      return { kind: 'none' }
    case 'tool':
      return { kind: 'tool', name: wire!.needText('name') }
    default:
      throw wire!.wrong('type', 'auto, any, none or tool')
  }
}

function readFormat(wire: Fields | null): Format | null {
  const schema = wire?.object('schema')
  if (!schema) return null
  return { kind: 'schema', name: null, description: null, schema, strict: true }
}

function readReasoning(thinking: Fields | null, effort: string | null): ReasoningWish | null {
  if (!thinking && effort === null) return null
  const type = thinking?.text('type') ?? null
  return {
    enabled: type === null ? null : type !== 'disabled',
    effort,
    budgetTokens: thinking?.count('budget_tokens') ?? null,
    display: thinking?.text('display') ?? null,
  }
}

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

function editCall(call: Call, target: Target): WrittenCall {
  const { body } = call
  const parameters = new Parameters(body.value)
  parameters.removeNulls()
  if (call.model !== target.model) parameters.set('model', target.model)
  if (call.metadata !== null) {
    // Anthropic takes `user_id` here and refuses every other name.
    const { user_id: user } = call.metadata
    const rest = Object.keys(call.metadata).filter((name) => name !== 'user_id')
    if (rest.length > 0) {
      if (typeof user === 'string') parameters.set('metadata', { user_id: user })
      else parameters.remove('metadata')
      if (!rest.every((name) => name.startsWith('x-freehold-')))
        parameters.adapted.push('-metadata')
    }
  }
  dropThinking(parameters, restoreMessages(parameters, call, target), target)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

/** What is asked for when neither caller nor catalog names a limit; every model of this dialect takes it. */
const outputTokensDefault = 4_096

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw unsupportedContent(meaning.operation, target.model)
  const { chat, words } = fitMarks(meaning, allMarks, false)
  if ((chat.n ?? 1) > 1)
    throw unsupportedContent('n above 1: it gives one answer a call', target.model)
  const restored: string[] = []
  const messages = restoreTurns(chat.messages, target, turnsWant(call, target), turnWords, restored)
  const adapted = [...nativeWords(chat, target.quirks), ...words, ...lostIn(messages), ...restored]
  for (const [name, value] of Object.entries({
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logit_bias: chat.logitBias,
    logprobs: chat.logprobs === true ? true : null,
    top_logprobs: chat.topLogprobs,
    metadata: withoutOwnNames(chat.metadata) ?? null,
  })) {
    if (value !== null) adapted.push(`-${name}`)
  }
  const maxTokens = chat.maxTokens ?? target.outputMax ?? outputTokensDefault
  if (chat.maxTokens === null) adapted.push(`+max_tokens=${maxTokens}`)
  const toolChoice = chat.tools.length > 0 ? writeToolChoice(chat) : null
  const thinking = thinkingBeside(toolChoice, writeThinking(chat.reasoning, maxTokens), adapted)
  const { system, turns } = writeTurns(messages, target)
  if (turns.length === 0) {
    // A conversation begins with a user here; elsewhere instructions alone are enough.
    turns.push({ role: 'user', content: plainOr(system.splice(0)) })
    adapted.push('system>user')
  }
  if (chat.format?.kind === 'json') {
    system.push({ type: 'text', text: 'Answer with one JSON object and nothing else.' })
    adapted.push('response_format>system')
  }
  const request = {
    ...chat.extra,
    ...compact({
      model: target.model,
      max_tokens: maxTokens,
      system: system.length > 0 ? plainOr(system) : null,
      messages: turns,
      tools: chat.tools.length > 0 ? chat.tools.map((tool) => writeTool(tool, target)) : null,
      tool_choice: toolChoice,
      stop_sequences: chat.stop.length > 0 ? chat.stop : null,
      temperature: chat.temperature,
      top_p: chat.topP,
      top_k: chat.topK,
      thinking,
      output_config: writeOutput(chat),
      metadata: chat.user === null ? null : { user_id: chat.user },
      service_tier: writeTier(chat.serviceTier),
      stream: call.stream ? true : null,
    }),
  } as WireRequest
  const parameters = new Parameters(request)
  parameters.adapted.push(...adapted)
  dropThinking(parameters, turns, target)
  limitSampling(
    parameters,
    isObject(parameters.get('thinking')) && thinking?.['type'] === 'enabled',
  )
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

const turnWords = { thoughts: 'thinking', calls: 'signature' }

/** What another dialect says in messages and this one cannot. */
function lostIn(messages: readonly Message[]): string[] {
  const parts = messages.flatMap((message) => message.parts)
  return [
    ...(messages.some(({ name }) => name !== null) ? ['-name'] : []),
    ...(parts.some((part) => part.type === 'image' && part.detail !== null) ? ['-detail'] : []),
    ...(parts.some((part) => part.type === 'reasoning' && isUnsigned(part))
      ? ['-reasoning_content']
      : []),
  ]
}

/** Thoughts without a signature or seal are nobody's here: the API refuses them. */
function isUnsigned({ signature, sealed }: ReasoningPart): boolean {
  return signature === null && sealed === null
}

/** Temperature ends at 1 here, and thinking takes none but the default. */
function limitSampling(parameters: Parameters, thinking: boolean): void {
  parameters.apply(
    [
      {
        name: 'temperature',
        does: thinking ? { kind: 'drop' } : { kind: 'clamp', min: 0, max: 1 },
      },
      ...(thinking ? [{ name: 'top_k', does: { kind: 'drop' } } as const] : []),
    ],
    { model: '', quirks: {}, outputMax: null },
  )
}

/** Tokens that each word of effort is worth; a budget has to be at least 1,024 and below max_tokens. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 65_536,
}

function writeThinking(wish: ReasoningWish | null, maxTokens: number): Extra | null {
  if (wish === null) return null
  if (wish.enabled === false || wish.effort === 'none') return { type: 'disabled' }
  const wanted =
    wish.budgetTokens ??
    (wish.effort !== null && Object.hasOwn(budgets, wish.effort)
      ? budgets[wish.effort]!
      : budgets['medium']!)
  const budget = Math.min(wanted, maxTokens - 1)
  return budget < 1_024 ? null : { type: 'enabled', budget_tokens: budget }
}

/**
 * The API refuses thinking beside a tool that has to be called, which other dialects take together.
 * The tool is what the caller cannot do without.
 * @see https://docs.claude.com/en/docs/build-with-claude/extended-thinking (read 2026-11-22)
 */
function thinkingBeside(
  toolChoice: Extra | null,
  thinking: Extra | null,
  adapted: string[],
): Extra | null {
  const type = toolChoice?.['type']
  if ((type !== 'any' && type !== 'tool') || thinking?.['type'] !== 'enabled') return thinking
  adapted.push('-thinking')
  return { type: 'disabled' }
}

function writeOutput(chat: Chat): Extra | null {
  const { format } = chat
  if (format?.kind !== 'schema') return null
  return { format: { type: 'json_schema', schema: format.schema } }
}

function writeTier(tier: string | null): string | null {
  if (tier === 'auto') return 'auto'
  return tier === 'default' ? 'standard_only' : null
}

/** System and developer messages are hoisted; turns of one side that follow each other become one. */
function writeTurns(
  messages: readonly Message[],
  target: Target,
): { system: Extra[]; turns: WireMessage[] } {
  const system: Extra[] = []
  const turns: { role: 'user' | 'assistant'; content: Extra[] }[] = []
  for (const { role, parts, extra } of messages) {
    const blocks = parts.flatMap((part) => writeBlock(part, target))
    if (role === 'system' || role === 'developer') {
      system.push(...blocks)
      continue
    }
    const side = role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (last?.role === side && Object.keys(extra).length === 0) last.content.push(...blocks)
    else turns.push({ role: side, content: blocks, ...extra })
  }
  return { system, turns: turns.map((turn) => ({ ...turn, content: plainOr(turn.content) })) }
}

/** One bare text block is said as a string, the way people write it. */
function plainOr(blocks: readonly Extra[]): string | readonly Extra[] {
  const [only] = blocks
  if (blocks.length === 0) return ''
  const bare = blocks.length === 1 && only!['type'] === 'text' && Object.keys(only!).length === 2
  return bare ? String(only!['text']) : blocks
}

function writeBlock(part: Part, target: Target): Extra[] {
  switch (part.type) {
    case 'text':
      // Empty text blocks are refused.
      return part.text === ''
        ? []
        : [{ type: 'text', text: part.text, ...writeMark(part), ...part.extra }]
    case 'refusal':
      return [{ type: 'text', text: part.text, ...part.extra }]
    case 'image':
      return [
        { type: 'image', source: writeSource(part.source), ...writeMark(part), ...part.extra },
      ]
    case 'file':
      return [writeDocument(part)]
    case 'reasoning':
      return writeThoughts(part)
    case 'toolCall': {
      const { id: callId, name } = part
      const input = readInput(part.arguments)
      return [{ type: 'tool_use', id: callId, name, input, ...writeMark(part), ...part.extra }]
    }
    case 'toolResult':
      return [
        {
          type: 'tool_result',
          tool_use_id: part.callId,
          content: plainOr(part.parts.flatMap((inner) => writeBlock(inner, target))),
          ...(part.failed ? { is_error: true } : {}),
          ...writeMark(part),
          ...part.extra,
        },
      ]
    case 'audio':
      throw unsupportedContent('audio', target.model)
    case 'foreign':
      throw unsupportedContent(`a part of type ${String(part.value['type'])}`, target.model)
  }
}

function writeThoughts(part: ReasoningPart): Extra[] {
  if (part.sealed !== null) return [{ type: 'redacted_thinking', data: part.sealed }]
  if (isUnsigned(part)) return []
  return [{ type: 'thinking', thinking: part.text, signature: part.signature }]
}

/** Arguments that are no JSON object, as small models write them, are kept in one that says so. */
function readInput(text: string): Extra {
  if (text.trim() === '') return {}
  try {
    const input: unknown = JSON.parse(text)
    if (isObject(input)) return input
  } catch {
    // Kept below, as it was written.
  }
  return { malformed_arguments: text }
}

function writeSource(source: Source): Extra {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url }
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'id':
      return { type: 'file', file_id: source.id }
  }
}

function writeDocument(part: Part & { type: 'file' }): Extra {
  const { source, name, extra } = part
  const title = name === null ? {} : { title: name }
  const mark = writeMark(part)
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    const data = Buffer.from(source.data, 'base64').toString('utf8')
    return {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data },
      ...title,
      ...mark,
      ...extra,
    }
  }
  return { type: 'document', source: writeSource(source), ...title, ...mark, ...extra }
}

function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, strict } = tool
  return {
    ...compact({ name, description, strict: strict === true ? true : null }),
    input_schema: schema ?? { type: 'object', properties: {} },
    ...writeMark(tool),
    ...tool.extra,
  }
}

function writeToolChoice({ toolChoice, parallelTools }: Chat): Extra | null {
  const single = parallelTools === false ? { disable_parallel_tool_use: true } : {}
  switch (toolChoice?.kind) {
    case undefined:
      return parallelTools === false ? { type: 'auto', ...single } : null
    case 'auto':
      return { type: 'auto', ...single }
    case 'none':
      return { type: 'none' }
    case 'required':
      return { type: 'any', ...single }
    case 'tool':
      return { type: 'tool', name: toolChoice!.name, ...single }
  }
}
