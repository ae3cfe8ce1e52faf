import { finishOf, openaiFinish } from '../finish.ts'
import { type Extra, noExtra, type ReasoningPart } from '../../core/call.ts'
import type { Call } from '../../core/call.ts'
import type { ChatReply, Choice, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens } from '../../core/usage.ts'
import { madeToolId } from '../call-ids.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readOpenaiUsage, servedAs, type UsageQuirks } from '../usage.ts'
import {
  besideCall,
  contentPieces,
  thought,
  thoughtsOf,
  writeDetails,
  writeToolCall,
} from './parts.ts'
import { tagsOf, untagged } from './think-tags.ts'
import type { WireAnswer, WireAnswerMessage, WireToolCall, WireUsage } from './wire.ts'

/**
 * Every word that servers of this dialect are known to end an answer with. A word that is not here
 * is an error, with the word kept.
 */
const finishes: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tools',
  function_call: 'tools',
  content_filter: 'filter',
  // Zhipu
  sensitive: 'filter',
  network_error: 'error',
  // DeepSeek
  insufficient_system_resource: 'error',
  // Mistral
  model_length: 'length',
  error: 'error',
  // Together, TGI
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  // Models of Anthropic and Google behind others' doors
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tools',
  safety: 'filter',
  recitation: 'filter',
  refusal: 'refusal',
  pause_turn: 'pause',
}

/** Null for the blank that some servers send while an answer runs, and for DashScope's word `null`. */
export function readEnding(word: unknown, stopReason: unknown, quirks: Quirks): Ending | null {
  if (typeof word !== 'string' || word === '' || word === 'null') return null
  const finish = finishOf(word, finishes, quirks, word.toLowerCase())
  // vLLM names the stop sequence that was met here.
  const stopSequence = typeof stopReason === 'string' ? stopReason : null
  return { finish, word, stopSequence }
}

export function readReply(text: string, quirks: Quirks): Reply {
  const wire = parseAnswer(text)
  if (!Array.isArray(wire['choices'])) {
    throw new ProviderFault(`the answer holds no choices: ${text.slice(0, 200)}`)
  }
  const answerId = textOrNull(wire['id'])
  const tags = tagsOf(quirks, wire['model'])
  const choices: Choice[] = []
  for (const choice of wire['choices'] as readonly unknown[])
    if (isObject(choice))
      choices.push(readChoice(choice, choices.length, answerId ?? '', tags, quirks))
  return {
    operation: 'chat',
    id: answerId,
    model: textOrNull(wire['model']),
    createdS: typeof wire['created'] === 'number' ? wire['created'] : null,
    choices,
    measured: readUsage(wire, quirks.usage),
    extra: noExtra,
  }
}

