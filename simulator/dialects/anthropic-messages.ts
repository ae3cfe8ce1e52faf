import type { Ask, CacheMark, Format, Part, Tool, ToolChoice, Turn } from '../ask.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import {
  sign,
  textOf,
  transcript,
  type Answer,
  type Block,
  type Choice,
  type Finish,
  type Tokens,
} from '../model.ts'
import { countPrompt } from '../prefixes.ts'
import { findProfile } from '../profiles.ts'
import { countTokens } from '../tokens.ts'
import { anthropicWords } from './anthropic.ts'
import { Problem, type Door, type Event, type Request, type Said, type World } from './dialect.ts'

/**
 * POST /v1/messages, as Anthropic answers.
 * Source: https://docs.claude.com/en/api/messages, .../streaming and recorded exchanges (read 2026-11-21).
 */
export const anthropicMessages: Door = {
  method: 'POST',
  path: '/v1/messages',
  ...anthropicWords,
  answer(request, world) {
    const body = readBody(request, world, bodyFields)
    const most = whole(body, 'max_tokens', 1)
    if (most === null) throw new Problem(400, 'max_tokens: Field required')
    const ask = readAsk(body, request, most)
    checkThinking(body, most)
    checkLength(ask)
    return say(ask, world.answer(ask), body.stream === true, world)
  },
}

/** POST /v1/messages/count_tokens */
export const anthropicCountTokens: Door = {
  method: 'POST',
  path: '/v1/messages/count_tokens',
  ...anthropicWords,
  answer(request, world): Said {
    const ask = readAsk(readBody(request, world, countFields), request, null)
    return {
      headers: {},
      stream: false,
      whole: () => ({ input_tokens: countPrompt(ask) }),
      events: null,
      contentEvents: 0,
      tokens: null,
      pace: { firstMs: 20, tokenMs: 0 },
      usage: () => null,
      text: '',
    }
  },
}

// What is asked.

/** What the vendor takes; it refuses every other field. */
const countFields: ReadonlySet<string> = new Set([
  'cache_control',
  'context_management',
  'mcp_servers',
  'messages',
  'model',
  'output_config',
  'output_format',
  'speed',
  'system',
  'thinking',
  'tool_choice',
  'tools',
])
const bodyFields: ReadonlySet<string> = new Set([
  ...countFields,
  'billing_policy',
  'compaction',
  'container',
  'diagnostics',
  'fallback_credit_token',
  'fallbacks',
  'inference_geo',
  'max_tokens',
  'metadata',
  'service_tier',
  'stop_sequences',
  'stream',
  'temperature',
  'thread',
  'top_k',
  'top_p',
  'user_profile_id',
  'workspace_id',
])

function readBody(request: Request, world: World, fields: ReadonlySet<string>): JsonObject {
  if (!request.headers['anthropic-version']) {
    throw new Problem(400, 'anthropic-version: header is required')
  }
  const { body } = request
  if (!isObject(body))
    throw new Problem(400, 'The request body is not valid JSON: expected an object')
  for (const name of Object.keys(body)) {
    if (!fields.has(name)) throw new Problem(400, `${name}: Extra inputs are not permitted`)
    if (world.strictNulls && body[name] === null) {
      throw new Problem(400, `${name}: Input should not be null`)
    }
  }
  if (isObject(body.metadata)) {
    const extra = Object.keys(body.metadata).find((name) => name !== 'user_id')
    if (extra) throw new Problem(400, `metadata.${extra}: Extra inputs are not permitted`)
  }
  return body
}

