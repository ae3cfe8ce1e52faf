import type { Ask, CacheMark, Format, Part, Tool, ToolChoice, Turn } from '../ask.ts'
import { awsFrame } from '../aws-frame.ts'
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
import { Problem, type Door, type Event, type Request, type Said } from './dialect.ts'

/**
 * POST .../model/MODEL/converse and /converse-stream, as Amazon Bedrock answers.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and recorded
 * exchanges (read 2026-11-22).
 */
export const bedrockConverse: Door = {
  method: 'POST',
  path: '/model/**',
  requestIdHeader: 'x-amzn-requestid',
  refuse: ({ message }) => ({ message }),
  refuseHeaders: ({ status, type }) => ({ 'x-amzn-errortype': type ?? exceptionOf(status) }),
  fail: ({ status, message }) => ({
    name: `!${exceptionOf(status)}`,
    data: { message },
    mark: 'other',
    tokens: 0,
  }),
  answer(request, world) {
    const asked = askedAt(request.path)
    if (asked === null) throw new Problem(404, 'UnknownOperationException')
    const { body } = request
    if (!isObject(body)) throw new Problem(400, 'Unexpected end of JSON input')
    const ask = readAsk(asked.model, body, request)
    return say(ask, world.answer(ask), asked.stream)
  },
}

/** The same behind an address that ends in a version. */
export const bedrockConverseV1: Door = { ...bedrockConverse, path: '/v1/model/**' }

/** The model that a path of Bedrock's names; null for other paths. */
export function modelInConverse(path: string): string | null {
  return askedAt(path)?.model ?? null
}

/** Ids are wrapped as Bedrock wraps them: 'us.sim.echo-v1:0' is the echo. */
function askedAt(path: string): { model: string; stream: boolean } | null {
  const found = /^(?:\/v1)?\/model\/([^/]+)\/converse(-stream)?$/.exec(path)
  if (!found) return null
  const id = decodeURIComponent(found[1]!)
  const model = /^(?:[a-z]{2}\.)?sim\.(.+?)-v\d+:\d+$/.exec(id)?.[1] ?? id
  return { model, stream: found[2] !== undefined }
}

const exceptions: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

function exceptionOf(status: number): string {
  return exceptions[status] ?? 'InternalServerException'
}

// What is asked.

function readAsk(model: string, body: JsonObject, { key }: Request): Ask {
  const profile = findProfile(model)
  if (!profile || profile.says === 'vectors')
    throw new Problem(400, 'The provided model identifier is invalid.')
  const inference = isObject(body.inferenceConfig) ? body.inferenceConfig : {}
  const { temperature, maxTokens, stopSequences } = inference
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 1))
    throw new Problem(400, 'temperature: Member must have value less than or equal to 1')
  const config = isObject(body.toolConfig) ? body.toolConfig : null
  const tools = readTools(config?.tools)
  if (config && tools.length === 0)
    throw new Problem(400, 'toolConfig.tools: Member must have length greater than or equal to 1')
  const turns = readTurns(body.messages)
  const called = turns.flatMap(({ parts }) => parts).some(({ kind }) => kind === 'call')
  if (called && config === null)
    throw new Problem(
      400,
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    )
  const ask: Ask = {
    model,
    turns: [...readSystem(body.system), ...turns],
    tools,
    toolChoice: readChoice(config?.toolChoice),
    parallel: true,
    format: readFormat(body.outputConfig),
    choices: 1,
    tokensMax: typeof maxTokens === 'number' ? maxTokens : null,
    stops: isList(stopSequences) ? stopSequences.map(String) : [],
    thinking: readThinking(body.additionalModelRequestFields),
    seed: 0,
    caching: 'marked',
    owner: key,
  }
  if (countPrompt(ask) > profile.contextTokens)
    throw new Problem(400, 'Input is too long for requested model.')
  return ask
}

function readSystem(system: Json | undefined): readonly Turn[] {
  if (!isList(system) || system.length === 0) return []
  return [{ role: 'system', parts: readBlocks(system, 'system') }]
}

function readTurns(messages: Json | undefined): readonly Turn[] {
  if (!isList(messages) || messages.length === 0)
    throw new Problem(400, 'A conversation must start with a user message.')
  let side = 'assistant'
  return messages.flatMap((message, index): readonly Turn[] => {
    const at = `messages.${index}`
    if (!isObject(message) || !isList(message.content))
      throw new Problem(400, `The content field in the Message object at ${at} is missing.`)
    const { role, content } = message
    if (role !== 'user' && role !== 'assistant')
      throw new Problem(400, `${at}.role: Member must satisfy enum value set: [user, assistant]`)
    if (role === side) throw new Problem(400, 'roles must alternate between "user" and "assistant"')
    side = role
    if (content.length === 0)
      throw new Problem(400, `The content field in the Message object at ${at} is empty.`)
    const parts = readBlocks(content, at)
    const results = parts.filter(({ kind }) => kind === 'result')
    const others = parts.filter(({ kind }) => kind !== 'result')
    return [
      ...(results.length > 0 ? [{ role: 'tool', parts: results } as Turn] : []),
      ...(others.length > 0 ? [{ role, parts: others } as Turn] : []),
    ]
  })
}

