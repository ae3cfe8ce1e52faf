import type {
  Chat,
  Extra,
  Format,
  Message,
  Part,
  ReasoningPart,
  ReasoningWish,
  Source,
  Tool,
  ToolCallPart,
} from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { fitMarks, nativeWords, noMarks } from '../cache-marks.ts'
import type { Target } from '../dialect.ts'
import { compact } from '../fields.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import type { WireMessage, WireRequest, WireToolCall } from './wire.ts'

/** A conversation of another dialect, as Cohere takes it. @throws GatewayError unsupported_content */
export function writeChat(chat: Chat, stream: boolean, target: Target): Parameters {
  if ((chat.n ?? 1) > 1)
    throw unsupportedContent('n above 1: it gives one answer a call', target.model)
  const { quirks } = target
  const { words } = fitMarks(chat, noMarks, quirks.cachesUnasked === true)
  const adapted = [...nativeWords(chat, quirks), ...words, ...lostIn(chat, target)]
  const { tools, choice } = writeTools(chat, target, adapted)
  const request: WireRequest = {
    ...chat.extra,
    ...compact({
      model: target.model,
      messages: joinResults(chat.messages).flatMap((message) => writeMessage(message, target)),
      tools: tools.length > 0 ? tools : null,
      strict_tools: (tools.length > 0 && chat.tools.every(({ strict }) => strict === true)) || null,
      tool_choice: choice,
      response_format: writeFormat(chat.format),
      max_tokens: chat.maxTokens,
      stop_sequences: chat.stop.length > 0 ? chat.stop : null,
      temperature: chat.temperature,
      p: chat.topP,
      k: chat.topK,
      seed: chat.seed,
      presence_penalty: chat.presencePenalty,
      frequency_penalty: chat.frequencyPenalty,
      thinking: writeThinking(chat.reasoning),
      stream: stream ? true : null,
    }),
  } as WireRequest
  const parameters = new Parameters(request)
  parameters.adapted.push(...adapted)
  return parameters
}

/** What other dialects say and this one cannot. */
function lostIn(chat: Chat, { model }: Target): string[] {
  const parts = chat.messages.flatMap((message) => message.parts)
  const results = parts.flatMap((part) => (part.type === 'toolResult' ? part : []))
  const parameters = {
    logit_bias: chat.logitBias,
    logprobs: chat.logprobs === true ? true : null,
    top_logprobs: chat.topLogprobs,
    parallel_tool_calls: chat.tools.length > 0 && chat.parallelTools === false ? false : null,
    user: chat.user,
    metadata: withoutOwnNames(chat.metadata) ?? null,
    service_tier: chat.serviceTier,
  }
  return [
    ...Object.entries(parameters).flatMap(([name, value]) => (value === null ? [] : `-${name}`)),
    ...(chat.messages.some(({ name }) => name !== null) ? ['-name'] : []),
    ...(chat.messages.some((message) => losesThoughts(message, model))
      ? ['-reasoning_content']
      : []),
    ...(results.some(({ failed }) => failed) ? ['-is_error'] : []),
    ...(results.some((result) => result.parts.some(isMedia)) ? ['tool_result>user'] : []),
  ]
}

/**
 * One tool of several is asked for by sending no other: there is a word for any tool, and none for a
 * certain one.
 */
function writeTools(
  { tools, toolChoice }: Chat,
  target: Target,
  adapted: string[],
): { tools: Extra[]; choice: string | null } {
  if (tools.length === 0) return { tools: [], choice: null }
  const written = (chosen: readonly Tool[]) => chosen.map((tool) => writeTool(tool, target))
  switch (toolChoice?.kind) {
    case 'none':
      return { tools: written(tools), choice: 'NONE' }
    case 'required':
      return { tools: written(tools), choice: 'REQUIRED' }
    case 'tool': {
      const named = tools.filter(({ name }) => name === toolChoice!.name)
      if (tools.length > 1) adapted.push('tool_choice>tools')
      return { tools: written(named.length > 0 ? named : tools), choice: 'REQUIRED' }
    }
    default:
      return { tools: written(tools), choice: null }
  }
}

function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, extra } = tool
  const parameters = schema ?? { type: 'object', properties: {} }
  return { type: 'function', function: compact({ name, description, parameters }), ...extra }
}

/** Models that think take thoughts back as they gave them; older ones take the plan behind a turn's calls. */
const thinkers = /^(?:command-a-(?:reasoning|plus)|north)/

function losesThoughts({ role, parts }: Message, model: string): boolean {
  if (role !== 'assistant' || thinkers.test(model)) return false
  if (!parts.some((part) => part.type === 'reasoning' && part.text !== '')) return false
  return !parts.some((part) => part.type === 'toolCall')
}

/** What a result without any text says of its pictures, which this dialect takes from users alone. */
const seeNextMessage = 'See the next message.'

