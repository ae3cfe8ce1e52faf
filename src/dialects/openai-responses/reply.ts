import { type Call, type Extra, noExtra } from '../../core/call.ts'
import type { ChatReply, Choice, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import type { Measured } from '../../core/usage.ts'
import { ProviderFault, type ProviderWords, type Quirks, type Stamp } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readOpenaiUsage, servedAs, type UsageQuirks } from '../usage.ts'
import {
  answerId,
  itemId,
  itemStatus,
  type Outcome,
  outcomeOf,
  readAnnotations,
  reasoningItem,
  wantsSummary,
  writeAnnotations,
  writeAnswer,
  writeUsage,
} from './answer.ts'
import { id } from './meaning.ts'
import { readThoughts, writeSeal } from './thoughts.ts'
import type { WireContent, WireItem } from './wire.ts'

/** Total: a reason that is not here is an error, with the word kept. */
const reasons: Readonly<Record<string, Finish>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  length: 'length', // Ark
  content_filter: 'filter',
}

/** Statuses of an answer that is there; any other is an error, with the word kept. */
const statuses: Readonly<Record<string, Finish>> = {
  completed: 'stop',
  complete: 'stop',
}

/** Null when the provider did not say why it ended. */
export function readEnding(response: Extra, quirks: Quirks): Ending | null {
  const { status, incomplete_details: details } = response
  if (typeof status !== 'string') return null
  const reason = isObject(details) ? details['reason'] : undefined
  if (status === 'incomplete' && !present(reason)) return null
  const [word, table] = status === 'incomplete' ? [String(reason), reasons] : [status, statuses]
  const own = quirks.finishes
  const finish =
    own && Object.hasOwn(own, word) ? own[word] : Object.hasOwn(table, word) ? table[word] : 'error'
  const called =
    finish === 'stop' && outputOf(response).some(({ type }) => type === 'function_call')
  return { finish: called ? 'tools' : (finish ?? 'error'), word, stopSequence: null }
}

export function outputOf({ output }: Extra): readonly Extra[] {
  return Array.isArray(output) ? output.filter(isObject) : []
}

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  if (!Array.isArray(wire['output'])) {
    if (tellsError(wire)) throw faultOf(readOpenaiError(text))
    throw new ProviderFault(`the answer holds no output: ${text.slice(0, 200)}`)
  }
  const output = outputOf(wire)
  if (output.length === 0) refuseUnanswered(wire)
  const choice: Choice = {
    index: 0,
    parts: output.flatMap(readItem),
    ending: readEnding(wire, quirks),
    logprobs: logprobsIn(output),
    extra: noExtra,
  }
  return {
    operation: 'chat',
    id: textOrNull(wire['id']),
    model: textOrNull(wire['model']),
    createdS: typeof wire['created_at'] === 'number' ? wire['created_at'] : null,
    choices: [choice],
    measured: readUsage(wire, quirks.usage),
    extra: { [id]: wire },
  }
}

/** Failed, still waiting in a queue, or cancelled: no answer. @throws ProviderFault */
function refuseUnanswered(response: Extra): void {
  const { status } = response
  if (typeof status !== 'string' || status === 'incomplete' || Object.hasOwn(statuses, status))
    return
  throw faultOf(failureIn(response))
}

/** What a response that failed says of it. */
export function failureIn({ status, error }: Extra): ProviderWords {
  const told = isObject(error) ? error : {}
  return {
    code: textOrNull(told['code']) ?? textOrNull(status),
    type: textOrNull(told['type']),
    message: textOrNull(told['message']) ?? `the response is ${String(status)}`,
    param: textOrNull(told['param']),
  }
}

export function faultOf(words: ProviderWords): ProviderFault {
  return new ProviderFault(words.message, words)
}

export function readItem(item: Extra): ReplyPart[] {
  switch (item['type']) {
    case 'message':
      return contentOf(item).flatMap(readContent)
    case 'reasoning': {
      const part = readThoughts(item)
      return part.text === '' && part.sealed === null && part.signature === null ? [] : [part]
    }
    case 'function_call':
      return [
        {
          type: 'toolCall',
          id: callIdOf(item),
          name: textOrNull(item['name']) ?? '',
          arguments: argumentsOf(item),
          extra: noExtra,
        },
      ]
    default:
      return [{ type: 'foreign', dialect: id, value: item }]
  }
}

function contentOf({ content }: Extra): readonly Extra[] {
  return Array.isArray(content) ? content.filter(isObject) : []
}

function readContent(part: Extra): ReplyPart[] {
  const { text, refusal } = part
  if (typeof refusal === 'string' && refusal !== '')
    return [{ type: 'refusal', text: refusal, extra: noExtra }]
  if (typeof text !== 'string' || text === '') return []
  const annotations = readAnnotations(part['annotations'])
  return [{ type: 'text', text, extra: annotations.length > 0 ? { annotations } : noExtra }]
}