/** @throws ProviderFault for broken JSON and for an error that came under status 200 */
function parseAnswer(text: string): Extra {
  let wire: unknown
  try {
    wire = unwrapped(JSON.parse(text))
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const hasAnswer = Array.isArray(wire['choices']) && wire['choices'].length > 0
  if (!hasAnswer && tellsError(wire)) throw faultOf(text)
  return wire
}

/** Google puts some of its errors into a list of one. */
export function unwrapped(wire: unknown): unknown {
  return Array.isArray(wire) && wire.length === 1 ? wire[0] : wire
}

function faultOf(text: string): ProviderFault {
  const words = readOpenaiError(text)
  return new ProviderFault(words.message, words)
}

function readChoice(
  wire: Extra,
  place: number,
  answerId: string,
  tags: ReturnType<typeof tagsOf>,
  quirks: Quirks,
): Choice {
  const message = isObject(wire['message'])
    ? wire['message']
    : isObject(wire['delta'])
      ? wire['delta']
      : { content: wire['text'] } // the older completions
  const index = typeof wire['index'] === 'number' ? wire['index'] : place
  return {
    index,
    parts: readParts(message, tags, answerId, index),
    ending: readEnding(wire['finish_reason'], wire['stop_reason'], quirks),
    logprobs: wire['logprobs'] ?? null,
    extra: noExtra,
  }
}

function readParts(
  message: Extra,
  tags: ReturnType<typeof tagsOf>,
  answerId: string,
  choice: number,
): ReplyPart[] {
  const parts: ReplyPart[] = thoughtsOf(message)
  const { content } = message
  if (tags === null && typeof content === 'string') pushText(parts, content, message)
  else {
    const pieces = contentPieces(content)
    for (const { text, thought: isThought } of tags === null ? pieces : untagged(pieces, tags)) {
      if (isThought) parts.push(thought(text))
      else pushText(parts, text, message)
    }
  }
  const refusal = message['refusal']
  if (typeof refusal === 'string' && refusal !== '') {
    parts.push({ type: 'refusal', text: refusal, extra: noExtra })
  }
  const calls = toolCallsOf(message)
  for (let place = 0; place < calls.length; place += 1) {
    const call = calls[place]!
    const called = isObject(call['function']) ? call['function'] : {}
    parts.push({
      type: 'toolCall',
      id: textOrNull(call['id']) || madeToolId(answerId, choice, place),
      name: textOrNull(called['name']) ?? '',
      arguments: argumentsText(called['arguments']),
      ...besideCall(call),
    })
  }
  return parts
}

/** The list is the message's: it goes with the first of its texts. */
function pushText(parts: ReplyPart[], text: string, { annotations }: Extra): void {
  if (text === '') return
  const isNoted =
    Array.isArray(annotations) &&
    annotations.length > 0 &&
    !parts.some(({ type }) => type === 'text')
  const extra = isNoted ? { annotations } : noExtra
  parts.push({ type: 'text', text, extra })
}

const noCalls: readonly Extra[] = []

/** A list, TGI's single object, or the older single function call. */
export function toolCallsOf(message: Extra): readonly Extra[] {
  const { tool_calls: calls, function_call: legacy } = message
  if (Array.isArray(calls)) return calls.filter(isObject)
  if (isObject(calls)) return [calls]
  if (isObject(legacy)) return [{ id: legacy['name'], type: 'function', function: legacy }]
  return noCalls
}

/** Text by the rule; some send the object itself. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return present(value) ? JSON.stringify(value) : ''
}

/** Where the vendors of this dialect put their counts; the last that is not null. */
export function readUsage(wire: Extra, quirks?: UsageQuirks): Measured | null {
  const groq = isObject(wire['x_groq']) ? wire['x_groq']['usage'] : null
  const counts = wire['usage'] ?? groq ?? usageInChoice(wire['choices'])
  return servedAs(readOpenaiUsage(counts, quirks), wire)
}

function usageInChoice(choices: unknown): unknown {
  if (!Array.isArray(choices)) return null
  for (let place = choices.length - 1; place >= 0; place -= 1) {
    const choice = choices[place] as unknown
    if (isObject(choice) && isObject(choice['usage'])) return choice['usage']
  }
  return null
}

export function writeReply(reply: Reply, call: Call, stamp: Stamp): string {
  const chat = reply as ChatReply
  const answer: WireAnswer = {
    id: chat.id ?? `chatcmpl-${stamp.callId}`,
    object: 'chat.completion',
    created: chat.createdS ?? stamp.nowS,
    model: chat.model ?? stamp.model,
    choices: chat.choices.map((choice) => ({
      index: choice.index,
      message: writeMessage(choice.parts),
      logprobs: writeLogprobs(choice.logprobs),
      finish_reason: openaiFinish(choice.ending),
    })),
  }
  if (chat.measured) answer.usage = writeUsage(chat.measured)
  return JSON.stringify(answer)
}

function writeMessage(parts: readonly ReplyPart[]): WireAnswerMessage {
  let text = ''
  let refusal = ''
  let reasoning = ''
  const thoughts: ReasoningPart[] = []
  const calls: WireToolCall[] = []
  const annotations: unknown[] = []
  for (const part of parts) {
    switch (part.type) {
      case 'text':
        text += part.text
        if (Array.isArray(part.extra['annotations'])) {
          for (const annotation of part.extra['annotations'] as readonly unknown[])
            if (isCitation(annotation)) annotations.push(annotation)
        }
        break
      case 'refusal':
        refusal += part.text
        break
      case 'reasoning':
        reasoning += part.text
        thoughts.push(part)
        break
      case 'toolCall':
        calls.push(writeToolCall(part))
        break
      case 'foreign':
    }
  }
  const message: WireAnswerMessage = {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    refusal: refusal === '' ? null : refusal,
  }
  if (reasoning !== '') message.reasoning_content = reasoning
  const details = writeDetails(thoughts)
  if (details.length > 0) message.reasoning_details = details
  if (calls.length > 0) message.tool_calls = calls
  if (annotations.length > 0) message.annotations = annotations
  return message
}

/** The one kind of annotation that this dialect has: files are cited in Responses alone. */
export function isCitation(annotation: unknown): boolean {
  return isObject(annotation) && isObject(annotation['url_citation'])
}

/** Both lists by the rule; Responses and others that are read here know the first alone. */
export function writeLogprobs(logprobs: unknown): unknown {
  if (!isObject(logprobs) || !Array.isArray(logprobs['content'])) return logprobs ?? null
  return logprobs['refusal'] === undefined ? { ...logprobs, refusal: null } : logprobs
}

export function writeUsage({ usage }: Measured): WireUsage {
  const prompt = promptTokens(usage)
  const completion = completionTokens(usage)
  const details: WireUsage['prompt_tokens_details'] = {
    cached_tokens: usage.cacheRead,
    audio_tokens: usage.audioIn,
  }
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  if (written > 0) details.cache_write_tokens = written
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: details,
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.audioOut,
    },
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
