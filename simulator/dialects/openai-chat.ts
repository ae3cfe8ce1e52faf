import type { Ask, Format, Part, Tool, ToolChoice, Turn } from '../ask.ts'
import { wordsOf } from '../ask.ts'
import { chance } from '../chance.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import {
  textOf,
  transcript,
  type Answer,
  type Block,
  type Choice,
  type Finish,
  type Tokens,
} from '../model.ts'
import { countPrompt } from '../prefixes.ts'
import { countTokens } from '../tokens.ts'
import { checkTurns } from '../turn-state.ts'
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
 * POST /v1/chat/completions, as OpenAI answers; reasoning as DeepSeek puts it (`reasoning_content`).
 * Source: https://platform.openai.com/docs/api-reference/chat and recorded exchanges (read 2026-11-21).
 */
export const openaiChat: Door = {
  method: 'POST',
  path: '/v1/chat/completions',
  ...openaiWords,
  answer(request, world) {
    const wanted = read(request, world)
    return say(wanted, world.answer(wanted.ask), world)
  },
}

interface Wanted {
  readonly ask: Ask
  readonly stream: boolean
  readonly includeUsage: boolean
  /** How many likely tokens to list beside each; null for no log probabilities. */
  readonly topLogprobs: number | null
  /** How it is served; what nobody asks for is `default`. */
  readonly tier: string
}

// What is asked.

const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer'] as const

function read(request: Request, world: World): Wanted {
  const body = readBody(request, world)
  const { model, profile } = readModel(body, false)
  const turns = readTurns(body.messages)
  checkTurns(body.messages, profile)
  const stream = flag(body, 'stream') ?? false
  const tools = readTools(body.tools)
  number(body, 'temperature', 'decimal', 0, 2)
  number(body, 'top_p', 'decimal', 0, 1)
  number(body, 'presence_penalty', 'decimal', -2, 2)
  number(body, 'frequency_penalty', 'decimal', -2, 2)
  const limit = number(body, 'max_tokens', 'integer', 1, Number.MAX_SAFE_INTEGER)
  const tokensMax =
    number(body, 'max_completion_tokens', 'integer', 1, Number.MAX_SAFE_INTEGER) ?? limit
  const ask: Ask = {
    model,
    turns,
    tools,
    toolChoice: readToolChoice(body.tool_choice, tools),
    parallel: flag(body, 'parallel_tool_calls') ?? true,
    format: readFormat(body.response_format),
    choices: number(body, 'n', 'integer', 1, 128) ?? 1,
    tokensMax,
    stops: readStops(body.stop),
    thinking: { effort: readEffort(body), tokensMax: null },
    seed: number(body, 'seed', 'integer', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) ?? 0,
    caching: 'automatic',
    owner: request.key,
  }
  checkJson(ask)
  checkLength(ask, profile.contextTokens)
  return {
    ask,
    stream,
    includeUsage: readStreamOptions(body, stream),
    topLogprobs: readLogprobs(body),
    tier:
      body.service_tier === 'flex' || body.service_tier === 'priority'
        ? body.service_tier
        : 'default',
  }
}

function readTurns(messages: Json | undefined): readonly Turn[] {
  if (messages === undefined || messages === null) throw missing('messages')
  if (!isList(messages)) throw wrongType('messages', 'an array of objects', messages)
  if (messages.length === 0) {
    throw new Problem(
      400,
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      { param: 'messages', code: 'empty_array' },
    )
  }
  const turns = messages.map((message, index) => readTurn(message, `messages[${index}]`))
  checkCalls(turns)
  return turns
}

function readTurn(message: Json, at: string): Turn {
  if (!isObject(message)) throw wrongType(at, 'an object', message)
  const { role } = message
  if (role === undefined) throw missing(`${at}.role`)
  const known = roles.find((word) => word === role)
  if (!known) throw wrongValue(`${at}.role`, String(role), roles)
  if (known === 'tool' || known === 'function') return readResult(message, at)
  const parts = readContent(message.content, `${at}.content`)
  if (known !== 'assistant') {
    if (message.content === undefined || message.content === null) throw missing(`${at}.content`)
    return { role: known === 'user' ? 'user' : 'system', parts }
  }
  const calls = readCalls(message.tool_calls, `${at}.tool_calls`)
  if (parts.length + calls.length === 0 && typeof message.refusal !== 'string') {
    throw wrongType(`${at}.content`, 'a string or an array of objects', message.content ?? null)
  }
  const thought = message.reasoning_content
  const before: readonly Part[] =
    typeof thought === 'string' ? [{ kind: 'thinking', text: thought }] : []
  return { role: 'assistant', parts: [...before, ...parts, ...calls] }
}