/** A `cachePoint` marks what stands before it. */
function readBlocks(blocks: readonly Json[], at: string): readonly Part[] {
  const parts: Part[] = []
  for (const block of blocks) {
    if (!isObject(block)) throw new Problem(400, `${at}: a content block is no object`)
    const members = Object.keys(block).filter((name) => block[name] !== null)
    if (members.length !== 1)
      throw new Problem(400, `${at}: exactly one member of a content block has to be set`)
    const last = parts.at(-1)
    if (members[0] === 'cachePoint' && last)
      parts[parts.length - 1] = { ...last, mark: markOf(block) }
    else parts.push(readBlock(members[0]!, block[members[0]!]!, at))
  }
  return parts
}

function markOf({ cachePoint }: JsonObject): CacheMark {
  return isObject(cachePoint) && cachePoint.ttl === '1h' ? '1h' : '5m'
}

function readBlock(kind: string, held: Json, at: string): Part {
  if (kind === 'text') {
    if (typeof held !== 'string' || held.trim() === '')
      throw new Problem(400, `The text field in the ContentBlock object at ${at} is blank.`)
    return { kind: 'text', text: held }
  }
  if (!isObject(held)) throw new Problem(400, `${at}.${kind}: is no object`)
  switch (kind) {
    case 'image': {
      const source = isObject(held.source) ? String(held.source.bytes) : ''
      return { kind: 'image', media: `image/${String(held.format)}`, source }
    }
    case 'toolUse': {
      if (!isObject(held.input)) throw new Problem(400, `${at}.toolUse.input: is no object`)
      const { toolUseId: id, name, input } = held
      checkId(id, `${at}.toolUse.toolUseId`)
      return { kind: 'call', id: String(id), name: String(name), input: JSON.stringify(input) }
    }
    case 'toolResult': {
      const content = isList(held.content) ? held.content.filter(isObject) : []
      const text = content.map((piece) => String(piece.text ?? JSON.stringify(piece.json))).join('')
      checkId(held.toolUseId, `${at}.toolResult.toolUseId`)
      return { kind: 'result', id: String(held.toolUseId), text }
    }
    case 'reasoningContent': {
      const said = isObject(held.reasoningText) ? held.reasoningText : {}
      return { kind: 'thinking', text: String(said.text ?? '') }
    }
    default:
      return { kind: 'other', type: kind, source: JSON.stringify(held) }
  }
}

