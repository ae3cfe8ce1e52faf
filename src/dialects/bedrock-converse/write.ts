import type {
  Call,
  Chat,
  Extra,
  Format,
  ReasoningWish,
  Tool,
  ToolCallPart,
} from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { fitMarks, markOf, nativeWords } from '../cache-marks.ts'
import { thinkingBudget, thinkingBudgets } from '../claude-thinking.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact } from '../fields.ts'
import { editedMember } from '../long-numbers.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { restoreTurns } from '../turns.ts'
import { fitCallIds } from './call-ids.ts'
import { isClaude, isGptOss, isNova, roomFor, thinkingNova } from './makers.ts'
import { lostIn, writeTurns } from './messages.ts'
import { withoutForeignThoughts, turnsWant } from './past-turns.ts'
import { id } from './read.ts'
import { writePoint } from './wire.ts'

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

/** The model stands in the path, so that the body goes on as it came. */
function editCall({ body, metadata }: Call, target: Target): WrittenCall {
  const parameters = new Parameters(body.value)
  parameters.removeNulls()
  const kept = withoutOwnNames(metadata ?? undefined)
  if (metadata !== null && kept !== metadata) parameters.set('requestMetadata', kept)
  if (parameters.get('modelId') !== undefined) parameters.remove('modelId')
  const messages = editedMember<unknown>(body, 'messages', (sent) => {
    const own = withoutForeignThoughts(sent, parameters, target.recall)
    return Array.isArray(own) ? fitCallIds(own) : own
  })
  if (messages !== body.value['messages']) parameters.set('messages', messages)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw unsupportedContent(meaning.operation, target.model)
  const { chat: marked, words } = fitMarks(
    meaning,
    roomFor(target.model),
    isNova.test(target.model),
  )
  const restored: string[] = []
  const turnWords = { thoughts: 'reasoningContent', calls: 'toolUse' }
  const wants = turnsWant(call, target)
  const messages = restoreTurns(marked.messages, target, wants, turnWords, restored)
  const chat = { ...marked, messages }
  if ((chat.n ?? 1) > 1)
    throw unsupportedContent('n above 1: it gives one answer a call', target.model)
  const adapted = [...nativeWords(chat, target.quirks), ...words, ...lostIn(chat), ...restored]
  const { system, turns } = writeTurns(chat.messages, target)
  if (turns.length === 0) {
    // A conversation begins with a user here; elsewhere instructions alone are enough.
    turns.push({ role: 'user', content: system.splice(0) })
    adapted.push('system>user')
  }
  if (chat.format?.kind === 'json') {
    system.push({ text: 'Answer with one JSON object and nothing else.' })
    adapted.push('response_format>system')
  }
  const more = writeMore(chat, target, adapted)
  const thinks = more['thinking'] !== undefined
  const request = compact({
    messages: fitCallIds(turns),
    system: system.length > 0 ? system : null,
    inferenceConfig: writeInference(chat, thinks, adapted),
    toolConfig: writeTools(chat, target, adapted),
    outputConfig: writeFormat(chat.format),
    serviceTier: writeTier(chat.serviceTier, adapted),
    requestMetadata: writeMetadata(chat.metadata, adapted),
    additionalModelRequestFields: orNull({ ...chat.extra, ...more }),
  })
  const parameters = new Parameters(request)
  parameters.adapted.push(...adapted)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

/** Temperature ends at 1 here, and Claude takes none but its own while it thinks. */
function writeInference(chat: Chat, thinks: boolean, adapted: string[]): Extra | null {
  let { temperature } = chat
  if (thinks && temperature !== null) {
    adapted.push('-temperature')
    temperature = null
  } else if (temperature !== null && temperature > 1) {
    adapted.push('temperature=1')
    temperature = 1
  }
  return orNull({
    maxTokens: chat.maxTokens,
    temperature,
    topP: chat.topP,
    stopSequences: chat.stop.length > 0 ? chat.stop : null,
  })
}

/**
 * What Converse has no field for, in the words of whoever made the model. A profile's own name does
 * not tell who that was.
 */
function writeMore(chat: Chat, { model }: Target, adapted: string[]): Record<string, unknown> {
  const more: Record<string, unknown> = {}
  const { topK, reasoning } = chat
  if (topK !== null) {
    if (isClaude.test(model)) more['top_k'] = topK
    else if (isNova.test(model)) more['inferenceConfig'] = { topK }
    else adapted.push('-top_k')
  }
  const thinking = reasoning && writeThinking(reasoning, chat.maxTokens, model)
  if (reasoning && thinking === null) adapted.push('-reasoning_effort')
  const both = { ...more, ...thinking }
  if (both['thinking'] !== undefined && topK !== null) {
    delete both['top_k']
    adapted.push('-top_k')
  }
  return both
}

function writeThinking(wish: ReasoningWish, maxTokens: number | null, model: string): Extra | null {
  const off = wish.enabled === false || wish.effort === 'none'
  if (isClaude.test(model)) {
    if (off) return {} // It does not think unless it is asked to.
    const budget = thinkingBudget(wish, maxTokens)
    return budget === null ? null : { thinking: { type: 'enabled', budget_tokens: budget } }
  }
  const effort = effortOf(wish)
  if (thinkingNova.test(model)) {
    return off
      ? { reasoningConfig: { type: 'disabled' } }
      : { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } }
  }
  if (isGptOss.test(model)) return { reasoning_effort: off ? 'low' : effort }
  return off ? {} : null
}