function readResult(message: JsonObject, at: string): Turn {
  const id = message.tool_call_id ?? message.name
  if (typeof id !== 'string') throw missing(`${at}.tool_call_id`)
  checkId(id, `${at}.tool_call_id`, idMax)
  const parts = readContent(message.content, `${at}.content`)
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : ''))
  return { role: 'tool', parts: [{ kind: 'result', id, text: texts.join('') }] }
}

function readContent(content: Json | undefined, at: string): readonly Part[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isList(content)) throw wrongType(at, 'a string or an array of objects', content)
  return content.map((part, index) => readPart(part, `${at}[${index}]`))
}

function readPart(part: Json, at: string): Part {
  if (!isObject(part)) throw wrongType(at, 'an object', part)
  switch (part.type) {
    case 'text':
      if (typeof part.text !== 'string') throw missing(`${at}.text`)
      return { kind: 'text', text: part.text }
    case 'refusal':
      return { kind: 'text', text: String(part.refusal ?? '') }
    case 'image_url':
      return readImage(part.image_url, `${at}.image_url`)
    case 'input_audio':
    case 'file':
      return { kind: 'other', type: part.type, source: JSON.stringify(part) }
    default:
      throw wrongValue(`${at}.type`, String(part.type), [
        'text',
        'image_url',
        'input_audio',
        'refusal',
        'file',
      ])
  }
}

const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}

