import { editing } from '../edit.ts'
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
import { unsupportedContent } from '../../core/errors.ts'
import { eachOf, withFitId } from '../call-ids.ts'
import { fitMarks, nativeWords, noMarks } from '../cache-marks.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, isObject } from '../fields.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { restoreTurns } from '../turns.ts'
import { id } from './meaning.ts'
import { dropForeignThoughts } from './past-turns.ts'
import { writeSeal } from './thoughts.ts'

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

/** The text as it came, but for the model's name, nulls and the provider's table. */
function editCall(call: Call, target: Target): WrittenCall {
  const { body } = call
  const parameters = editing(call, target)
  refuse(parameters, target)
  dropForeignThoughts(parameters, target)
  parameters.apply(target.quirks.parameters, target)
  renameDeveloper(parameters, target)
  fitCallIds(parameters, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function translateCall(call: Call, target: Target): WrittenCall {
  const chat = call.meaning()
  if (chat.operation !== 'chat') throw unsupportedContent(chat.operation, target.model)
  if ((chat.n ?? 1) > 1)
    throw unsupportedContent('n above 1: it gives one answer a call', target.model)
  const logprobs = chat.logprobs === true
  const restored: string[] = []
  const messages = restoreTurns(chat.messages, target, null, turnWords, restored)
  const request: Extra = {
    ...chat.extra,
    ...compact({
      model: target.model,
      input: messages.flatMap((message) => writeMessage(message, target)),
      tools: chat.tools.length > 0 ? chat.tools.map((tool) => writeTool(tool, target)) : null,
      tool_choice: chat.tools.length > 0 ? writeToolChoice(chat.toolChoice) : null,
      parallel_tool_calls: chat.tools.length > 0 ? chat.parallelTools : null,
      text: chat.format === null ? null : { format: writeFormat(chat.format) },
      reasoning: writeReasoning(chat.reasoning),
      max_output_tokens: chat.maxTokens,
      temperature: chat.temperature,
      top_p: chat.topP,
      include: logprobs ? ['message.output_text.logprobs'] : null,
      top_logprobs: logprobs ? chat.topLogprobs : null,
      user: chat.user,
      metadata: withoutOwnNames(chat.metadata),
      service_tier: chat.serviceTier,
      // Unasked it would be kept at the vendor, which no caller of another dialect expects.
      store: false,
      stream: call.stream ? true : null,
    }),
  }
  const parameters = new Parameters(request)
  parameters.adapted.push(
    ...nativeWords(chat, target.quirks),
    ...fitMarks(chat, noMarks, target.quirks.cachesUnasked === true).words,
    ...lostIn({ ...chat, messages }, target),
    ...restored,
  )
  refuse(parameters, target)
  parameters.apply(target.quirks.parameters, target)
  renameDeveloper(parameters, target)
  fitCallIds(parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

const turnWords = { thoughts: 'reasoning', calls: 'signature' }

/** @throws GatewayError unsupported_content for what the provider is known to refuse */
function refuse(parameters: Parameters, { quirks: { refuses = [] }, model }: Target): void {
  const text = parameters.get('text')
  const format = isObject(text) && isObject(text['format']) ? text['format']['type'] : undefined
  if (format === 'json_schema' && refuses.includes('schema'))
    throw unsupportedContent('a JSON Schema as response format', model)
  if (format === 'json_object' && refuses.includes('json'))
    throw unsupportedContent('JSON as response format', model)
}

function renameDeveloper(parameters: Parameters, { quirks: { developerRole } }: Target): void {
  if (developerRole === undefined) return
  const isRenamed = changeItems(parameters, (item) =>
    item['role'] === 'developer' && (item['type'] ?? 'message') === 'message'
      ? { ...item, role: developerRole }
      : item,
  )
  if (isRenamed) parameters.adapted.push(`developer>${developerRole}`)
}

function fitCallIds(parameters: Parameters, { quirks: { callIds } }: Target): void {
  if (callIds !== undefined) changeItems(parameters, (item) => withFitId(item, 'call_id', callIds))
}

/** @returns whether any was changed */
function changeItems(parameters: Parameters, change: (item: Extra) => Extra): boolean {
  const input = parameters.get('input')
  if (!Array.isArray(input)) return false
  const made = eachOf<unknown>(input, (item) => (isObject(item) ? change(item) : item))
  if (made === input) return false
  parameters.set('input', made)
  return true
}

/** What another dialect says and this one cannot. */
function lostIn(chat: Chat, target: Target): string[] {
  const loses = (fits: (part: Part) => boolean): boolean =>
    chat.messages.some(({ parts }) => parts.some(fits))
  const lost: Extra = {
    stop: chat.stop.length > 0,
    top_k: chat.topK !== null,
    seed: chat.seed !== null,
    presence_penalty: chat.presencePenalty !== null,
    frequency_penalty: chat.frequencyPenalty !== null,
    logit_bias: chat.logitBias !== null,
    name: chat.messages.some(({ name }) => name !== null),
    is_error: loses((part) => part.type === 'toolResult' && part.failed),
    reasoning_content:
      !takesWords(target) && loses((part) => part.type === 'reasoning' && !isSealed(part)),
  }
  const words: string[] = []
  for (const name of Object.keys(lost)) if (lost[name] === true) words.push(`-${name}`)
  return words
}

/** Open weights take thoughts back in words; others take none but what they sealed. */
function takesWords({ quirks: { thoughts } }: Target): boolean {
  return thoughts?.go === 'content'
}

function isSealed({ sealed }: ReasoningPart): boolean {
  return sealed !== null
}

function writeMessage({ role, parts, extra }: Message, target: Target): Extra[] {
  if (role === 'tool') return parts.map((part) => writeResult(part, extra, target))
  if (role !== 'assistant')
    return [{ type: 'message', role, content: writeInput(parts, target), ...extra }]
  const items: Extra[] = []
  let said: Extra[] = []
  const close = (): void => {
    if (said.length > 0) items.push({ type: 'message', role, content: said, ...extra })
    said = []
  }
  for (const part of parts) {
    if (part.type === 'text') said.push({ type: 'output_text', text: part.text, ...part.extra })
    else if (part.type === 'refusal') said.push({ type: 'refusal', refusal: part.text })
    else {
      close()
      items.push(...writeDeed(part, items.length, target))
    }
  }
  close()
  return items
}

function writeDeed(part: Part, place: number, target: Target): Extra[] {
  switch (part.type) {
    case 'reasoning':
      if (isSealed(part))
        return [{ type: 'reasoning', summary: [], encrypted_content: writeSeal(part) }]
      if (!takesWords(target) || part.text === '') return []
      return [
        {
          type: 'reasoning',
          id: `rs_${place}`, // it has to have one, of whatever kind
          summary: [],
          content: [{ type: 'reasoning_text', text: part.text }],
        },
      ]
    case 'toolCall': {
      const { id: callId, name, arguments: text } = part
      return [
        { type: 'function_call', call_id: callId, name, arguments: text === '' ? '{}' : text },
      ]
    }
    default:
      throw unsupportedContent(
        `a part of type ${nameOf(part)} in an assistant message`,
        target.model,
      )
  }
}

function writeResult(part: Part, extra: Extra, target: Target): Extra {
  if (part.type !== 'toolResult')
    throw unsupportedContent(`a part of type ${nameOf(part)} in a tool message`, target.model)
  const output = writeInput(part.parts, target)
  return { type: 'function_call_output', call_id: part.callId, output, ...extra }
}

/** Plain text stays a string; anything more becomes a list. */
function writeInput(parts: readonly Part[], target: Target): string | Extra[] {
  const [only] = parts
  if (parts.length === 0) return ''
  if (parts.length === 1 && only!.type === 'text' && Object.keys(only!.extra).length === 0)
    return only!.text
  return parts.map((part) => writePart(part, target))
}

function writePart(part: Part, target: Target): Extra {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'input_text', text: part.text, ...part.extra }
    case 'image': {
      const { source, detail } = part
      const where = source.kind === 'id' ? { file_id: source.id } : { image_url: urlOf(source) }
      return { type: 'input_image', detail: detail ?? 'auto', ...where }
    }
    case 'file':
      return { type: 'input_file', ...fileFields(part.source, part.name) }
    case 'audio': {
      const { format, data } = part
      return { type: 'input_audio', input_audio: { format, data } }
    }
    default:
      throw unsupportedContent(`a part of type ${nameOf(part)}`, target.model)
  }
}

function fileFields(source: Source, name: string | null): Extra {
  switch (source.kind) {
    case 'id':
      return { file_id: source.id }
    case 'url':
      return { file_url: source.url }
    case 'base64':
      return { filename: name ?? 'file', file_data: urlOf(source) }
  }
}

function urlOf(source: Exclude<Source, { kind: 'id' }>): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
}

function nameOf(part: Part): string {
  return part.type === 'foreign' ? String(part.value['type']) : part.type
}

function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, strict } = tool
  return {
    type: 'function',
    ...compact({ name, description }),
    parameters: schema ?? { type: 'object', properties: {} },
    strict: strict ?? false, // left out it would be true here, and is false elsewhere
    ...tool.extra,
  }
}

function writeToolChoice(choice: ToolChoice | null): unknown {
  if (choice === null) return null
  return choice.kind === 'tool' ? { type: 'function', name: choice.name } : choice.kind
}

function writeFormat(format: Format): Extra {
  switch (format.kind) {
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    case 'schema': {
      const { name, description, schema, strict } = format
      return {
        type: 'json_schema',
        ...compact({ name: name ?? 'answer', description, schema, strict }),
      }
    }
  }
}

function writeReasoning(wish: ReasoningWish | null): Extra | null {
  if (wish === null) return null
  const made = compact({
    effort: effortOf(wish),
    summary: wish.display === 'summarized' ? 'auto' : null,
  })
  return Object.keys(made).length === 0 ? null : made
}

/** Budgets in tokens become the word whose usual budget is nearest. */
function effortOf({ enabled, effort, budgetTokens }: ReasoningWish): string | null {
  if (enabled === false) return 'none'
  if (effort !== null) return effort
  if (budgetTokens === null) return null
  if (budgetTokens <= 2_048) return 'low'
  return budgetTokens <= 12_000 ? 'medium' : 'high'
}
