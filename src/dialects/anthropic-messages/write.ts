import type { Call, Chat, Extra, Message } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { allMarks, fitMarks, nativeWords } from '../cache-marks.ts'
import { wordIds } from '../call-ids.ts'
import type { ParameterRule, Target, WrittenCall } from '../dialect.ts'
import { compact, isObject } from '../fields.ts'
import { editedMember } from '../long-numbers.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { restoreTurns } from '../turns.ts'
import { fitCallIds } from './call-ids.ts'
import { dropThinking, restoreMessages, turnsWant } from './past-turns.ts'
import type { WireMessage, WireRequest } from './wire.ts'
import { id } from './wire.ts'
import { isUnsigned, writeTurns, plainOr } from './write-messages.ts'
import { writeThinking, thinkingBeside } from './thinking.ts'
import { writeTool } from './tools.ts'

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

function editCall(call: Call, target: Target): WrittenCall {
  const { body } = call
  const parameters = new Parameters(body.value)
  parameters.removeNulls()
  if (call.model !== target.model) parameters.set('model', target.model)
  if (call.metadata !== null) {
    // Anthropic takes `user_id` here and refuses every other name.
    const { user_id: user } = call.metadata
    const rest = Object.keys(call.metadata).filter((name) => name !== 'user_id')
    if (rest.length > 0) {
      if (typeof user === 'string') parameters.set('metadata', { user_id: user })
      else parameters.remove('metadata')
      if (!rest.every((name) => name.startsWith('x-freehold-')))
        parameters.adapted.push('-metadata')
    }
  }
  const { callIds } = target.quirks
  const messages = editedMember<readonly WireMessage[]>(body, 'messages', (sent) => {
    const restored = restoreMessages(sent, parameters, call, target)
    return callIds === undefined ? restored : fitCallIds(restored, callIds)
  })
  if (messages !== body.value['messages']) parameters.set('messages', messages)
  dropThinking(parameters, messages, target)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

/** What is asked for when neither caller nor catalog names a limit; every model of this dialect takes it. */
const outputTokensDefault = 4_096

function translateCall(call: Call, target: Target): WrittenCall {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw unsupportedContent(meaning.operation, target.model)
  const { chat, words } = fitMarks(meaning, allMarks, false)
  if ((chat.n ?? 1) > 1)
    throw unsupportedContent('n above 1: it gives one answer a call', target.model)
  const restored: string[] = []
  const messages = restoreTurns(chat.messages, target, turnsWant(call, target), turnWords, restored)
  const adapted = [...nativeWords(chat, target.quirks), ...words, ...lostIn(messages), ...restored]
  const unsaid: Extra = {
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logit_bias: chat.logitBias,
    logprobs: chat.logprobs === true ? true : null,
    top_logprobs: chat.topLogprobs,
    metadata: withoutOwnNames(chat.metadata) ?? null,
  }
  for (const name of Object.keys(unsaid)) if (unsaid[name] !== null) adapted.push(`-${name}`)
  const maxTokens = chat.maxTokens ?? target.outputMax ?? outputTokensDefault
  if (chat.maxTokens === null) adapted.push(`+max_tokens=${maxTokens}`)
  const toolChoice = chat.tools.length > 0 ? writeToolChoice(chat) : null
  const thinking = thinkingBeside(toolChoice, writeThinking(chat.reasoning, maxTokens), adapted)
  const { system, turns } = writeTurns(messages, target)
  if (turns.length === 0) {
    // A conversation begins with a user here; elsewhere instructions alone are enough.
    turns.push({ role: 'user', content: plainOr(system.splice(0)) })
    adapted.push('system>user')
  }
  if (chat.format?.kind === 'json') {
    system.push({ type: 'text', text: 'Answer with one JSON object and nothing else.' })
    adapted.push('response_format>system')
  }
  const request = {
    ...chat.extra,
    ...compact({
      model: target.model,
      max_tokens: maxTokens,
      system: system.length > 0 ? plainOr(system) : null,
      messages: fitCallIds(turns, target.quirks.callIds ?? wordIds),
      tools: chat.tools.length > 0 ? chat.tools.map((tool) => writeTool(tool, target)) : null,
      tool_choice: toolChoice,
      stop_sequences: chat.stop.length > 0 ? chat.stop : null,
      temperature: chat.temperature,
      top_p: chat.topP,
      top_k: chat.topK,
      thinking,
      output_config: writeOutput(chat),
      metadata: chat.user === null ? null : { user_id: chat.user },
      service_tier: writeTier(chat.serviceTier),
      stream: call.stream ? true : null,
    }),
  } as WireRequest
  const parameters = new Parameters(request)
  parameters.adapted.push(...adapted)
  dropThinking(parameters, turns, target)
  limitSampling(
    parameters,
    isObject(parameters.get('thinking')) && thinking?.['type'] === 'enabled',
  )
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

const turnWords = { thoughts: 'thinking', calls: 'signature' }

/** What another dialect says in messages and this one cannot. */
function lostIn(messages: readonly Message[]): string[] {
  let losesName = false
  let losesDetail = false
  let losesThoughts = false
  for (const { name, parts } of messages) {
    losesName ||= name !== null
    for (const part of parts) {
      losesDetail ||= part.type === 'image' && part.detail !== null
      losesThoughts ||= part.type === 'reasoning' && isUnsigned(part)
    }
  }
  const lost: string[] = []
  if (losesName) lost.push('-name')
  if (losesDetail) lost.push('-detail')
  if (losesThoughts) lost.push('-reasoning_content')
  return lost
}

const sampling: readonly ParameterRule[] = [
  { name: 'temperature', does: { kind: 'clamp', min: 0, max: 1 } },
]
const samplingThinking: readonly ParameterRule[] = [
  { name: 'temperature', does: { kind: 'drop' } },
  { name: 'top_k', does: { kind: 'drop' } },
]
const anyTarget: Target = { model: '', quirks: {}, outputMax: null }

/** Temperature ends at 1 here, and thinking takes none but the default. */
function limitSampling(parameters: Parameters, thinking: boolean): void {
  parameters.apply(thinking ? samplingThinking : sampling, anyTarget)
}

function writeOutput(chat: Chat): Extra | null {
  const { format } = chat
  if (format?.kind !== 'schema') return null
  return { format: { type: 'json_schema', schema: format.schema } }
}

function writeTier(tier: string | null): string | null {
  if (tier === 'auto') return 'auto'
  return tier === 'default' ? 'standard_only' : null
}

function writeToolChoice({ toolChoice, parallelTools }: Chat): Extra | null {
  const single = parallelTools === false ? { disable_parallel_tool_use: true } : {}
  switch (toolChoice?.kind) {
    case undefined:
      return parallelTools === false ? { type: 'auto', ...single } : null
    case 'auto':
      return { type: 'auto', ...single }
    case 'none':
      return { type: 'none' }
    case 'required':
      return { type: 'any', ...single }
    case 'tool':
      return { type: 'tool', name: toolChoice!.name, ...single }
  }
}
