import { isUtf8 } from 'node:buffer'
import type {
  Call,
  Chat,
  Extra,
  Format,
  Message,
  Part,
  ReasoningWish,
  Tool,
  ToolChoice,
} from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { markLast } from '../cache-marks.ts'
import type { Place } from '../dialect.ts'
import { Fields, isObject, wrong } from '../fields.ts'
import { exactCalls } from '../long-numbers.ts'
import { checkEach, checkModel, MediaTally, readCount, readObject } from '../read-call.ts'
import { documentTypes, imageTypes, kindOf, readPoint } from './wire.ts'

export const id = 'bedrock-converse'

/** The model and whether the answer shall be streamed stand in the path. */
export function readCall(body: JsonObject, place?: Place): Call {
  const { value } = body
  const model = checkModel(place?.model ?? '', 'modelId')
  const media = new MediaTally()
  checkEach(value['messages'], checkMessage, media)
  const inference = readObject(value['inferenceConfig'], 'inferenceConfig')
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: place?.stream ?? false,
    maxTokens: readCount(inference?.['maxTokens'], 'inferenceConfig.maxTokens', 1),
    n: 1,
    usageAsked: true,
    user: null,
    metadata: readObject(value['requestMetadata'], 'requestMetadata'),
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readChat(body),
  }
}

function checkMessage({ content }: Extra, index: number, media: MediaTally): void {
  checkBlocks(content, `messages[${index}].content`, media)
}

function checkBlocks(blocks: unknown, path: string, media: MediaTally): void {
  if (!Array.isArray(blocks)) throw wrong(path, 'a list of blocks', blocks)
  blocks.forEach((block: unknown, index) => {
    if (!isObject(block)) throw wrong(`${path}[${index}]`, 'an object', block)
    for (const kind of ['image', 'document', 'video', 'audio']) {
      const held = block[kind]
      if (isObject(held)) media.add(bytesOf(held))
    }
    const result = block['toolResult']
    if (isObject(result) && Array.isArray(result['content']))
      checkBlocks(result['content'], `${path}[${index}].toolResult.content`, media)
  })
}

function bytesOf({ source }: Extra): string | null {
  return isObject(source) && typeof source['bytes'] === 'string' ? source['bytes'] : null
}

/** Parameters of Bedrock that no other dialect has a word for. */
const nativeParameters = [
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'additionalModelResponseFieldPaths',
]

function readChat(body: JsonObject): Chat {
  const wire = new Fields(exactCalls(body, 'messages', 'input'), '')
  const native = new Set(Object.keys(wire.pick(...nativeParameters)))
  const system = readMarked(wire.items('system'), readBlock, native)
  const messages: Message[] = [
    ...(system.length > 0 ? [turn('system', system)] : []),
    ...wire.items('messages').flatMap((item) => readMessage(item, native)),
  ]
  const inference = wire.fields('inferenceConfig')
  const toolConfig = wire.fields('toolConfig')
  const more = readMore(wire.fields('additionalModelRequestFields'), native)
  const chat = {
    operation: 'chat',
    messages,
    tools: readMarked(toolConfig?.items('tools') ?? [], readTool, native),
    toolChoice: readToolChoice(toolConfig?.fields('toolChoice') ?? null),
    parallelTools: null,
    format: readFormat(wire.fields('outputConfig')),
    maxTokens: inference?.count('maxTokens') ?? null,
    n: null,
    stop: inference?.texts('stopSequences') ?? [],
    temperature: inference?.number('temperature') ?? null,
    topP: inference?.number('topP') ?? null,
    topK: more.topK,
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logitBias: null,
    logprobs: null,
    topLogprobs: null,
    reasoning: more.reasoning,
    user: null,
    metadata: wire.object('requestMetadata'),
    serviceTier: wire.fields('serviceTier')?.text('type') ?? null,
    native: [...native],
  } satisfies Omit<Chat, 'extra'>
  // Clients put the model into the body as well.
  wire.skip('modelId')
  return { ...chat, extra: wire.rest() }
}