function readImage(image: Json | undefined, at: string): Part {
  const url = isObject(image) ? image.url : image
  if (typeof url !== 'string') throw missing(`${at}.url`)
  const media = /^data:([^;,]*)[;,]/.exec(url)?.[1]
  if (media !== undefined && !Object.values(endings).includes(media)) {
    throw new Problem(
      400,
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
      { code: 'invalid_image_format' },
    )
  }
  const ending = /\.(\w{3,4})(?:[?#]|$)/.exec(url.slice(-100))?.[1]?.toLowerCase() ?? ''
  return { kind: 'image', media: media ?? endings[ending] ?? 'unknown', source: url }
}

const idMax = 40

function readCalls(calls: Json | undefined, at: string): readonly Part[] {
  if (calls === undefined || calls === null) return []
  if (!isList(calls)) throw wrongType(at, 'an array of objects', calls)
  return calls.map((call, index) => {
    const made = isObject(call) && isObject(call.function) ? call.function : null
    if (!isObject(call) || typeof call.id !== 'string') throw missing(`${at}[${index}].id`)
    checkId(call.id, `${at}[${index}].id`, idMax)
    if (typeof made?.name !== 'string') throw missing(`${at}[${index}].function.name`)
    if (typeof made.arguments !== 'string') throw missing(`${at}[${index}].function.arguments`)
    return { kind: 'call', id: call.id, name: made.name, input: made.arguments }
  })
}

/** Every call has its result right behind it, and every result its call before it. */
function checkCalls(turns: readonly Turn[]): void {
  let open: string[] = []
  for (const [index, turn] of turns.entries()) {
    const result = turn.role === 'tool' ? turn.parts[0] : undefined
    if (result?.kind === 'result') {
      if (!open.includes(result.id)) {
        throw new Problem(
          400,
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          { param: `messages.[${index}].role` },
        )
      }
      open = open.filter((id) => id !== result.id)
      continue
    }
    if (open.length > 0) throw unanswered(open, index)
    open = turn.parts.flatMap((part) => (part.kind === 'call' ? [part.id] : []))
  }
  if (open.length > 0) throw unanswered(open, turns.length)
}

function unanswered(ids: readonly string[], index: number): Problem {
  return new Problem(
    400,
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    { param: `messages.[${index}].role` },
  )
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!isList(tools)) throw wrongType('tools', 'an array of objects', tools)
  return tools.map((tool, index) => {
    const at = `tools[${index}]`
    if (!isObject(tool)) throw wrongType(at, 'an object', tool)
    if (tool.type !== 'function')
      throw wrongValue(`${at}.type`, String(tool.type), ['function', 'custom'])
    const made = tool.function
    if (!isObject(made)) throw missing(`${at}.function`)
    if (typeof made.name !== 'string') throw missing(`${at}.function.name`)
    if (!/^[\w-]{1,64}$/.test(made.name)) {
      throw new Problem(
        400,
        `Invalid '${at}.function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        { param: `${at}.function.name`, code: 'invalid_value' },
      )
    }
    const schema = made.parameters ?? { type: 'object', properties: {} }
    return { name: made.name, description: String(made.description ?? ''), schema }
  })
}

function readToolChoice(choice: Json | undefined, tools: readonly Tool[]): ToolChoice {
  if (choice === undefined || choice === null) return 'auto'
  if (tools.length === 0) {
    throw new Problem(
      400,
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      { param: 'tool_choice' },
    )
  }
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  const name = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined
  if (typeof name !== 'string') {
    throw wrongValue('tool_choice', JSON.stringify(choice), ['none', 'auto', 'required'])
  }
  if (tools.some((tool) => tool.name === name)) return { name }
  throw new Problem(400, `Tool choice 'function ${name}' not found in 'tools' parameter.`, {
    param: 'tool_choice',
  })
}

function readFormat(format: Json | undefined): Format {
  if (format === undefined || format === null) return { kind: 'text' }
  if (!isObject(format)) throw wrongType('response_format', 'an object', format)
  if (format.type === 'text') return { kind: 'text' }
  if (format.type === 'json_object') return { kind: 'json' }
  if (format.type !== 'json_schema') {
    throw wrongValue('response_format.type', String(format.type), [
      'json_object',
      'json_schema',
      'text',
    ])
  }
  const { json_schema: wrapped } = format
  if (!isObject(wrapped)) throw missing('response_format.json_schema')
  if (typeof wrapped.name !== 'string') throw missing('response_format.json_schema.name')
  return { kind: 'schema', schema: wrapped.schema ?? {} }
}

function readStops(stop: Json | undefined): readonly string[] {
  if (stop === undefined || stop === null) return []
  if (typeof stop === 'string') return [stop]
  if (!isList(stop)) throw wrongType('stop', 'a string or an array of strings', stop)
  if (stop.length <= 4) return stop.map(String)
  throw new Problem(
    400,
    `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
    { param: 'stop', code: 'array_above_max_length' },
  )
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

function readEffort(body: JsonObject): Ask['thinking']['effort'] {
  const word = text(body, 'reasoning_effort')
  if (isObject(body.thinking) && body.thinking.type === 'disabled') return 'none'
  if (word === null) return 'medium'
  const effort = efforts.find((known) => known === word)
  if (!effort) throw wrongValue('reasoning_effort', word, efforts)
  if (effort === 'minimal') return 'none'
  return effort === 'xhigh' ? 'high' : effort
}

function readStreamOptions(body: JsonObject, stream: boolean): boolean {
  const options = body.stream_options ?? null
  if (options === null) return false
  if (!isObject(options)) throw wrongType('stream_options', 'an object', options)
  if (stream) return flag(options, 'include_usage') ?? false
  throw new Problem(
    400,
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    { param: 'stream_options' },
  )
}

function readLogprobs(body: JsonObject): number | null {
  const wanted = flag(body, 'logprobs') ?? false
  const top = number(body, 'top_logprobs', 'integer', 0, 20)
  if (top !== null && !wanted) {
    throw new Problem(400, "'top_logprobs' is only allowed when 'logprobs' is set to true.", {
      param: 'top_logprobs',
    })
  }
  return wanted ? (top ?? 0) : null
}

function checkJson(ask: Ask): void {
  if (ask.format.kind !== 'json' || /json/i.test(wordsOf(ask))) return
  throw new Problem(
    400,
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    { param: 'messages' },
  )
}

function checkLength(ask: Ask, contextTokens: number): void {
  const tokens = countPrompt(ask)
  if (tokens <= contextTokens) return
  throw new Problem(
    400,
    `This model's maximum context length is ${contextTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    { param: 'messages', code: 'context_length_exceeded' },
  )
}

// What is answered.

function say(wanted: Wanted, answer: Answer, world: World): Said {
  const { ask, stream, includeUsage } = wanted
  const stamp = {
    id: world.id('chatcmpl-', 29),
    created: Math.floor(world.nowMs / 1000),
    model: ask.model,
  }
  const writer = new Writer(wanted, answer, world, stamp)
  return {
    headers: {
      'openai-processing-ms': String(Math.round(answer.pace.firstMs)),
      'openai-version': '2020-10-01',
    },
    stream,
    whole: () => writer.whole(),
    events: () => writer.events(includeUsage),
    contentEvents: answer.choices.reduce((sum, choice) => sum + contentEventsOf(choice), 0),
    tokens: answer.tokens,
    pace: answer.pace,
    usage: (output) => usageOf(answer.tokens, output),
    text: answer.choices.map(({ blocks }) => transcript(blocks)).join('\n'),
  }
}

interface Stamp {
  readonly id: string
  readonly created: number
  readonly model: string
}

const finishes = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  calls: 'tool_calls',
  refusal: 'stop',
} satisfies Record<Finish, string>

class Writer {
  readonly #wanted: Wanted
  readonly #answer: Answer
  readonly #world: World
  readonly #stamp: Stamp

  constructor(wanted: Wanted, answer: Answer, world: World, stamp: Stamp) {
    this.#wanted = wanted
    this.#answer = answer
    this.#world = world
    this.#stamp = stamp
  }

  whole(): Json {
    const { choices, tokens } = this.#answer
    return {
      id: this.#stamp.id,
      object: 'chat.completion',
      created: this.#stamp.created,
      model: this.#stamp.model,
      choices: choices.map((choice, index) => ({
        index,
        message: this.#message(choice),
        logprobs: this.#wholeLogprobs(choice),
        finish_reason: finishes[choice.finish],
      })),
      usage: usageOf(tokens, tokens.output),
      service_tier: this.#wanted.tier,
      system_fingerprint: fingerprint(this.#world.seed),
    }
  }

  *events(includeUsage: boolean): Generator<Event> {
    const turns = this.#answer.choices.map((choice, index) => this.#deltas(choice, index))
    // Several answers come interleaved, as the vendor sends them.
    for (let open = [...turns]; open.length > 0;) {
      const next = open.map((turn) => ({ turn, step: turn.next() }))
      for (const { step } of next) {
        if (!step.done) yield this.#chunk(step.value, includeUsage)
      }
      open = next.filter(({ step }) => !step.done).map(({ turn }) => turn)
    }
    if (includeUsage) {
      const usage = usageOf(this.#answer.tokens, this.#answer.tokens.output)
      const data = { ...this.#frame(), choices: [], usage }
      yield { name: null, data, mark: 'usage', tokens: 0 }
    }
    yield { name: null, data: '[DONE]', mark: 'end', tokens: 0 }
  }

  #message(choice: Choice): Json {
    const textual = choice.blocks.filter((block) => block.kind === 'text')
    const calls = choice.blocks.filter((block) => block.kind === 'call')
    const refused = choice.blocks.find((block) => block.kind === 'refusal')
    const thought = choice.blocks.find((block) => block.kind === 'thinking')
    return {
      role: 'assistant',
      content: calls.length > 0 || refused ? null : textual.map(textOf).join(''),
      reasoning_content: thought && textOf(thought),
      tool_calls:
        calls.length > 0 ? calls.map((call) => this.#call(call.name, textOf(call))) : undefined,
      refusal: refused ? textOf(refused) : null,
      annotations: [],
    }
  }

  #call(name: string, input: string): JsonObject {
    return {
      id: this.#world.id('call_', 24),
      type: 'function',
      function: { name, arguments: input },
    }
  }

  *#deltas(choice: Choice, index: number): Generator<Delta> {
    const [first] = choice.blocks
    const thinks = choice.blocks.some((block) => block.kind === 'thinking')
    const opening = first?.kind === 'text' || !first ? '' : null
    let delta: JsonObject = thinks
      ? { role: 'assistant', content: null, reasoning_content: '' }
      : { role: 'assistant', content: opening, refusal: null }
    if (first?.kind !== 'call') {
      yield { index, delta, finish: null, logprobs: null, mark: 'open', tokens: 0 }
      delta = {}
    }
    let calls = 0
    for (const block of choice.blocks) {
      if (block.kind === 'call') {
        const call = { index: calls, ...this.#call(block.name, '') }
        const tokens = countTokens(block.name)
        const opened = { ...delta, tool_calls: [call] }
        yield { index, delta: opened, finish: null, logprobs: null, mark: 'content', tokens }
        delta = {}
      }
      for (const [place, piece] of block.pieces.entries()) {
        const logprobs = this.#logprobs(block, place)
        const said = deltaOf(block.kind, piece, thinks, calls)
        yield { index, delta: said, finish: null, logprobs, mark: 'content', tokens: block.weight }
      }
      if (block.kind === 'call') calls += 1
    }
    const finish = finishes[choice.finish]
    const last = thinks ? { content: '', reasoning_content: null } : {}
    yield { index, delta: last, finish, logprobs: null, mark: 'finish', tokens: 0 }
  }

  #chunk(said: Delta, includeUsage: boolean): Event {
    const { index, delta, logprobs, finish, mark, tokens } = said
    const choices = [{ index, delta, logprobs, finish_reason: finish }]
    const data: JsonObject = { ...this.#frame(), choices, ...(includeUsage ? { usage: null } : {}) }
    return { name: null, data, mark, tokens }
  }

  #frame(): JsonObject {
    return {
      id: this.#stamp.id,
      object: 'chat.completion.chunk',
      created: this.#stamp.created,
      model: this.#stamp.model,
      service_tier: this.#wanted.tier,
      system_fingerprint: fingerprint(this.#world.seed),
    }
  }

  #wholeLogprobs(choice: Choice): Json {
    if (this.#wanted.topLogprobs === null) return null
    const block = choice.blocks.find(({ kind }) => kind === 'text')
    const tokens = (block?.pieces ?? []).map((_, place) => this.#token(block!, place))
    return { content: tokens, refusal: null }
  }

  #logprobs(block: Block, place: number): Json {
    if (this.#wanted.topLogprobs === null || block.kind !== 'text') return null
    return { content: [this.#token(block, place)], refusal: null }
  }

  /** How likely a token was, and what else might have come, made up from the seed. */
  #token(block: Block, place: number): Json {
    const token = block.pieces[place] ?? ''
    const random = chance('logprobs', this.#world.seed, token, place)
    let logprob = -random() * 0.5
    const top = [likelihood(token, logprob)]
    const others = [' the', ' a', '.', ',', ' it', ' is', ' that', '\n'].filter(
      (word) => word !== token,
    )
    while (top.length < (this.#wanted.topLogprobs ?? 0)) {
      logprob -= 0.5 + random()
      const word = others[top.length - 1] ?? ` ${top.length}`
      top.push(likelihood(word, logprob))
    }
    return { ...top[0], top_logprobs: top.slice(0, this.#wanted.topLogprobs ?? 0) }
  }
}

interface Delta {
  readonly index: number
  readonly delta: JsonObject
  readonly finish: string | null
  readonly logprobs: Json
  readonly mark: Event['mark']
  readonly tokens: number
}

function deltaOf(kind: Block['kind'], piece: string, thinks: boolean, call: number): JsonObject {
  switch (kind) {
    case 'thinking':
      return { content: null, reasoning_content: piece }
    case 'text':
      return thinks ? { content: piece, reasoning_content: null } : { content: piece }
    case 'refusal':
      return { refusal: piece }
    case 'call':
      return { tool_calls: [{ index: call, function: { arguments: piece } }] }
  }
}

function contentEventsOf(choice: Choice): number {
  return choice.blocks.reduce(
    (sum, block) => sum + block.pieces.length + (block.kind === 'call' ? 1 : 0),
    0,
  )
}

function likelihood(token: string, logprob: number): JsonObject {
  return { token, logprob: Math.round(logprob * 1e6) / 1e6, bytes: [...Buffer.from(token)] }
}

/** OpenAI's count: the prompt with what was cached, the completion with what was thought. */
function usageOf(tokens: Tokens, output: number): JsonObject {
  const prompt = tokens.input + tokens.cacheRead
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: tokens.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: Math.min(tokens.reasoning, output),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function fingerprint(seed: number): string {
  return `fp_${(chance('fingerprint', seed)() * 2 ** 40).toString(16).slice(0, 10)}`
}
