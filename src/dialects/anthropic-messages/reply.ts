import { finishOf } from '../finish.ts'
import type { Call, Extra, ReasoningPart } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { ErrorKind, GatewayError } from '../../core/errors.ts'
import type { ChatReply, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured, noUsage } from '../../core/usage.ts'
import { ProviderFault, type ProviderWords, type Quirks, type Stamp } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { parseAround } from '../long-numbers.ts'
import { plainWords } from '../plain-words.ts'
import { toolInput } from '../tool-input.ts'
import { readAnthropicUsage } from '../usage.ts'
import { id } from './wire.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

/** Total: a word that is not here is an error, with the word kept. */
const finishes: Readonly<Record<string, Finish>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tools',
  pause_turn: 'pause',
  refusal: 'refusal',
  compaction: 'pause',
  // Servers of others that claim this dialect
  stop: 'stop',
  length: 'length',
  tool_calls: 'tools',
  content_filter: 'filter',
  sensitive: 'filter',
  error: 'error',
}

export function readEnding(word: unknown, stopSequence: unknown, quirks: Quirks): Ending | null {
  if (typeof word !== 'string' || word === '') return null
  const finish = finishOf(word, finishes, quirks)
  return {
    finish,
    word,
    stopSequence: typeof stopSequence === 'string' ? stopSequence : null,
  }
}

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = parseAround(text, 'input')
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  if (wire['type'] === 'error' || (present(wire['error']) && !Array.isArray(wire['content']))) {
    const words = readError(text)
    throw new ProviderFault(words.message, words)
  }
  if (!Array.isArray(wire['content'])) {
    throw new ProviderFault(`the answer holds no content: ${text.slice(0, 200)}`)
  }
  const parts = wire['content'].filter(isObject).map(readBlock)
  const ending = readEnding(wire['stop_reason'], wire['stop_sequence'], quirks)
  return {
    operation: 'chat',
    id: typeof wire['id'] === 'string' ? wire['id'] : null,
    model: typeof wire['model'] === 'string' ? wire['model'] : null,
    createdS: null,
    choices: [{ index: 0, parts, ending, logprobs: null, extra: noExtra }],
    measured: readAnthropicUsage(wire['usage']),
    extra: noExtra,
  }
}

function readBlock(block: Extra): ReplyPart {
  switch (block['type']) {
    case 'text': {
      const { citations } = block
      const extra = Array.isArray(citations) && citations.length > 0 ? { citations } : noExtra
      return { type: 'text', text: asText(block['text']), extra }
    }
    case 'thinking':
      return {
        type: 'reasoning',
        text: asText(block['thinking']),
        signature: typeof block['signature'] === 'string' ? block['signature'] : null,
        sealed: null,
        extra: noExtra,
      }
    case 'redacted_thinking':
      return {
        type: 'reasoning',
        text: '',
        signature: null,
        sealed: asText(block['data']),
        extra: noExtra,
      }
    case 'tool_use':
      return {
        type: 'toolCall',
        id: asText(block['id']),
        name: asText(block['name']),
        arguments: JSON.stringify(block['input'] ?? {}),
        extra: noExtra,
      }
    default:
      return { type: 'foreign', dialect: id, value: block }
  }
}

export function writeReply(reply: Reply, _call: Call, stamp: Stamp): string {
  const chat = reply as ChatReply
  const [choice] = chat.choices
  const parts = choice?.parts ?? []
  const answer: WireAnswer = {
    id: chat.id ?? `msg_${stamp.callId}`,
    type: 'message',
    role: 'assistant',
    model: chat.model ?? stamp.model,
    content: parts.flatMap(writeBlock),
    stop_reason: writeEnding(
      choice?.ending ?? null,
      parts.some((part) => part.type === 'toolCall'),
    ),
    stop_sequence: choice?.ending?.stopSequence ?? null,
    usage: writeUsage(chat.measured),
  }
  return JSON.stringify(answer)
}

function writeBlock(part: ReplyPart): Extra[] {
  switch (part.type) {
    case 'text': {
      const { citations } = part.extra
      return [{ type: 'text', text: part.text, ...(citations === undefined ? {} : { citations }) }]
    }
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return writeThoughts(part)
    case 'toolCall':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: toolInput(part.arguments) }]
    case 'foreign':
      return part.dialect === id ? [part.value] : []
  }
}

/** Others send a summary beside what they sealed: here it is a block of its own. */
function writeThoughts({ text, signature, sealed }: ReasoningPart): Extra[] {
  const thinking = { type: 'thinking', thinking: text, signature: signature ?? '' }
  if (sealed === null) return [thinking]
  return [...(text === '' ? [] : [thinking]), { type: 'redacted_thinking', data: sealed }]
}

const words = {
  stop: 'end_turn',
  length: 'max_tokens',
  tools: 'tool_use',
  filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  error: 'error',
} satisfies Record<Finish, string>

/** Clients of this dialect run tools only on `tool_use`; some providers end such turns with `stop`. */
export function writeEnding(ending: Ending | null, calledTools: boolean): string | null {
  if (ending === null) return null
  if (ending.finish !== 'stop') return words[ending.finish]
  if (calledTools) return words.tools
  return ending.stopSequence === null ? words.stop : 'stop_sequence'
}

/** The fields are numbers by the rule, so what was not counted has to be 0 here; the ledger keeps null. */
export function writeUsage(measured: Measured | null): WireUsage {
  const usage = measured?.usage ?? noUsage
  return {
    input_tokens: usage.input + usage.audioIn + usage.imageIn,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: completionTokens(usage),
    ...(usage.reasoning > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoning } } : {}),
  }
}

export function readError(text: string): ProviderWords {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = null
  }
  const outer = isObject(body) ? body : {}
  const inner = isObject(outer['error']) ? outer['error'] : outer
  const message = [inner['message'], outer['error'], outer['detail']].find(
    (word) => typeof word === 'string' && word !== '',
  )
  const { code, type } = inner
  return {
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    type: typeof type === 'string' && type !== 'error' ? type : null,
    message: typeof message === 'string' ? message : plainWords(text),
    param: null,
  }
}

const types = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  rate_limit: 'rate_limit_error',
  billing: 'billing_error',
  overloaded: 'overloaded_error',
  timeout: 'timeout_error',
  upstream: 'api_error',
  internal: 'api_error',
} satisfies Record<ErrorKind, string>

export function writeError(error: GatewayError, requestId: string): string {
  const { kind, message, code } = error
  const inner = { type: types[kind], message, code }
  return JSON.stringify({ type: 'error', error: inner, request_id: requestId })
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
