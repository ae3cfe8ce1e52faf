import { finishOf } from '../finish.ts'
import type { Call, Extra } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { ErrorKind, GatewayError } from '../../core/errors.ts'
import type { ChatReply, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured } from '../../core/usage.ts'
import { type HeaderReader, ProviderFault, type ProviderWords, type Quirks } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { parseAround } from '../long-numbers.ts'
import { plainWords } from '../plain-words.ts'
import { toolInput } from '../tool-input.ts'
import { readBedrockUsage, servedAs } from '../usage.ts'
import { id } from './read.ts'
import { kindOf, type WireAnswer, type WireBlock, type WireUsage } from './wire.ts'

/** Total: a word that is not here is an error, with the word kept. */
const finishes: Readonly<Record<string, Finish>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'filter',
  content_filtered: 'filter',
  refusal: 'refusal',
  pause_turn: 'pause',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
}

export function readEnding(word: unknown, more: unknown, quirks: Quirks): Ending | null {
  if (typeof word !== 'string' || word === '') return null
  const finish = finishOf(word, finishes, quirks)
  // Claude tells the sequence when the caller asked for `/stop_sequence` among the model's own fields.
  const met = isObject(more) ? more['stop_sequence'] : null
  return { finish, word, stopSequence: typeof met === 'string' ? met : null }
}

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = parseAround(text, 'input')
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const message = isObject(wire['output']) ? wire['output']['message'] : null
  if (!isObject(message) || !Array.isArray(message['content'])) {
    if (typeof wire['message'] === 'string' || wire['__type'] !== undefined) {
      const words = readError(text)
      throw new ProviderFault(words.message, words)
    }
    throw new ProviderFault(`the answer holds no message: ${text.slice(0, 200)}`)
  }
  const parts = message['content'].filter(isObject).flatMap(readBlock)
  const ending = readEnding(wire['stopReason'], wire['additionalModelResponseFields'], quirks)
  return {
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [{ index: 0, parts, ending, logprobs: null, extra: noExtra }],
    measured: servedAs(readBedrockUsage(wire['usage']), tierIn(wire)),
    extra: noExtra,
  }
}

function readBlock(block: WireBlock): ReplyPart[] {
  const kind = kindOf(block)
  const held = block[kind]
  if (kind === 'text') return [{ type: 'text', text: asText(held), extra: noExtra }]
  if (!isObject(held)) return [foreign(kind, held)]
  switch (kind) {
    case 'toolUse':
      return [isServerTool(held) ? foreign(kind, held) : readToolUse(held)]
    case 'reasoningContent': {
      const { reasoningText: said, redactedContent } = held
      if (typeof redactedContent === 'string') {
        const sealed = redactedContent
        return [{ type: 'reasoning', text: '', signature: null, sealed, extra: noExtra }]
      }
      const { text, signature } = isObject(said) ? said : noExtra
      return [
        {
          type: 'reasoning',
          text: asText(text),
          signature: typeof signature === 'string' ? signature : null,
          sealed: null,
          extra: noExtra,
        },
      ]
    }
    case 'citationsContent': {
      const content = Array.isArray(held['content']) ? held['content'].filter(isObject) : []
      const text = content.map((piece) => asText(piece['text'])).join('')
      return [{ type: 'text', text, extra: { citationsContent: held } }]
    }
    default:
      return [foreign(kind, held)]
  }
}

/** A tool that the provider ran itself: whoever asked has nothing to answer. */
export function isServerTool({ type }: Extra): boolean {
  return typeof type === 'string' && type !== 'tool_use'
}

export function foreign(kind: string, held: unknown): ReplyPart & { readonly type: 'foreign' } {
  return { type: 'foreign', dialect: id, value: { type: kind, [kind]: held } }
}

function readToolUse(held: Extra): ReplyPart {
  return {
    type: 'toolCall',
    id: asText(held['toolUseId']),
    name: asText(held['name']),
    arguments: JSON.stringify(held['input'] ?? {}),
    extra: noExtra,
  }
}

export function writeReply(reply: Reply, _call: Call): string {
  const [choice] = (reply as ChatReply).choices
  const parts = choice?.parts ?? []
  const answer: WireAnswer = {
    output: { message: { role: 'assistant', content: parts.flatMap(writePart) } },
    stopReason: writeEnding(
      choice?.ending ?? null,
      parts.some((part) => part.type === 'toolCall'),
    ),
    ...writeUsage(reply.measured),
  }
  return JSON.stringify(answer)
}