function readAsk(body: JsonObject, request: Request, tokensMax: number | null): Ask {
  const model = readModel(body.model)
  decimal(body, 'temperature', 0, 1)
  decimal(body, 'top_p', 0, 1)
  whole(body, 'top_k', 0)
  if (body.stream !== undefined && typeof body.stream !== 'boolean') {
    throw new Problem(400, 'stream: Input should be a valid boolean')
  }
  const tools = readTools(body.tools)
  const choice = isObject(body.tool_choice) ? body.tool_choice : {}
  const said = [...readSystem(body.system), ...readTurns(body.messages, request.key)]
  const turns = markedAtEnd(said, markOf(body))
  checkMarks(turns, tools)
  return {
    model,
    turns,
    tools,
    toolChoice: readToolChoice(body.tool_choice, tools),
    parallel: choice.disable_parallel_tool_use !== true,
    format: readFormat(body),
    choices: 1,
    tokensMax,
    stops: isList(body.stop_sequences) ? body.stop_sequences.map(String) : [],
    thinking: readThinking(body),
    seed: 0,
    caching: 'marked',
    owner: request.key,
  }
}

function readModel(model: Json | undefined): string {
  if (model === undefined || model === null) throw new Problem(400, 'model: Field required')
  if (typeof model !== 'string') throw new Problem(400, 'model: Input should be a valid string')
  const profile = findProfile(model)
  if (!profile || profile.says === 'vectors') throw new Problem(404, `model: ${model}`)
  return model
}

function readSystem(system: Json | undefined): readonly Turn[] {
  if (system === undefined || system === null) return []
  return [{ role: 'system', parts: readTexts(system, 'system') }]
}

function readTexts(content: Json, at: string): readonly Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isList(content)) throw new Problem(400, `${at}: Input should be a valid string or list`)
  return content.map((block, index) => {
    if (!isObject(block) || typeof block.text !== 'string') {
      throw new Problem(400, `${at}.${index}.text: Field required`)
    }
    return marked({ kind: 'text', text: block.text }, block)
  })
}

function readTurns(messages: Json | undefined, owner: string): readonly Turn[] {
  if (messages === undefined) throw new Problem(400, 'messages: Field required')
  if (!isList(messages)) throw new Problem(400, 'messages: Input should be a valid list')
  if (messages.length === 0) throw new Problem(400, 'messages: at least one message is required')
  const read = messages.map((message, index) => {
    const at = `messages.${index}`
    checkContent(message, at, index === messages.length - 1)
    return readMessage(message, at, owner)
  })
  checkCalls(read)
  return read.flat()
}

/** Results of tools come in a user's message; they are a turn of their own before what the user says. */
function readMessage(message: Json, at: string, owner: string): readonly Turn[] {
  if (!isObject(message)) throw new Problem(400, `${at}: Input should be a valid dictionary`)
  const { role, content } = message
  if (role !== 'user' && role !== 'assistant') {
    throw new Problem(400, `${at}.role: Input should be 'user' or 'assistant'`)
  }
  if (content === undefined) throw new Problem(400, `${at}.content: Field required`)
  if (typeof content === 'string') {
    return [{ role, parts: [{ kind: 'text', text: content }] }]
  }
  if (!isList(content)) {
    throw new Problem(400, `${at}.content: Input should be a valid string or list`)
  }
  const parts = content.map((block, index) => readBlock(block, `${at}.content.${index}`, owner))
  const results = parts.filter((part) => part.kind === 'result')
  const others = parts.filter((part) => part.kind !== 'result')
  const said: Turn[] = others.length > 0 || results.length === 0 ? [{ role, parts: others }] : []
  return results.length > 0 ? [{ role: 'tool', parts: results }, ...said] : said
}

function checkContent(message: Json, at: string, isLast: boolean): void {
  if (!isObject(message)) return
  const { role, content } = message
  if (content !== '' && !(isList(content) && content.length === 0)) return
  if (role === 'user') throw new Problem(400, `${at}: user messages must have non-empty content`)
  if (isLast) return
  throw new Problem(
    400,
    `${at}: all messages must have non-empty content except for the optional final assistant message`,
  )
}