function checkId(id: Json | undefined, at: string): void {
  const value = String(id)
  if (value.length > 64)
    throw new Problem(
      400,
      `Value '${value}' at '${at}' failed to satisfy constraint: Member must have length less than or equal to 64`,
    )
  if (!/^[\w-]+$/.test(value))
    throw new Problem(
      400,
      `Value '${value}' at '${at}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    )
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (!isList(tools)) return []
  return tools.filter(isObject).flatMap(({ toolSpec: spec }) => {
    if (!isObject(spec)) return []
    const { name, description, inputSchema } = spec
    if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name))
      throw new Problem(400, 'toolSpec.name: Member must satisfy regular expression pattern')
    if (!isObject(inputSchema) || inputSchema.json === undefined)
      throw new Problem(400, 'toolSpec.inputSchema: Member must not be null')
    return [{ name, description: String(description ?? ''), schema: inputSchema.json }]
  })
}

function readChoice(choice: Json | undefined): ToolChoice {
  if (!isObject(choice)) return 'auto'
  if (isObject(choice.tool)) return { name: String(choice.tool.name) }
  return choice.any === undefined ? 'auto' : 'required'
}

function readFormat(config: Json | undefined): Format {
  const format = isObject(config) ? config.textFormat : undefined
  const structure = isObject(format) ? format.structure : undefined
  const given = isObject(structure) ? structure.jsonSchema : undefined
  if (!isObject(given)) return { kind: 'text' }
  if (typeof given.schema !== 'string')
    throw new Problem(400, 'jsonSchema.schema: has to be a string')
  return { kind: 'schema', schema: JSON.parse(given.schema) as Json }
}

/** Claude's field. */
function readThinking(more: Json | undefined): Ask['thinking'] {
  const thinking = isObject(more) && isObject(more.thinking) ? more.thinking : null
  if (thinking?.type !== 'enabled') return { effort: 'none', tokensMax: null }
  const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : null
  return { effort: 'medium', tokensMax: budget }
}

// What is answered.

function say(ask: Ask, answer: Answer, stream: boolean): Said {
  const [choice = { blocks: [], finish: 'stop', stop: null }] = answer.choices
  const { blocks } = choice
  const ids = blocks.map(
    (_, index) => `tooluse_${sign(`${transcript(blocks)}${index}`, ask.owner).slice(0, 22)}`,
  )
  return {
    headers: stream ? { 'content-type': 'application/vnd.amazon.eventstream' } : {},
    stream,
    whole: () => ({
      metrics: { latencyMs: 200 },
      output: {
        message: {
          content: blocks.map((block, index) => wholeBlock(block, ids[index]!)),
          role: 'assistant',
        },
      },
      stopReason: finishes[choice.finish],
      usage: usageOf(answer.tokens, answer.tokens.output),
    }),
    events: () => events(blocks, ids, choice, answer.tokens),
    frame: frameOf,
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
  refusal: 'content_filtered',
} satisfies Record<Finish, string>

function wholeBlock(block: Block, toolUseId: string): JsonObject {
  switch (block.kind) {
    case 'thinking': {
      const { signature } = block
      return { reasoningContent: { reasoningText: { signature, text: textOf(block) } } }
    }
    case 'call':
      return { toolUse: { input: parsed(textOf(block)), name: block.name, toolUseId } }
    case 'text':
    case 'refusal':
      return { text: textOf(block) }
  }
}

function* events(
  blocks: readonly Block[],
  ids: readonly string[],
  choice: Choice,
  tokens: Tokens,
): Generator<Event> {
  yield event('messageStart', 'open', { role: 'assistant' })
  for (const [contentBlockIndex, block] of blocks.entries()) {
    if (block.kind === 'call') {
      const start = { toolUse: { name: block.name, toolUseId: ids[contentBlockIndex]! } }
      yield event(
        'contentBlockStart',
        'open',
        { contentBlockIndex, start },
        countTokens(block.name),
      )
    }
    for (const piece of block.pieces) {
      const delta = deltaOf(block, piece)
      yield event('contentBlockDelta', 'content', { contentBlockIndex, delta }, block.weight)
    }
    if (block.kind === 'thinking') {
      const delta = { reasoningContent: { signature: block.signature } }
      yield event('contentBlockDelta', 'other', { contentBlockIndex, delta })
    }
    yield event('contentBlockStop', 'other', { contentBlockIndex })
  }
  yield event('messageStop', 'finish', { stopReason: finishes[choice.finish] })
  const usage = usageOf(tokens, tokens.output)
  yield event('metadata', 'end', { metrics: { latencyMs: 200 }, usage })
}

function deltaOf(block: Block, piece: string): JsonObject {
  switch (block.kind) {
    case 'thinking':
      return { reasoningContent: { text: piece } }
    case 'call':
      return { toolUse: { input: piece } }
    case 'text':
    case 'refusal':
      return { text: piece }
  }
}

/** Every event is padded by some letters, so that its length tells nothing. */
function event(name: string, mark: Event['mark'], rest: JsonObject, tokens = 0): Event {
  return { name, data: { ...rest, p: 'abcdefghijklmnop'.slice(0, name.length) }, mark, tokens }
}

function frameOf({ name, data }: Event): Uint8Array {
  const payload = typeof data === 'string' ? data : JSON.stringify(data)
  const type: Record<string, string> = name?.startsWith('!')
    ? { ':exception-type': lowered(name.slice(1)), ':message-type': 'exception' }
    : { ':event-type': name ?? '', ':message-type': 'event' }
  return awsFrame({ ...type, ':content-type': 'application/json' }, payload)
}

function lowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** What was cached stands beside the input. */
function usageOf(tokens: Tokens, output: number): JsonObject {
  const written = tokens.cacheWrite5m + tokens.cacheWrite1h
  return {
    inputTokens: tokens.input,
    outputTokens: output,
    totalTokens: tokens.input + tokens.cacheRead + written + output,
    cacheReadInputTokens: tokens.cacheRead,
    cacheWriteInputTokens: written,
    cacheDetails: [
      { ttl: '5m', inputTokens: tokens.cacheWrite5m },
      { ttl: '1h', inputTokens: tokens.cacheWrite1h },
    ].filter(({ inputTokens }) => inputTokens > 0),
  }
}

/** Arguments that were cut off are no JSON any more. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}