/** What is said past Converse to the model itself, in each maker's own words. */
function readMore(
  wire: Fields | null,
  native: Set<string>,
): { readonly topK: number | null; readonly reasoning: ReasoningWish | null } {
  if (wire === null) return { topK: null, reasoning: null }
  const claude = wire.fields('thinking')
  const config = wire.raw('reasoning_config') ?? wire.raw('reasoningConfig')
  const nova = isObject(config) ? new Fields(config, wire.at('reasoning_config')) : null
  const effort =
    wire.text('reasoning_effort') ??
    nova?.text('maxReasoningEffort') ??
    (typeof config === 'string' ? config : null)
  const topK = wire.count('top_k') ?? wire.fields('inferenceConfig')?.count('topK') ?? null
  for (const name of Object.keys(wire.rest())) native.add(`additionalModelRequestFields.${name}`)
  const type = claude?.text('type') ?? nova?.text('type') ?? null
  if (type === null && effort === null) return { topK, reasoning: null }
  const reasoning = {
    enabled: type === null ? null : type !== 'disabled',
    effort,
    budgetTokens: claude?.count('budget_tokens') ?? nova?.count('budget_tokens') ?? null,
    display: claude?.text('display') ?? null,
  }
  return { topK, reasoning }
}

/** Results of tools come in a user's turn here, and are turns of their own elsewhere. */
function readMessage(wire: Fields, native: Set<string>): Message[] {
  const role = wire.needText('role')
  if (role !== 'user' && role !== 'assistant') throw wire.wrong('role', 'user or assistant')
  const parts = readMarked(wire.items('content'), readBlock, native)
  if (role === 'assistant') return [turn(role, parts)]
  const turns: { role: 'tool' | 'user'; parts: Part[] }[] = []
  for (const part of parts) {
    const side = part.type === 'toolResult' ? 'tool' : 'user'
    const last = turns.at(-1)
    if (last?.role === side) last.parts.push(part)
    else turns.push({ role: side, parts: [part] })
  }
  return turns.length > 0
    ? turns.map(({ role: side, parts: said }) => turn(side, said))
    : [turn(role, [])]
}

function turn(role: Message['role'], parts: readonly Part[]): Message {
  return { role, parts, name: null, extra: noExtra }
}

/** A point marks what stands before it, of which it is part elsewhere. */
function readMarked<Marked extends Part | Tool>(
  blocks: readonly Fields[],
  read: (block: Fields, native: Set<string>) => Marked,
  native: Set<string>,
): Marked[] {
  let parts: Marked[] = []
  for (const block of blocks) {
    const mark = kindOf(block.value) === 'cachePoint' ? readPoint(block.value) : null
    const marked = mark && markLast(parts, mark)
    if (marked) parts = marked
    else if (mark) native.add('cachePoint')
    else parts.push(read(block, native))
  }
  return parts
}

function readBlock(wire: Fields, native: Set<string>): Part {
  switch (kindOf(wire.value)) {
    case 'text':
      return { type: 'text', text: wire.needText('text'), extra: noExtra }
    case 'json':
      return { type: 'text', text: JSON.stringify(wire.raw('json')), extra: noExtra }
    case 'image':
      return readImage(wire.fields('image')!) ?? foreign(wire)
    case 'document':
      return readDocument(wire.fields('document')!, native) ?? foreign(wire)
    case 'reasoningContent':
      return readThoughts(wire.fields('reasoningContent')!) ?? foreign(wire)
    case 'toolUse':
      return readToolUse(wire.fields('toolUse')!) ?? foreign(wire)
    case 'toolResult':
      return readToolResult(wire.fields('toolResult')!, native)
    default:
      return foreign(wire)
  }
}

/** Others name a part by its type when they refuse it. */
function foreign({ value }: Fields): Part {
  return { type: 'foreign', dialect: id, value: { type: kindOf(value), ...value } }
}