/** Results that follow each other are one turn: what a user shows of them comes behind the last. */
function joinResults(messages: readonly Message[]): readonly Message[] {
  const joined: Message[] = []
  let run: Part[] | null = null
  for (const message of messages) {
    if (message.role !== 'tool') {
      run = null
      joined.push(message)
      continue
    }
    if (run === null) joined.push({ ...message, parts: (run = []), extra: noExtra })
    run.push(...ownParts(message))
  }
  return joined
}

/** With what their message says beside them. */
function ownParts({ parts, extra }: Message): readonly Part[] {
  if (Object.keys(extra).length === 0) return parts
  return parts.map((part) =>
    part.type === 'toolResult' ? { ...part, extra: { ...extra, ...part.extra } } : part,
  )
}

function writeMessage({ role, parts, extra }: Message, target: Target): WireMessage[] {
  switch (role) {
    case 'system':
    case 'developer':
      return [{ role: 'system', content: writeParts(parts, target), ...extra }]
    case 'user':
      return [{ role, content: writeParts(parts, target), ...extra }]
    case 'assistant':
      return [{ ...writeAnswered(parts, target), ...extra }]
    case 'tool': {
      const results = parts.flatMap((part) => (part.type === 'toolResult' ? part : []))
      const media = results.flatMap((result) => result.parts.filter(isMedia))
      const messages = results.map((result): WireMessage => {
        const said = result.parts.filter((part) => !isMedia(part))
        const content =
          said.length === 0 && result.parts.length > 0 ? seeNextMessage : writeParts(said, target)
        return { role, tool_call_id: result.callId, content, ...extra, ...result.extra }
      })
      if (media.length === 0) return messages
      return [...messages, { role: 'user', content: writeParts(media, target) }]
    }
  }
}

function writeAnswered(parts: readonly Part[], target: Target): WireMessage {
  const calls = parts.flatMap((part) => (part.type === 'toolCall' ? writeToolCall(part) : []))
  const thoughts = parts.flatMap((part) => (part.type === 'reasoning' ? part : []))
  const said = parts.filter((part) => part.type !== 'toolCall' && part.type !== 'reasoning')
  const thinking = thinkers.test(target.model) ? writeThoughts(thoughts) : []
  const plan = thinkers.test(target.model) ? '' : thoughts.map(({ text }) => text).join('')
  const content =
    thinking.length > 0
      ? [...thinking, ...said.map((part) => writePart(part, target))]
      : writeParts(said, target)
  return {
    role: 'assistant',
    ...(content.length > 0 || calls.length === 0 ? { content } : {}),
    ...(calls.length > 0 && plan !== '' ? { tool_plan: plan } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

function writeThoughts(thoughts: readonly ReasoningPart[]): Extra[] {
  return thoughts
    .filter(({ text }) => text !== '')
    .map(({ text }) => ({ type: 'thinking', thinking: text }))
}

export function writeToolCall({ id, name, arguments: text, extra }: ToolCallPart): WireToolCall {
  return {
    id,
    type: 'function',
    function: { name, arguments: text === '' ? '{}' : text },
    ...extra,
  }
}

function isMedia({ type }: Part): boolean {
  return type === 'image' || type === 'file' || type === 'audio'
}

/** Plain text stays a string; anything more becomes a list. */
function writeParts(parts: readonly Part[], target: Target): string | Extra[] {
  const [only] = parts
  if (only === undefined) return ''
  const plain = parts.length === 1 && only.type === 'text' && Object.keys(only.extra).length === 0
  return plain ? only.text : parts.map((part) => writePart(part, target))
}

function writePart(part: Part, { model }: Target): Extra {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text, ...part.extra }
    case 'image': {
      const image = compact({ url: urlOf(part.source, model), detail: part.detail })
      return { type: 'image_url', image_url: image, ...part.extra }
    }
    case 'audio':
    case 'file':
      throw unsupportedContent(part.type === 'file' ? 'a file' : 'audio', model)
    default:
      throw unsupportedContent(
        `a part of type ${part.type === 'foreign' ? String(part.value['type']) : part.type}`,
        model,
      )
  }
}

function urlOf(source: Source, model: string): string {
  switch (source.kind) {
    case 'url':
      return source.url
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`
    case 'id':
      throw unsupportedContent('an image by file id', model)
  }
}

function writeFormat(format: Format | null): Extra | null {
  switch (format?.kind) {
    case undefined:
    case 'text':
      return null
    case 'json':
      return { type: 'json_object' }
    case 'schema':
      return { type: 'json_object', json_schema: format!.schema }
  }
}

/** Tokens that a word of effort is worth; more effort than these is thinking without a limit. */
const budgets: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192 }

function writeThinking(wish: ReasoningWish | null): Extra | null {
  if (wish === null) return null
  const { enabled, effort, budgetTokens } = wish
  if (enabled === false || effort === 'none') return { type: 'disabled' }
  const worth = effort !== null && Object.hasOwn(budgets, effort) ? budgets[effort] : null
  return { type: 'enabled', ...compact({ token_budget: budgetTokens ?? worth }) }
}
