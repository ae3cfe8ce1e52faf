import type { Call, Chat, Extra, Format, ReasoningWish, ToolChoice } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { Fields, isObject, wrong } from '../fields.ts'
import { exactCalls } from '../long-numbers.ts'
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
import { markedAtEnd, readSystem, readMessage } from './read-messages.ts'
import { readTool } from './tools.ts'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const media = new MediaTally()
  const { system } = value
  if (system !== undefined && system !== null && typeof system !== 'string') {
    checkBlocks(system, 'system', media)
  }
  checkEach(value['messages'], checkMessage, media)
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

function checkMessage({ content }: Extra, index: number, media: MediaTally): void {
  if (typeof content !== 'string') checkBlocks(content, `messages[${index}].content`, media)
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
  const wire = new Fields(exactCalls(body, 'messages', 'input'), '')
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
