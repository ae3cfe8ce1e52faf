import type { Ask, Format, Part, Tool, Turn } from '../ask.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { textOf, transcript, type Answer, type Block, type Finish, type Tokens } from '../model.ts'
import { findProfile } from '../profiles.ts'
import { countTokens } from '../tokens.ts'
import { cohereWords } from './cohere-words.ts'
import { Problem, type Door, type Event, type Request, type Said, type World } from './dialect.ts'

/**
 * POST /v2/chat, as Cohere answers.
 * Source: https://docs.cohere.com/reference/chat and recorded exchanges (read 2026-11-22).
 */
export const cohereChat: Door = {
  method: 'POST',
  path: '/v2/chat',
  ...cohereWords,
  answer(request, world) {
    const { body } = request
    if (!isObject(body)) throw new Problem(400, 'invalid request: body is not a JSON object')
    const ask = readAsk(body, request)
    return say(ask, world.answer(ask), body.stream === true, world)
  },
}

// What is asked.

function readAsk(body: JsonObject, request: Request): Ask {
  const { model } = body
  if (typeof model !== 'string') throw new Problem(400, 'invalid request: model is required')
  const profile = findProfile(model)
  if (!profile || profile.says === 'vectors') {
    throw new Problem(404, `model '${model}' not found, make sure the correct model ID was used`)
  }
  const { p, messages } = body
  if (typeof p === 'number' && (p < 0.01 || p > 0.99)) {
    throw new Problem(400, 'invalid request: p must be between 0.01 and 0.99 inclusive')
  }
  for (const word of ['n', 'user', 'top_p', 'stop', 'stream_options', 'max_completion_tokens']) {
    if (body[word] !== undefined)
      throw new Problem(422, `unknown field: parameter '${word}' is not a valid field`)
  }
  if (!isList(messages) || messages.length === 0) {
    throw new Problem(400, 'invalid request: message must be at least 1 token long')
  }
  const { tool_choice: choice } = body
  return {
    model,
    turns: [...documentTurns(body.documents), ...messages.map(readTurn)],
    tools: isList(body.tools) ? body.tools.map(readTool) : [],
    toolChoice: choice === 'REQUIRED' ? 'required' : choice === 'NONE' ? 'none' : 'auto',
    parallel: true,
    format: readFormat(body.response_format),
    choices: 1,
    tokensMax: typeof body.max_tokens === 'number' ? body.max_tokens : null,
    stops: isList(body.stop_sequences) ? body.stop_sequences.map(String) : [],
    thinking: readThinking(body.thinking),
    seed: typeof body.seed === 'number' ? body.seed : 0,
    caching: 'marked',
    owner: request.key,
  }
}

function documentTurns(documents: Json | undefined): Turn[] {
  if (!isList(documents) || documents.length === 0) return []
  const parts = documents.map((each): Part => ({ kind: 'text', text: JSON.stringify(each) }))
  return [{ role: 'system', parts }]
}

function readTurn(message: Json): Turn {
  const role = isObject(message) ? message.role : undefined
  if (!isObject(message) || !isRole(role)) {
    throw new Problem(
      400,
      "invalid request: all messages must have a role of 'user', 'assistant', 'system' or 'tool'",
    )
  }
  const parts = readContent(message.content)
  if (role === 'tool') {
    const { tool_call_id: id } = message
    if (typeof id !== 'string') throw new Problem(400, 'invalid request: tool_call_id is required')
    const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    return { role, parts: [{ kind: 'result', id, text }] }
  }
  const calls = isList(message.tool_calls) ? message.tool_calls.map(readCall) : []
  if (parts.length + calls.length === 0) {
    throw new Problem(400, `invalid request: a ${role} message must have content or tool calls`)
  }
  return { role, parts: [...parts, ...calls] }
}

function isRole(role: Json | undefined): role is Turn['role'] {
  return role === 'system' || role === 'user' || role === 'assistant' || role === 'tool'
}

function readContent(content: Json | undefined): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  if (!isList(content)) return []
  return content.map((part): Part => {
    if (!isObject(part))
      throw new Problem(400, 'invalid request: content must be a list of objects')
    switch (part.type) {
      case 'text':
        return { kind: 'text', text: String(part.text ?? '') }
      case 'thinking':
        return { kind: 'thinking', text: String(part.thinking ?? '') }
      case 'document':
        return { kind: 'text', text: JSON.stringify(part.document ?? {}) }
      case 'image_url': {
        const url = isObject(part.image_url) ? String(part.image_url.url) : ''
        const media = /^data:([^;,]*)[;,]/.exec(url)?.[1] ?? 'unknown'
        return { kind: 'image', media, source: url }
      }
      default:
        throw new Problem(
          400,
          `invalid request: content of type '${String(part.type)}' is not supported`,
        )
    }
  })
}

function readCall(call: Json): Part {
  const made = isObject(call) && isObject(call.function) ? call.function : {}
  if (!isObject(call) || typeof call.id !== 'string' || typeof made.name !== 'string') {
    throw new Problem(400, 'invalid request: tool calls must have an id and a function')
  }
  return { kind: 'call', id: call.id, name: made.name, input: String(made.arguments ?? '{}') }
}

function readTool(tool: Json): Tool {
  const made = isObject(tool) && isObject(tool.function) ? tool.function : {}
  if (typeof made.name !== 'string')
    throw new Problem(400, 'invalid request: tools must have a name')
  const schema = made.parameters ?? { type: 'object', properties: {} }
  return { name: made.name, description: String(made.description ?? ''), schema }
}

