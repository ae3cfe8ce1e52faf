import { askForUsage, editing } from '../edit.ts'
import type { Call, Format, Message, ReasoningWish, ToolChoice } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { fitMarks, type MarkRoom, nativeWords, noMarks } from '../cache-marks.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact } from '../fields.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import { adjustCall } from './adjust.ts'
import type { WireMessage, WireRequest } from './wire.ts'
import { id } from './wire.ts'
import { writeMessage, withoutSignature, isMedia } from './write-messages.ts'
import { writeTool } from './tools.ts'

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

/** The text as it came, but for the model's name, the usage of streams, nulls and the provider's table. */
function editCall(call: Call, target: Target): WrittenCall {
  const { body } = call
  const parameters = editing(call, target)
  askForUsage(call, parameters, target.quirks)
  parameters.apply(target.quirks.parameters, target)
  adjustCall(parameters, body.value['messages'] as readonly WireMessage[], target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw unsupportedContent(meaning.operation, target.model)
  const { chat, words } = fitMarks(meaning, roomFor(target), target.quirks.cachesUnasked === true)
  const request: WireRequest = {
    ...chat.extra,
    ...compact({
      model: target.model,
      messages: chat.messages.flatMap((message) => writeMessage(message, target)),
      tools: chat.tools.length > 0 ? chat.tools.map((tool) => writeTool(tool, target)) : null,
      tool_choice: writeToolChoice(chat.toolChoice),
      parallel_tool_calls: chat.tools.length > 0 ? chat.parallelTools : null,
      response_format: writeFormat(chat.format),
      max_tokens: chat.maxTokens,
      n: chat.n,
      stop: chat.stop.length > 0 ? chat.stop : null,
      temperature: chat.temperature,
      top_p: chat.topP,
      top_k: chat.topK,
      seed: chat.seed,
      presence_penalty: chat.presencePenalty,
      frequency_penalty: chat.frequencyPenalty,
      logit_bias: chat.logitBias,
      logprobs: chat.logprobs,
      top_logprobs: chat.topLogprobs,
      reasoning_effort: chat.reasoning === null ? null : effortOf(chat.reasoning),
      user: chat.user,
      metadata: withoutOwnNames(chat.metadata),
      service_tier: chat.serviceTier,
      stream: call.stream ? true : null,
    }),
  } as WireRequest
  const parameters = new Parameters(request)
  parameters.adapted.push(
    ...nativeWords(chat, target.quirks),
    ...words,
    ...lostIn(chat.messages, target),
  )
  askForUsage({ ...call, usageAsked: false }, parameters, target.quirks)
  parameters.apply(target.quirks.parameters, target)
  adjustCall(parameters, request.messages, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

/** Marks are no word of OpenAI's: others brought them here, and take them on texts alone. */
function roomFor({ quirks: { cacheMarks }, model }: Target): MarkRoom {
  if (!cacheMarks || cacheMarks.models?.test(model) === false) return noMarks
  const { max, ttl } = cacheMarks
  return { max, on: ['text', 'toolResult'], inResults: false, ttl: ttl?.test(model) === true }
}

/** Budgets in tokens become the word whose usual budget is nearest. */
function effortOf({ enabled, effort, budgetTokens }: ReasoningWish): string | null {
  if (enabled === false) return 'none'
  if (effort !== null) return effort
  if (budgetTokens === null) return null
  if (budgetTokens <= 2_048) return 'low'
  return budgetTokens <= 12_000 ? 'medium' : 'high'
}

/** What another dialect says in messages and this one cannot, or says elsewhere. */
function lostIn(messages: readonly Message[], target: Target): string[] {
  let losesSignature = false
  let losesFailure = false
  let movesMedia = false
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === 'toolCall') {
        losesSignature ||= Boolean(part.signature) && withoutSignature(part, target) !== part
      } else if (part.type === 'toolResult') {
        losesFailure ||= part.failed
        movesMedia ||= part.parts.some(isMedia)
      }
    }
  }
  const words: string[] = []
  if (losesSignature) words.push(signatureDropped)
  if (losesFailure) words.push('-is_error')
  if (movesMedia) words.push('tool_result>user')
  return words
}

function writeToolChoice(choice: ToolChoice | null): unknown {
  if (choice === null) return null
  return choice.kind === 'tool'
    ? { type: 'function', function: { name: choice.name } }
    : choice.kind
}

function writeFormat(format: Format | null): unknown {
  switch (format?.kind) {
    case undefined:
      return null
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    case 'schema': {
      const { name, description, schema, strict } = format
      return {
        type: 'json_schema',
        json_schema: compact({ name: name ?? 'answer', description, schema, strict }),
      }
    }
  }
}