function readBlock(block: Json, at: string, owner: string): Part {
  if (!isObject(block)) throw new Problem(400, `${at}: Input should be a valid dictionary`)
  switch (block.type) {
    case 'text':
      if (typeof block.text !== 'string') throw new Problem(400, `${at}.text.text: Field required`)
      if (block.text === '') {
        throw new Problem(400, 'messages: text content blocks must be non-empty')
      }
      return marked({ kind: 'text', text: block.text }, block)
    case 'image':
      return marked(readImage(block.source, at), block)
    case 'thinking':
      return readThought(block, at, owner)
    case 'redacted_thinking':
      return { kind: 'thinking', text: '' }
    case 'tool_use': {
      const { id, name, input } = block
      if (typeof id !== 'string') throw new Problem(400, `${at}.tool_use.id: Field required`)
      checkId(id, `${at}.tool_use.id`)
      if (typeof name !== 'string') throw new Problem(400, `${at}.tool_use.name: Field required`)
      if (!isObject(input)) {
        throw new Problem(400, `${at}.tool_use.input: Input should be a valid dictionary`)
      }
      return marked({ kind: 'call', id, name, input: JSON.stringify(input) }, block)
    }
    case 'tool_result': {
      const { tool_use_id: id, content = '' } = block
      if (typeof id !== 'string') {
        throw new Problem(400, `${at}.tool_result.tool_use_id: Field required`)
      }
      checkId(id, `${at}.tool_result.tool_use_id`)
      return marked({ kind: 'result', id, text: resultText(content) }, block)
    }
    case 'document':
    case 'search_result':
    case 'container_upload':
    case 'server_tool_use':
    case 'web_search_tool_result':
      return marked({ kind: 'other', type: block.type, source: JSON.stringify(block) }, block)
    default:
      throw new Problem(
        400,
        `${at}: Input tag '${String(block.type)}' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result', 'tool_use'`,
      )
  }
}

function checkId(id: string, at: string): void {
  if (id.length > 64) throw new Problem(400, `${at}: String should have at most 64 characters`)
  if (!/^[a-zA-Z0-9_-]+$/.test(id))
    throw new Problem(400, `${at}: String should match pattern '^[a-zA-Z0-9_-]+$'`)
}