function writePart(part: ReplyPart): WireBlock[] {
  switch (part.type) {
    case 'text': {
      const { citationsContent } = part.extra
      return [citationsContent === undefined ? { text: part.text } : { citationsContent }]
    }
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning': {
      const { text, signature, sealed } = part
      const signed = signature === null ? {} : { signature }
      const thoughts = { reasoningContent: { reasoningText: { text, ...signed } } }
      if (sealed === null) return [thoughts]
      // Others send a summary beside what they sealed.
      const closed = { reasoningContent: { redactedContent: sealed } }
      return text === '' ? [closed] : [thoughts, closed]
    }
    case 'toolCall':
      return [
        { toolUse: { toolUseId: part.id, name: part.name, input: toolInput(part.arguments) } },
      ]
    case 'foreign': {
      if (part.dialect !== id) return []
      const { type: _, ...block } = part.value
      return [block]
    }
  }
}

const words = {
  stop: 'end_turn',
  length: 'max_tokens',
  tools: 'tool_use',
  filter: 'content_filtered',
  refusal: 'content_filtered',
  // Nothing here says that the model would go on by itself.
  pause: 'end_turn',
  error: 'malformed_model_output',
} satisfies Record<Finish, string>

/** Clients run tools on `tool_use` alone. */
export function writeEnding(ending: Ending | null, calledTools: boolean): string | null {
  if (ending === null) return null
  const { finish, word, stopSequence } = ending
  if (finish === 'stop' && calledTools) return words.tools
  if (finish === 'stop' && stopSequence !== null) return 'stop_sequence'
  const isOurs = word !== null && Object.hasOwn(finishes, word) && finishes[word] === finish
  return isOurs && word !== 'refusal' && word !== 'pause_turn' ? word : words[finish]
}

/** The mode of service as others name it. */
export function tierIn(wire: Extra): Extra {
  const tier = wire['serviceTier']
  return isObject(tier) ? { service_tier: tier['type'] } : noExtra
}

/** What nobody counted stays out. */
export function writeUsage(measured: Measured | null): { readonly usage?: WireUsage } {
  if (measured === null) return {}
  const { usage } = measured
  const { cacheWrite5m, cacheWrite1h } = usage
  const inputTokens = usage.input + usage.audioIn + usage.imageIn
  const outputTokens = completionTokens(usage)
  const written = cacheWrite5m + cacheWrite1h
  const details = [
    { ttl: '5m' as const, inputTokens: cacheWrite5m },
    { ttl: '1h' as const, inputTokens: cacheWrite1h },
  ].filter((detail) => detail.inputTokens > 0)
  return {
    usage: {
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + usage.cacheRead + written + outputTokens,
      cacheReadInputTokens: usage.cacheRead,
      cacheWriteInputTokens: written,
      ...(details.length > 0 ? { cacheDetails: details } : {}),
    },
  }
}

/** The sentence stands in the body, and what kind of error it is in a header. */
export function readError(text: string, headers?: HeaderReader): ProviderWords {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = null
  }
  const wire = isObject(body) ? body : {}
  const message = [wire['message'], wire['Message']].find(
    (word) => typeof word === 'string' && word !== '',
  )
  const type = headers?.get('x-amzn-errortype') ?? wire['__type'] ?? wire['code']
  return {
    code: typeof type === 'string' ? plainType(type) : null,
    type: null,
    message: typeof message === 'string' ? message : plainWords(text),
    param: null,
  }
}

/** 'com.amazon.coral#throttlingException:http://...' is a ThrottlingException: streams begin it small. */
function plainType(type: string): string {
  const plain = type.split(':')[0]!.split('#').at(-1)!.trim()
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** Of these an answer and a stream have different ones; clients of Amazon's make classes of them. */
const exceptions = {
  invalid_request: ['ValidationException', 'validationException'],
  authentication: ['UnrecognizedClientException', 'validationException'],
  permission: ['AccessDeniedException', 'validationException'],
  not_found: ['ResourceNotFoundException', 'validationException'],
  too_large: ['ValidationException', 'validationException'],
  rate_limit: ['ThrottlingException', 'throttlingException'],
  billing: ['ServiceQuotaExceededException', 'throttlingException'],
  overloaded: ['ServiceUnavailableException', 'serviceUnavailableException'],
  timeout: ['ModelTimeoutException', 'modelStreamErrorException'],
  upstream: ['ModelErrorException', 'modelStreamErrorException'],
  internal: ['InternalServerException', 'internalServerException'],
} satisfies Record<ErrorKind, readonly [whole: string, streamed: string]>

export function writeError({ message, code }: GatewayError): string {
  return JSON.stringify({ message, code })
}

export function errorHeaders({ kind }: GatewayError): Readonly<Record<string, string>> {
  return { 'x-amzn-errortype': exceptions[kind][0] }
}

export function streamException({ kind }: GatewayError): string {
  return exceptions[kind][1]
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