/** One of the three words that others than Claude have. */
function effortOf({ effort, budgetTokens }: ReasoningWish): 'low' | 'medium' | 'high' {
  switch (effort) {
    case 'minimal':
    case 'low':
      return 'low'
    case 'high':
    case 'xhigh':
    case 'max':
      return 'high'
    case null:
      if (budgetTokens === null) return 'medium'
      if (budgetTokens <= thinkingBudgets.low) return 'low'
      return budgetTokens <= thinkingBudgets.medium ? 'medium' : 'high'
    default:
      return 'medium'
  }
}

/**
 * There is no way to say that no tool shall be called but to name none, and none may be left out
 * while the conversation holds calls: those that it holds are named then.
 */
function writeTools(chat: Chat, target: Target, adapted: string[]): Extra | null {
  const { toolChoice } = chat
  const called = chat.messages.flatMap(({ parts }) => parts.filter(isToolCall))
  let { tools } = chat
  if (toolChoice?.kind === 'none' && tools.length > 0) {
    adapted.push(called.length > 0 ? '-tool_choice' : '-tools')
    if (called.length === 0) tools = []
  }
  const specs = tools.flatMap((tool) => {
    const mark = markOf(tool)
    return [writeTool(tool, target), ...(mark ? [writePoint(mark)] : [])]
  })
  if (specs.length === 0) {
    if (called.length === 0) return null
    adapted.push('+tools')
    const names = [...new Set(called.map(({ name }) => name))]
    return { tools: names.map((name) => writeSpec(name, null, null)) }
  }
  if (tools.some(({ strict }) => strict === true)) adapted.push('-strict')
  return compact({ tools: specs, toolChoice: writeToolChoice(chat) })
}

function isToolCall(part: { readonly type: string }): part is ToolCallPart {
  return part.type === 'toolCall'
}

function writeTool({ name, description, schema, foreign }: Tool, target: Target): Extra {
  if (foreign) throw unsupportedContent(`the tool ${name}, which its vendor runs`, target.model)
  return writeSpec(name, description, schema)
}

function writeSpec(name: string, description: string | null, schema: Extra | null): Extra {
  const json = schema ?? { type: 'object', properties: {} }
  // An empty description is refused.
  const said = description === '' ? null : description
  return { toolSpec: { ...compact({ name, description: said }), inputSchema: { json } } }
}

function writeToolChoice({ toolChoice }: Chat): Extra | null {
  switch (toolChoice?.kind) {
    case undefined:
    case 'none':
      return null
    case 'auto':
      return { auto: {} }
    case 'required':
      return { any: {} }
    case 'tool':
      return { tool: { name: toolChoice!.name } }
  }
}

function writeFormat(format: Format | null): Extra | null {
  if (format?.kind !== 'schema') return null
  const { name, description, schema } = format
  const jsonSchema = compact({ name, description, schema: JSON.stringify(schema) })
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } }
}

const tiers = new Set(['default', 'priority', 'flex', 'reserved'])

function writeTier(tier: string | null, adapted: string[]): Extra | null {
  if (tier === null || tier === 'auto') return null
  if (tiers.has(tier)) return { type: tier }
  adapted.push('-service_tier')
  return null
}

const metadataWords = /^[\w\s:@$#=/+,.-]{1,256}$/

/** At most 16 pairs of plain words; what else a caller says of a call is for the gateway's own record. */
function writeMetadata(metadata: Chat['metadata'], adapted: string[]): Extra | null {
  const kept = withoutOwnNames(metadata ?? undefined) as Extra | undefined
  const pairs = Object.entries(kept ?? {})
  if (pairs.length === 0) return null
  const fits = pairs.every(
    ([name, value]) =>
      metadataWords.test(name) && typeof value === 'string' && metadataWords.test(value),
  )
  if (fits && pairs.length <= 16) return kept!
  adapted.push('-metadata')
  return null
}

function orNull(object: Extra): Extra | null {
  const said = compact(object)
  return Object.keys(said).length > 0 ? said : null
}