function readImage(source: Json | undefined, at: string): Part {
  if (!isObject(source)) throw new Problem(400, `${at}.image.source: Field required`)
  if (source.type === 'base64') {
    const media = String(source.media_type)
    if (!/^image\/(?:jpeg|png|gif|webp)$/.test(media)) {
      throw new Problem(
        400,
        `${at}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`,
      )
    }
    return { kind: 'image', media, source: String(source.data) }
  }
  const address = String(source.url ?? source.file_id ?? '')
  const ending = /\.(png|gif|webp|jpe?g)(?:[?#]|$)/i.exec(address.slice(-100))?.[1]?.toLowerCase()
  const media = ending ? `image/${ending === 'jpg' ? 'jpeg' : ending}` : 'unknown'
  return { kind: 'image', media, source: address }
}

/** A thought must come back as it was said, to the same simulator, with the same key. */
function readThought(block: JsonObject, at: string, owner: string): Part {
  const text = String(block.thinking ?? '')
  if (typeof block.signature !== 'string') {
    throw new Problem(400, `${at}.thinking.signature: Field required`)
  }
  if (block.signature !== sign(text, owner)) {
    throw new Problem(400, `${at}: Invalid \`signature\` in \`thinking\` block`)
  }
  return { kind: 'thinking', text }
}

function resultText(content: Json): string {
  if (typeof content === 'string') return content
  if (!isList(content)) return ''
  return content.map((block) => (isObject(block) ? String(block.text ?? '') : '')).join('')
}

function marked<Marked extends Part>(part: Marked, block: JsonObject): Marked {
  const mark = markOf(block)
  return mark ? { ...part, mark } : part
}

function markOf(block: JsonObject): CacheMark | null {
  if (!isObject(block.cache_control)) return null
  return block.cache_control.ttl === '1h' ? '1h' : '5m'
}

/** A mark on the request itself stands for one on its last block. */
function markedAtEnd(turns: readonly Turn[], mark: CacheMark | null): readonly Turn[] {
  const last = turns.at(-1)
  const part = last?.parts.at(-1)
  if (!last || !part || !mark) return turns
  return [
    ...turns.slice(0, -1),
    { ...last, parts: [...last.parts.slice(0, -1), { ...part, mark }] },
  ]
}

function checkMarks(turns: readonly Turn[], tools: readonly Tool[]): void {
  const parts = turns.flatMap((turn) => turn.parts)
  const marks = [...parts, ...tools].filter(({ mark }) => mark !== undefined).length
  if (marks <= 4) return
  throw new Problem(
    400,
    `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`,
  )
}

/** Every call has an id of its own, and its result at the start of the next message. */
function checkCalls(messages: readonly (readonly Turn[])[]): void {
  const known = new Set<string>()
  for (const [index, turns] of messages.entries()) {
    const calls = idsOf(turns, 'call')
    for (const [place, id] of calls.entries()) {
      if (known.has(id))
        throw new Problem(
          400,
          `messages.${index}.content.${place}: \`tool_use\` ids must be unique`,
        )
      known.add(id)
    }
    const answered = new Set(idsOf(messages[index + 1] ?? [], 'result'))
    const open = calls.filter((id) => !answered.has(id))
    if (open.length > 0) {
      throw new Problem(
        400,
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      )
    }
    const asked = new Set(idsOf(messages[index - 1] ?? [], 'call'))
    const stray = idsOf(turns, 'result').find((id) => !asked.has(id))
    if (stray !== undefined) {
      throw new Problem(
        400,
        `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      )
    }
  }
}

function idsOf(turns: readonly Turn[], kind: 'call' | 'result'): readonly string[] {
  const parts = turns.flatMap((turn) => turn.parts)
  return parts.flatMap((part) => (part.kind === kind && 'id' in part ? [part.id] : []))
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!isList(tools)) throw new Problem(400, 'tools: Input should be a valid list')
  return tools.flatMap((tool, index) => {
    if (!isObject(tool) || typeof tool.name !== 'string') {
      throw new Problem(400, `tools.${index}.custom.name: Field required`)
    }
    // Tools that the vendor runs itself are taken and never used.
    if (tool.type !== undefined && tool.type !== 'custom') return []
    if (!/^[\w-]{1,128}$/.test(tool.name)) {
      throw new Problem(
        400,
        `tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`,
      )
    }
    if (!isObject(tool.input_schema)) {
      throw new Problem(400, `tools.${index}.custom.input_schema: Field required`)
    }
    const mark = markOf(tool)
    const read = {
      name: tool.name,
      description: String(tool.description ?? ''),
      schema: tool.input_schema,
    }
    return [mark ? { ...read, mark } : read]
  })
}

function readToolChoice(choice: Json | undefined, tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return 'auto'
  if (!isObject(choice)) throw new Problem(400, 'tool_choice: Input should be a valid dictionary')
  switch (choice.type) {
    case 'auto':
      return 'auto'
    case 'none':
      return 'none'
    case 'any':
      return 'required'
    case 'tool': {
      const name = String(choice.name)
      if (tools.some((tool) => tool.name === name)) return { name }
      throw new Problem(400, `Tool '${name}' not found in provided tools`)
    }
    default:
      throw new Problem(
        400,
        `tool_choice: Input tag '${String(choice.type)}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`,
      )
  }
}

function readFormat(body: JsonObject): Format {
  const config = isObject(body.output_config) ? body.output_config : {}
  const format = config.format ?? body.output_format ?? null
  if (format === null) return { kind: 'text' }
  if (isObject(format) && format.type === 'json_schema' && isObject(format.schema)) {
    return { kind: 'schema', schema: format.schema }
  }
  throw new Problem(400, 'output_config.format.schema: Field required')
}

function readThinking(body: JsonObject): Ask['thinking'] {
  const thinking = isObject(body.thinking) ? body.thinking : {}
  const config = isObject(body.output_config) ? body.output_config : {}
  const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : null
  if (thinking.type === 'disabled') return { effort: 'none', tokensMax: null }
  const word = config.effort
  const effort = word === 'low' || word === 'medium' ? word : word === undefined ? 'medium' : 'high'
  return { effort, tokensMax: budget }
}

/** With thinking, a turn that a tool's result follows has to begin with its thoughts. */
function checkTurn(messages: Json | undefined): void {
  if (!isList(messages)) return
  const last = messages.at(-1)
  const content = isObject(last) && isList(last.content) ? last.content : []
  if (!content.some((block) => isObject(block) && block.type === 'tool_result')) return
  const index = messages.length - 2
  const turn = messages[index]
  const [first] = isObject(turn) && isList(turn.content) ? turn.content : []
  const type = isObject(first) ? first.type : undefined
  if (type === undefined || type === 'thinking' || type === 'redacted_thinking') return
  throw new Problem(
    400,
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(type)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
  )
}

function checkThinking(body: JsonObject, tokensMax: number): void {
  const { thinking, tool_choice: choice } = body
  if (!isObject(thinking) || thinking.type === 'disabled') return
  if (isObject(choice) && (choice.type === 'any' || choice.type === 'tool')) {
    throw new Problem(400, 'Thinking may not be enabled when tool_choice forces tool use.')
  }
  if (thinking.type !== 'enabled') return
  checkTurn(body.messages)
  const budget = thinking.budget_tokens
  if (typeof budget !== 'number') {
    throw new Problem(400, 'thinking.enabled.budget_tokens: Field required')
  }
  if (budget < 1024) {
    throw new Problem(
      400,
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    )
  }
  if (budget < tokensMax) return
  throw new Problem(
    400,
    '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size',
  )
}

function checkLength(ask: Ask): void {
  const tokens = countPrompt(ask)
  const most = findProfile(ask.model)?.contextTokens ?? 0
  if (tokens <= most) return
  throw new Problem(400, `prompt is too long: ${tokens} tokens > ${most} maximum`)
}

function whole(body: JsonObject, name: string, least: number): number | null {
  const value = body[name] ?? null
  if (value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Problem(400, `${name}: Input should be a valid integer`)
  }
  if (value >= least) return value
  throw new Problem(400, `${name}: Input should be greater than or equal to ${least}`)
}

function decimal(body: JsonObject, name: string, low: number, high: number): void {
  const value = body[name] ?? null
  if (value === null) return
  if (typeof value !== 'number') throw new Problem(400, `${name}: Input should be a valid number`)
  if (value < low || value > high) throw new Problem(400, `${name}: range: ${low}..${high}`)
}

// What is answered.

function say(ask: Ask, answer: Answer, stream: boolean, world: World): Said {
  const [choice = { blocks: [], finish: 'stop', stop: null }] = answer.choices
  const blocks = choice.finish === 'refusal' ? [] : choice.blocks
  const stamp = { model: ask.model, id: world.id('msg_01', 22), type: 'message', role: 'assistant' }
  return {
    headers: { 'anthropic-organization-id': 'simulated' },
    stream,
    whole: () => ({
      ...stamp,
      content: blocks.map((block) => wholeBlock(block, world)),
      ...endingOf(choice),
      usage: {
        ...usageOf(answer.tokens, answer.tokens.output),
        service_tier: 'standard',
        inference_geo: 'not_available',
      },
    }),
    events: () => events(blocks, choice, answer.tokens, stamp, world),
    contentEvents: blocks.reduce((sum, block) => sum + block.pieces.length, 0),
    tokens: answer.tokens,
    pace: answer.pace,
    usage: (output) => usageOf(answer.tokens, output),
    text: transcript(blocks),
  }
}

const finishes = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  calls: 'tool_use',
  refusal: 'refusal',
} satisfies Record<Finish, string>

function endingOf({ finish, stop }: Choice): JsonObject {
  const refused = {
    type: 'refusal',
    category: null,
    explanation: 'This request was refused by the simulated vendor.',
  }
  return {
    stop_reason: finishes[finish],
    stop_sequence: stop,
    stop_details: finish === 'refusal' ? refused : null,
  }
}

function wholeBlock(block: Block, world: World): JsonObject {
  switch (block.kind) {
    case 'thinking':
      return { type: 'thinking', thinking: textOf(block), signature: block.signature }
    case 'call':
      return {
        type: 'tool_use',
        id: world.id('toolu_01', 22),
        name: block.name,
        input: parsed(textOf(block)),
      }
    case 'text':
    case 'refusal':
      return { type: 'text', text: textOf(block) }
  }
}

function* events(
  blocks: readonly Block[],
  choice: Choice,
  tokens: Tokens,
  stamp: JsonObject,
  world: World,
): Generator<Event> {
  yield event('message_start', 'open', {
    message: {
      ...stamp,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: { ...usageOf(tokens, 1), service_tier: 'standard', inference_geo: 'not_available' },
    },
  })
  for (const [index, block] of blocks.entries()) {
    // The name of a tool is counted with the event that brings it.
    const named = block.kind === 'call' ? countTokens(block.name) : 0
    yield event(
      'content_block_start',
      'open',
      { index, content_block: opened(block, world) },
      named,
    )
    if (index === 0) yield event('ping', 'other', {})
    if (block.kind === 'call') yield blockDelta(index, 'input_json_delta', 'partial_json', '', 0)
    for (const piece of block.pieces) yield pieceDelta(index, block, piece)
    if (block.kind === 'thinking') {
      yield blockDelta(index, 'signature_delta', 'signature', block.signature, 0)
    }
    yield event('content_block_stop', 'other', { index })
  }
  if (blocks.length === 0) yield event('ping', 'other', {})
  const { cache_creation: _, ...usage } = usageOf(tokens, tokens.output)
  const refused = choice.finish === 'refusal' ? tokens.output : 0
  yield event('message_delta', 'finish', { delta: endingOf(choice), usage }, refused)
  yield event('message_stop', 'end', {})
}

function opened(block: Block, world: World): JsonObject {
  switch (block.kind) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'call':
      return { type: 'tool_use', id: world.id('toolu_01', 22), name: block.name, input: {} }
    case 'text':
    case 'refusal':
      return { type: 'text', text: '' }
  }
}

function pieceDelta(index: number, block: Block, piece: string): Event {
  switch (block.kind) {
    case 'thinking':
      return blockDelta(index, 'thinking_delta', 'thinking', piece, block.weight)
    case 'call':
      return blockDelta(index, 'input_json_delta', 'partial_json', piece, block.weight)
    case 'text':
    case 'refusal':
      return blockDelta(index, 'text_delta', 'text', piece, block.weight)
  }
}

function blockDelta(
  index: number,
  type: string,
  field: string,
  said: string,
  tokens: number,
): Event {
  const mark = tokens > 0 ? 'content' : 'other'
  return event('content_block_delta', mark, { index, delta: { type, [field]: said } }, tokens)
}

function event(type: string, mark: Event['mark'], rest: JsonObject, tokens = 0): Event {
  return { name: type, data: { type, ...rest }, mark, tokens }
}

/** Anthropic's count: what was cached stands beside the input, not in it. */
function usageOf(tokens: Tokens, output: number): JsonObject {
  return {
    input_tokens: tokens.input,
    cache_creation_input_tokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    cache_read_input_tokens: tokens.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.cacheWrite5m,
      ephemeral_1h_input_tokens: tokens.cacheWrite1h,
    },
    output_tokens: output,
    output_tokens_details:
      tokens.reasoning > 0 ? { thinking_tokens: Math.min(tokens.reasoning, output) } : undefined,
  }
}

/** Arguments that were cut off are no JSON any more; the vendor then sends none. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}
