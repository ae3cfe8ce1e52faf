import type { Ask, Format, Part, Tool, ToolChoice, Turn } from '../ask.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { sign, textOf, transcript, type Answer, type Block, type Tokens } from '../model.ts'
import { countPrompt } from '../prefixes.ts'
import { countTokens } from '../tokens.ts'
import { Problem, type Door, type Event, type Request, type Said, type World } from './dialect.ts'
import {
  checkId,
  flag,
  missing,
  number,
  openaiWords,
  readBody,
  readModel,
  text,
  wrongType,
  wrongValue,
} from './openai.ts'

/**
 * POST /v1/responses, as OpenAI answers: the conversation is kept by the answer's id. Thoughts come as
 * a summary when one is asked for, and sealed when they are asked for.
 * Source: https://platform.openai.com/docs/api-reference/responses and recorded exchanges (read 2026-11-21).
 */
export const openaiResponses: Door = {
  method: 'POST',
  path: '/v1/responses',
  ...openaiWords,
  fail: (problem) => ({
    name: 'error',
    data: { type: 'error', sequence_number: 0, ...(openaiWords.refuse(problem) as JsonObject) },
    mark: 'other',
    tokens: 0,
  }),
  answer(request, world) {
    const wanted = read(request, world)
    return say(wanted, world.answer(wanted.ask), request.key, world)
  },
}

const idMax = 64

interface Wanted {
  readonly body: JsonObject
  readonly ask: Ask
  /** The whole conversation, as items. */
  readonly items: readonly Json[]
  readonly stream: boolean
  readonly summarised: boolean
  readonly sealed: boolean
}

// What is asked.

function read(request: Request, world: World): Wanted {
  const body = readBody(request, world)
  const { model, profile } = readModel(body, false)
  const earlier = readEarlier(body, request.key, world)
  const own = readInput(body.input).map((item) => referredTo(item, request.key, world))
  const items = [...earlier, ...own]
  const tools = readTools(body.tools)
  const instructions = text(body, 'instructions')
  number(body, 'temperature', 'decimal', 0, 2)
  number(body, 'top_p', 'decimal', 0, 1)
  const system: readonly Turn[] =
    instructions === null ? [] : [{ role: 'system', parts: [{ kind: 'text', text: instructions }] }]
  const turns = [...system, ...readTurns(items, request.key)]
  checkCalls(turns)
  const reasoning = isObject(body.reasoning) ? body.reasoning : {}
  const ask: Ask = {
    model,
    turns,
    tools,
    toolChoice: readToolChoice(body.tool_choice, tools),
    parallel: flag(body, 'parallel_tool_calls') ?? true,
    format: readFormat(body.text),
    choices: 1,
    tokensMax: number(body, 'max_output_tokens', 'integer', 16, Number.MAX_SAFE_INTEGER),
    stops: [],
    thinking: { effort: readEffort(reasoning), tokensMax: null },
    seed: 0,
    caching: 'automatic',
    owner: request.key,
  }
  const tokens = countPrompt(ask)
  if (tokens > profile.contextTokens) {
    throw new Problem(
      400,
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      { param: 'input', code: 'context_length_exceeded' },
    )
  }
  const include = isList(body.include) ? body.include : []
  return {
    body,
    ask,
    items,
    stream: flag(body, 'stream') ?? false,
    summarised: typeof reasoning.summary === 'string',
    sealed: include.includes('reasoning.encrypted_content'),
  }
}

function readEarlier(body: JsonObject, key: string, world: World): readonly Json[] {
  const id = text(body, 'previous_response_id')
  if (id === null) return []
  const kept = world.memory.get(`${key} ${id}`)
  if (kept) return kept
  throw new Problem(400, `Previous response with id '${id}' not found.`, {
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  })
}

function readInput(input: Json | undefined): readonly Json[] {
  if (input === undefined || input === null) throw missing('input')
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (!isList(input)) throw wrongType('input', 'a string or an array of input items', input)
  return input
}

/** The item itself, for one that is named by its id. */
function referredTo(item: Json, key: string, world: World): Json {
  if (!isObject(item) || item.type !== 'item_reference') return item
  const [kept] = world.memory.get(`${key} ${String(item.id)}`) ?? []
  if (kept !== undefined) return kept
  throw new Problem(404, `Item with id '${String(item.id)}' not found.`, { param: 'input' })
}

/** Items of the assistant that follow each other are one turn, as are results of tools. */
function readTurns(items: readonly Json[], key: string): readonly Turn[] {
  const turns: { role: Turn['role']; parts: Part[] }[] = []
  for (const [index, item] of items.entries()) {
    const { role, parts } = readItem(item, `input[${index}]`, key)
    const last = turns.at(-1)
    if (last?.role === role && role === 'assistant') last.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }
  return turns
}