/** What the answer to a call names. */
export function callIdOf({ call_id: callId, id: own }: Extra): string {
  return textOrNull(callId) ?? textOrNull(own) ?? ''
}

export function argumentsOf({ arguments: value }: Extra): string {
  if (typeof value === 'string') return value
  return present(value) ? JSON.stringify(value) : ''
}

/** OpenAI's shape of chat completions, which every dialect passes on. */
export function logprobsOf(list: unknown): unknown {
  return Array.isArray(list) && list.length > 0 ? { content: list as unknown[] } : null
}

function logprobsIn(output: readonly Extra[]): unknown {
  const all: unknown[] = []
  for (const item of output) {
    for (const { logprobs } of contentOf(item))
      if (Array.isArray(logprobs)) for (const one of logprobs as unknown[]) all.push(one)
  }
  return logprobsOf(all)
}

/** The usage, and how often the vendor searched the web, which is priced by the call. */
export function readUsage(response: Extra, quirks: UsageQuirks = {}): Measured | null {
  const measured = servedAs(readOpenaiUsage(response['usage'], quirks), response)
  if (measured === null) return null
  const tools = response['tool_usage']
  const web = isObject(tools) ? tools['web_search'] : undefined
  const searches = isObject(web) ? web['num_requests'] : null
  const told = typeof searches === 'number' && Number.isSafeInteger(searches) && searches >= 0
  const search = told ? searches : searchesIn(response['output'])
  return search === 0 ? measured : { ...measured, usage: { ...measured.usage, search } }
}

/** Opening a page that was found is no search. */
function searchesIn(output: unknown): number {
  if (!Array.isArray(output)) return 0
  let searches = 0
  for (const item of output as readonly unknown[]) {
    if (!isObject(item) || item['type'] !== 'web_search_call') continue
    if (isObject(item['action']) && item['action']['type'] === 'search') searches += 1
  }
  return searches
}

export function writeReply(reply: Reply, call: Call, stamp: Stamp): string {
  const chat = reply as ChatReply
  const own = chat.extra[id]
  if (isObject(own)) return JSON.stringify(own) // as its provider wrote it
  const [choice] = chat.choices
  const answer = answerId(chat.id, stamp.callId)
  const outcome = outcomeOf(choice?.ending ?? null)
  return JSON.stringify(
    writeAnswer(
      {
        id: answer,
        model: chat.model ?? stamp.model,
        created_at: chat.createdS ?? stamp.nowS,
        ...outcome,
        output: choice ? writeOutput(choice, answer, outcome, call) : [],
        usage: chat.measured ? writeUsage(chat.measured) : null,
      },
      call,
    ),
  )
}

/** Texts and refusals that follow each other are one message. */
function writeOutput(
  { parts, logprobs }: Choice,
  answer: string,
  outcome: Outcome,
  call: Call,
): readonly WireItem[] {
  const asSummary = wantsSummary(call)
  const items: ((status: ReturnType<typeof itemStatus>) => WireItem)[] = []
  let message: WireContent[] | null = null
  for (const part of parts) {
    const index = items.length
    switch (part.type) {
      case 'text':
      case 'refusal': {
        if (part.text === '') continue
        const content = writeContent(part, message === null ? logprobs : null)
        if (message !== null) {
          message.push(content)
          continue
        }
        const said = [content]
        message = said
        const own = { type: 'message', id: itemId('message', answer, index) } as const
        items.push((status) => ({ ...own, status, role: 'assistant', content: said }))
        continue
      }
      case 'reasoning': {
        const own = itemId('reasoning', answer, index)
        const made = reasoningItem(own, part.text, writeSeal(part), asSummary)
        items.push(() => made)
        break
      }
      case 'toolCall': {
        const { id: callId, name, arguments: text } = part
        const own = { type: 'function_call', id: itemId('function_call', answer, index) } as const
        items.push((status) => ({ ...own, call_id: callId, name, arguments: text, status }))
        break
      }
      case 'foreign':
        if (part.dialect !== id) continue
        items.push(() => part.value)
    }
    message = null
  }
  return items.map((write, index) => write(itemStatus(outcome, index === items.length - 1)))
}

function writeContent(
  part: ReplyPart & { type: 'text' | 'refusal' },
  logprobs: unknown,
): WireContent {
  if (part.type === 'refusal') return { type: 'refusal', refusal: part.text }
  return {
    type: 'output_text',
    text: part.text,
    annotations: writeAnnotations(part.extra),
    logprobs: listedLogprobs(logprobs),
  }
}

export function listedLogprobs(logprobs: unknown): readonly unknown[] {
  const content = isObject(logprobs) ? logprobs['content'] : null
  return Array.isArray(content) ? (content as unknown[]) : []
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