function readImage(wire: Fields): Part | null {
  const data = wire.fields('source')?.text('bytes') ?? null
  const mediaType = imageTypes[wire.needText('format')]
  if (data === null || mediaType === undefined) return null
  return {
    type: 'image',
    source: { kind: 'base64', mediaType, data },
    detail: null,
    extra: noExtra,
  }
}

function readDocument(wire: Fields, native: Set<string>): Part | null {
  const source = wire.fields('source')
  const text = source?.text('text') ?? null
  for (const name of Object.keys(wire.pick('citations', 'context'))) native.add(name)
  const data = source?.text('bytes') ?? null
  const mediaType = documentTypes[wire.text('format') ?? 'txt']
  // A document of text is what its text says: others take no files of such types.
  const said = text ?? (mediaType?.startsWith('text/') === true ? textOf(data) : null)
  if (said !== null) return { type: 'text', text: said, extra: noExtra }
  if (data === null || mediaType === undefined) return null
  return {
    type: 'file',
    source: { kind: 'base64', mediaType, data },
    name: wire.text('name'),
    extra: noExtra,
  }
}

function textOf(data: string | null): string | null {
  const bytes = Buffer.from(data ?? '', 'base64')
  return bytes.length > 0 && isUtf8(bytes) ? bytes.toString('utf8') : null
}

function readThoughts(wire: Fields): Part | null {
  const sealed = wire.text('redactedContent')
  if (sealed !== null)
    return { type: 'reasoning', text: '', signature: null, sealed, extra: noExtra }
  const said = wire.fields('reasoningText')
  if (said === null) return null
  const text = said.text('text') ?? ''
  return {
    type: 'reasoning',
    text,
    signature: said.text('signature'),
    sealed: null,
    extra: noExtra,
  }
}

/** Null for one that the provider ran itself. */
function readToolUse(wire: Fields): Part | null {
  const type = wire.text('type')
  if (type !== null && type !== 'tool_use') return null
  return {
    type: 'toolCall',
    id: wire.needText('toolUseId'),
    name: wire.needText('name'),
    arguments: JSON.stringify(wire.raw('input') ?? {}),
    extra: noExtra,
  }
}

function readToolResult(wire: Fields, native: Set<string>): Part {
  return {
    type: 'toolResult',
    callId: wire.needText('toolUseId'),
    parts: readMarked(wire.items('content'), readBlock, native),
    failed: wire.text('status') === 'error',
    extra: noExtra,
  }
}

function readTool(wire: Fields): Tool {
  const spec = wire.fields('toolSpec')
  if (spec !== null) {
    return {
      name: spec.needText('name'),
      description: spec.text('description'),
      schema: spec.fields('inputSchema')?.object('json') ?? null,
      strict: spec.flag('strict'),
      extra: spec.rest(),
      foreign: null,
    }
  }
  const name = wire.fields('systemTool')?.text('name') ?? kindOf(wire.value)
  const part = { type: 'foreign', dialect: id, value: wire.value } as const
  return { name, description: null, schema: null, strict: null, extra: noExtra, foreign: part }
}

function readToolChoice(wire: Fields | null): ToolChoice | null {
  if (wire === null) return null
  switch (kindOf(wire.value)) {
    case 'auto':
      return { kind: 'auto' }
    case 'any':
      return { kind: 'required' }
    case 'tool':
      return { kind: 'tool', name: wire.fields('tool')!.needText('name') }
    default:
      throw wrong(wire.path, 'an object with one of auto, any and tool', wire.value)
  }
}

function readFormat(wire: Fields | null): Format | null {
  const given = wire?.fields('textFormat')?.fields('structure')?.fields('jsonSchema')
  if (!given) return null
  const text = given.needText('schema')
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    schema = null
  }
  if (!isObject(schema)) throw given.wrong('schema', 'a JSON Schema as text')
  const [name, description] = [given.text('name'), given.text('description')]
  return { kind: 'schema', name, description, schema, strict: true }
}