const roles = ['assistant', 'system', 'developer', 'user'] as const

function readItem(item: Json, at: string, key: string): Turn {
  if (!isObject(item)) throw wrongType(at, 'an input item', item)
  switch (item.type ?? 'message') {
    case 'message': {
      const role = roles.find((word) => word === item.role)
      if (!role) throw wrongValue(`${at}.role`, String(item.role), roles)
      const parts = readContent(item.content, `${at}.content`)
      return { role: role === 'developer' ? 'system' : role, parts }
    }
    case 'function_call': {
      const { call_id: id, name, arguments: input } = item
      if (typeof id !== 'string') throw missing(`${at}.call_id`)
      checkId(id, `${at}.call_id`, idMax)
      if (typeof name !== 'string') throw missing(`${at}.name`)
      if (typeof input !== 'string') throw missing(`${at}.arguments`)
      return { role: 'assistant', parts: [{ kind: 'call', id, name, input }] }
    }
    case 'function_call_output': {
      const id = item.call_id
      if (typeof id !== 'string') throw missing(`${at}.call_id`)
      checkId(id, `${at}.call_id`, idMax)
      const parts = readContent(item.output, `${at}.output`)
      const said = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
      return { role: 'tool', parts: [{ kind: 'result', id, text: said }] }
    }
    case 'reasoning':
      return { role: 'assistant', parts: readThoughts(item, at, key) }
    default:
      throw wrongValue(`${at}.type`, String(item.type), [
        'message',
        'function_call',
        'function_call_output',
        'reasoning',
      ])
  }
}

/** What was sealed is opened by its own key alone. */
function readThoughts(item: JsonObject, at: string, key: string): readonly Part[] {
  const sealed = item.encrypted_content
  if (sealed === undefined || sealed === null) {
    if (typeof item.id === 'string') return []
    throw missing(`${at}.id`)
  }
  const thought = opened(String(sealed), key)
  if (thought !== null) return [{ kind: 'thinking', text: thought }]
  throw new Problem(
    400,
    'The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    { code: 'invalid_encrypted_content' },
  )
}

function sealed(thought: string, key: string): string {
  return `gAAAA${Buffer.from(thought).toString('base64url')}.${sign(thought, key)}`
}

function opened(seal: string, key: string): string | null {
  const [body = '', proof] = seal.replace(/^gAAAA/, '').split('.')
  const thought = Buffer.from(body, 'base64url').toString()
  return proof === sign(thought, key) ? thought : null
}

function readContent(content: Json | undefined, at: string): readonly Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isList(content))
    throw wrongType(at, 'a string or an array of content parts', content ?? null)
  return content.map((part, index) => readPart(part, `${at}[${index}]`))
}

function readPart(part: Json, at: string): Part {
  if (!isObject(part)) throw wrongType(at, 'an object', part)
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      if (typeof part.text !== 'string') throw missing(`${at}.text`)
      return { kind: 'text', text: part.text }
    case 'refusal':
      return { kind: 'text', text: String(part.refusal ?? '') }
    case 'input_image': {
      const url = part.image_url ?? part.file_id
      if (typeof url !== 'string') throw missing(`${at}.image_url`)
      const media = /^data:([^;,]*)[;,]/.exec(url)?.[1]
      return { kind: 'image', media: media ?? 'unknown', source: url }
    }
    case 'input_file':
      return { kind: 'other', type: part.type, source: JSON.stringify(part) }
    default:
      throw wrongValue(`${at}.type`, String(part.type), [
        'input_text',
        'input_image',
        'output_text',
        'refusal',
        'input_file',
      ])
  }
}

/** Every call has its result before somebody else speaks, and every result its call before it. */
function checkCalls(turns: readonly Turn[]): void {
  const open = new Set<string>()
  for (const part of turns.flatMap((turn) => turn.parts)) {
    if (part.kind === 'call') open.add(part.id)
    if (part.kind === 'result' && !open.delete(part.id)) {
      throw new Problem(
        400,
        `No tool call found for function call output with call_id ${part.id}.`,
        {
          param: 'input',
        },
      )
    }
  }
  const [unanswered] = open
  if (unanswered !== undefined) {
    throw new Problem(400, `No tool output found for function call ${unanswered}.`, {
      param: 'input',
    })
  }
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!isList(tools)) throw wrongType('tools', 'an array of objects', tools)
  return tools.map((tool, index) => {
    const at = `tools[${index}]`
    if (!isObject(tool)) throw wrongType(at, 'an object', tool)
    if (tool.type !== 'function')
      throw wrongValue(`${at}.type`, String(tool.type), ['function', 'custom'])
    if (typeof tool.name !== 'string') throw missing(`${at}.name`)
    const schema = tool.parameters ?? { type: 'object', properties: {} }
    return { name: tool.name, description: String(tool.description ?? ''), schema }
  })
}