function readFormat(format: Json | undefined): Format {
  if (!isObject(format) || format.type !== 'json_object') return { kind: 'text' }
  const { json_schema: schema } = format
  return schema === undefined ? { kind: 'json' } : { kind: 'schema', schema }
}

function readThinking(thinking: Json | undefined): Ask['thinking'] {
  if (!isObject(thinking)) return { effort: 'medium', tokensMax: null }
  const budget = typeof thinking.token_budget === 'number' ? thinking.token_budget : null
  return { effort: thinking.type === 'disabled' ? 'none' : 'medium', tokensMax: budget }
}

// What is answered.

const finishes = {
  stop: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  calls: 'TOOL_CALL',
  refusal: 'COMPLETE',
} satisfies Record<Finish, string>

function say(ask: Ask, answer: Answer, stream: boolean, world: World): Said {
  const id = world.id('', 32)
  const [choice] = answer.choices
  const { blocks, finish } = choice!
  const plan = planOf(blocks)
  const ids = blocks.map((block) => (block.kind === 'call' ? world.id(`${block.name}_`, 12) : ''))
  const usage = (output: number): JsonObject => usageOf(answer.tokens, output)
  return {
    headers: {},
    stream,
    whole: () => ({
      id,
      message: { role: 'assistant', ...wholeOf(blocks, ids, plan) },
      finish_reason: finishes[finish],
      usage: usage(answer.tokens.output),
    }),
    events: () => events(id, blocks, ids, plan, finishes[finish], usage(answer.tokens.output)),
    contentEvents: blocks.reduce(
      (sum, block) => sum + block.pieces.length + (block.kind === 'call' ? 1 : 0),
      0,
    ),
    tokens: answer.tokens,
    pace: answer.pace,
    usage,
    text: transcript(blocks),
  }
}

/** What the model means to do with its tools; one that thinks has said so in its thoughts. */
function planOf(blocks: readonly Block[]): string {
  const names = blocks.flatMap((block) => (block.kind === 'call' ? [block.name] : []))
  const thinks = blocks.some(({ kind }) => kind === 'thinking')
  return names.length === 0 || thinks ? '' : `I will use ${names.join(' and ')}.`
}

function contentOf(block: Block, text: string): JsonObject {
  return block.kind === 'thinking' ? { type: 'thinking', thinking: text } : { type: 'text', text }
}

function wholeOf(blocks: readonly Block[], ids: readonly string[], plan: string): JsonObject {
  const content = blocks.flatMap((block) =>
    block.kind === 'call' ? [] : [contentOf(block, textOf(block))],
  )
  const calls = blocks.flatMap((block, index) =>
    block.kind === 'call' ? [callOf(ids[index]!, block.name, textOf(block))] : [],
  )
  return {
    ...(plan === '' ? {} : { tool_plan: plan }),
    ...(content.length > 0 ? { content } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

function callOf(id: string, name: string, input: string): JsonObject {
  return { id, type: 'function', function: { name, arguments: input } }
}

function* events(
  id: string,
  blocks: readonly Block[],
  ids: readonly string[],
  plan: string,
  finish: string,
  usage: JsonObject,
): Generator<Event> {
  const empty = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  yield event('message-start', 'open', { id, delta: { message: empty } })
  if (plan !== '') yield event('tool-plan-delta', 'other', within({ tool_plan: plan }))
  let contents = 0
  let calls = 0
  for (const [place, block] of blocks.entries()) {
    if (block.kind === 'call') {
      const index = calls
      calls += 1
      const opened = callOf(ids[place]!, block.name, '')
      const named = countTokens(block.name)
      yield event('tool-call-start', 'content', { index, ...within({ tool_calls: opened }) }, named)
      for (const piece of block.pieces) {
        const grown = { function: { arguments: piece } }
        yield event('tool-call-delta', 'content', { index, ...within({ tool_calls: grown }) }, 1)
      }
      yield event('tool-call-end', 'other', { index })
      continue
    }
    const index = contents
    contents += 1
    yield event('content-start', 'other', { index, ...within({ content: contentOf(block, '') }) })
    for (const piece of block.pieces) {
      const { type: _, ...grown } = contentOf(block, piece)
      yield event(
        'content-delta',
        'content',
        { index, ...within({ content: grown }) },
        block.weight,
      )
    }
    yield event('content-end', 'other', { index })
  }
  yield event('message-end', 'finish', { delta: { finish_reason: finish, usage } })
  yield { name: null, data: '[DONE]', mark: 'end', tokens: 0 }
}

function within(message: JsonObject): JsonObject {
  return { delta: { message } }
}

function event(type: string, mark: Event['mark'], fields: JsonObject, tokens = 0): Event {
  return { name: type, data: { type, ...fields }, mark, tokens }
}

/** The vendor's own words before every conversation: read by the model, and not billed. */
const preambleTokens = 496

function usageOf(tokens: Tokens, output: number): JsonObject {
  const input = tokens.input + tokens.cacheRead
  const reasoning = Math.min(tokens.reasoning, output)
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: {
      input_tokens: input + preambleTokens,
      output_tokens: output,
      ...(reasoning > 0 ? { reasoning_tokens: reasoning } : {}),
    },
    cached_tokens: 0,
  }
}