function readToolChoice(choice: Json | undefined, tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return 'auto'
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  const name = isObject(choice) && choice.type === 'function' ? choice.name : undefined
  if (typeof name === 'string' && tools.some((tool) => tool.name === name)) return { name }
  throw new Problem(400, `Tool choice 'function' not found in 'tools' parameter.`, {
    param: 'tool_choice',
  })
}

function readFormat(wanted: Json | undefined): Format {
  const format = isObject(wanted) ? (wanted.format ?? null) : null
  if (!isObject(format) || format.type === 'text') return { kind: 'text' }
  if (format.type === 'json_object') return { kind: 'json' }
  if (format.type !== 'json_schema') {
    throw wrongValue('text.format.type', String(format.type), [
      'json_object',
      'json_schema',
      'text',
    ])
  }
  if (typeof format.name !== 'string') throw missing('text.format.name')
  if (format.schema === undefined) throw missing('text.format.schema')
  return { kind: 'schema', schema: format.schema }
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

function readEffort(reasoning: JsonObject): Ask['thinking']['effort'] {
  const word = text(reasoning, 'effort')
  if (word === null) return 'medium'
  const effort = efforts.find((known) => known === word)
  if (!effort) throw wrongValue('reasoning.effort', word, efforts)
  if (effort === 'minimal') return 'none'
  return effort === 'xhigh' ? 'high' : effort
}

// What is answered.

function say(wanted: Wanted, answer: Answer, key: string, world: World): Said {
  const writer = new Writer(wanted, answer, key, world)
  const [choice] = answer.choices
  const blocks = choice?.blocks ?? []
  if (wanted.body.store !== false) {
    world.memory.set(`${key} ${writer.id}`, [...wanted.items, ...writer.items])
    for (const item of writer.items) world.memory.set(`${key} ${String(item.id)}`, [item])
  }
  return {
    headers: { 'openai-processing-ms': String(Math.round(answer.pace.firstMs)) },
    stream: wanted.stream,
    whole: () => writer.whole(),
    events: () => writer.events(),
    contentEvents: blocks.reduce(
      (sum, { kind, pieces }) =>
        sum + (kind === 'thinking' && !wanted.summarised ? 1 : pieces.length),
      0,
    ),
    tokens: answer.tokens,
    pace: answer.pace,
    usage: (output) => usageOf(answer.tokens, output),
    text: transcript(blocks),
  }
}

class Writer {
  readonly id: string
  readonly items: readonly JsonObject[]
  readonly #wanted: Wanted
  readonly #answer: Answer
  readonly #created: number
  #sequence = 0

  constructor(wanted: Wanted, answer: Answer, key: string, world: World) {
    this.id = world.id('resp_', 48)
    this.#wanted = wanted
    this.#answer = answer
    this.#created = Math.floor(world.nowMs / 1000)
    this.items = (answer.choices[0]?.blocks ?? []).map((block) => this.#item(block, key, world))
  }

  whole(): JsonObject {
    const length = this.#answer.choices[0]?.finish === 'length'
    const usage = usageOf(this.#answer.tokens, this.#answer.tokens.output)
    return this.#response(length ? 'incomplete' : 'completed', this.items, usage)
  }

  *events(): Generator<Event> {
    const begun = this.#response('in_progress', [], null)
    yield this.#event('response.created', { response: begun }, 'open')
    yield this.#event('response.in_progress', { response: begun }, 'open')
    for (const [index, block] of (this.#answer.choices[0]?.blocks ?? []).entries()) {
      yield* this.#itemEvents(block, this.items[index]!, index)
    }
    const response = this.whole()
    yield this.#event(`response.${String(response.status)}`, { response }, 'end')
  }

  *#itemEvents(block: Block, item: JsonObject, index: number): Generator<Event> {
    const where = { item_id: item.id!, output_index: index }
    yield this.#event(
      'response.output_item.added',
      { output_index: index, item: opening(item) },
      'other',
    )
    const whole = textOf(block)
    switch (block.kind) {
      case 'thinking': {
        if (!this.#wanted.summarised) break
        const part = { ...where, summary_index: 0 }
        yield this.#event(
          'response.reasoning_summary_part.added',
          { ...part, part: { type: 'summary_text', text: '' } },
          'other',
        )
        yield* this.#deltas('response.reasoning_summary_text.delta', part, block)
        yield this.#event('response.reasoning_summary_text.done', { ...part, text: whole }, 'other')
        yield this.#event(
          'response.reasoning_summary_part.done',
          { ...part, part: { type: 'summary_text', text: whole } },
          'other',
        )
        break
      }
      case 'call':
        yield* this.#deltas('response.function_call_arguments.delta', where, block)
        yield this.#event(
          'response.function_call_arguments.done',
          { ...where, arguments: whole },
          'other',
        )
        break
      default: {
        const part = { ...where, content_index: 0 }
        const said = block.kind === 'text' ? 'output_text' : 'refusal'
        yield this.#event(
          'response.content_part.added',
          { ...part, part: content(said, '') },
          'other',
        )
        yield* this.#deltas(`response.${said}.delta`, part, block)
        const done = block.kind === 'text' ? { text: whole, logprobs: [] } : { refusal: whole }
        yield this.#event(`response.${said}.done`, { ...part, ...done }, 'other')
        yield this.#event(
          'response.content_part.done',
          { ...part, part: content(said, whole) },
          'other',
        )
      }
    }
    // Thoughts that are kept are counted all the same, when they are thought.
    const kept = block.kind === 'thinking' && !this.#wanted.summarised
    const tokens = kept ? block.pieces.length * block.weight : 0
    yield this.#event('response.output_item.done', { output_index: index, item }, 'other', tokens)
  }

  *#deltas(type: string, where: JsonObject, block: Block): Generator<Event> {
    const name = block.kind === 'call' ? countTokens(block.name) : 0
    for (const [place, piece] of block.pieces.entries()) {
      const tokens = block.weight + (place === 0 ? name : 0)
      yield this.#event(type, { ...where, delta: piece }, 'content', tokens)
    }
  }

  #event(type: string, fields: JsonObject, mark: Event['mark'], tokens = 0): Event {
    const data = { type, sequence_number: this.#sequence, ...fields }
    this.#sequence += 1
    return { name: type, data, mark, tokens }
  }

  #item(block: Block, key: string, world: World): JsonObject {
    const whole = textOf(block)
    switch (block.kind) {
      case 'thinking':
        return {
          id: world.id('rs_', 48),
          type: 'reasoning',
          summary: this.#wanted.summarised ? [{ type: 'summary_text', text: whole }] : [],
          ...(this.#wanted.sealed ? { encrypted_content: sealed(whole, key) } : {}),
        }
      case 'call':
        return {
          id: world.id('fc_', 48),
          type: 'function_call',
          status: 'completed',
          arguments: whole,
          call_id: world.id('call_', 24),
          name: block.name,
        }
      default:
        return {
          id: world.id('msg_', 48),
          type: 'message',
          status: this.#answer.choices[0]?.finish === 'length' ? 'incomplete' : 'completed',
          content: [content(block.kind === 'text' ? 'output_text' : 'refusal', whole)],
          role: 'assistant',
        }
    }
  }

  #response(status: string, output: readonly JsonObject[], usage: Json): JsonObject {
    const { body, ask } = this.#wanted
    return {
      id: this.id,
      object: 'response',
      created_at: this.#created,
      status,
      background: false,
      error: null,
      incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
      instructions: body.instructions ?? null,
      max_output_tokens: body.max_output_tokens ?? null,
      model: ask.model,
      output,
      parallel_tool_calls: ask.parallel,
      previous_response_id: body.previous_response_id ?? null,
      reasoning: {
        effort: 'medium',
        summary: null,
        ...(isObject(body.reasoning) ? body.reasoning : {}),
      },
      service_tier: 'default',
      store: body.store ?? true,
      temperature: body.temperature ?? 1,
      text: body.text ?? { format: { type: 'text' }, verbosity: 'medium' },
      tool_choice: body.tool_choice ?? 'auto',
      tools: body.tools ?? [],
      top_logprobs: 0,
      top_p: body.top_p ?? 1,
      truncation: 'disabled',
      usage,
      user: null,
      metadata: body.metadata ?? {},
    }
  }
}

function content(type: 'output_text' | 'refusal', said: string): JsonObject {
  return type === 'refusal'
    ? { type, refusal: said }
    : { type, annotations: [], logprobs: [], text: said }
}

/** An item when it opens: what it will say is not there yet. */
function opening(item: JsonObject): JsonObject {
  switch (item.type) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] }
    case 'function_call':
      return { ...item, status: 'in_progress', arguments: '' }
    default:
      return { ...item, summary: [] }
  }
}

function usageOf(tokens: Tokens, output: number): JsonObject {
  const input = tokens.input + tokens.cacheRead
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: tokens.cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: Math.min(tokens.reasoning, output) },
    total_tokens: input + output,
  }
}
