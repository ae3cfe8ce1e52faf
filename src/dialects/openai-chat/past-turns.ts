import type { Extra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Quirks, Recall, RecalledTurn, Target, TurnWants } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { noteOnce } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import { besideCall, contentPieces, writeBeside, writeDetails } from './parts.ts'
import type { WireMessage } from './wire.ts'

/** What a provider wants back of its past turns, and what of another's it must not get. */

/** @param place  among the assistant's turns, for one of them */
export type Change = (message: WireMessage, place: number) => WireMessage

/** What turns of the past have to bring along, by the provider's table. */
export function wantsOf({ quirks, model }: Pick<Target, 'quirks' | 'model'>): TurnWants | null {
  const { reasoningEcho, callEcho } = quirks
  const details = wantsDetails({ quirks, model })
  const thoughts = details || reasoningEcho?.models.test(model) === true
  const calls = callEcho?.models.test(model) === true
  if (!thoughts && !calls) return null
  return {
    ...(thoughts ? { thoughts: details ? 'signed' : 'text' } : {}),
    calls,
    everyTurn: reasoningEcho?.models.test(model) === true && reasoningEcho.everyTurn === true,
  }
}

function wantsDetails({ quirks: { thoughts }, model }: Pick<Target, 'quirks' | 'model'>): boolean {
  return thoughts?.go === 'reasoning_details' && thoughts.models?.test(model) !== false
}

/** Whether past turns carry what only its maker takes back: OpenRouter's details, Google's signatures. */
export function carriesSigned({ value }: JsonObject): boolean {
  const { messages } = value
  return (
    Array.isArray(messages) &&
    messages.some((message: unknown) => {
      if (!isObject(message) || message['role'] !== 'assistant') return false
      const calls = message['tool_calls']
      return (
        present(message['reasoning_details']) ||
        (Array.isArray(calls) &&
          calls.some((call) => isObject(call) && present(call['extra_content'])))
      )
    })
  )
}

export function pastTurnChanges({ quirks, model, recall }: Target, adapted: string[]): Change[] {
  const { reasoningEcho, callEcho } = quirks
  const changes: Change[] = []
  if (recall) changes.push(leaveForeign(recall, adapted))
  if (recall && wantsDetails({ quirks, model })) changes.push(recallDetails(recall, adapted))
  if (reasoningEcho?.models.test(model) === true)
    changes.push(echoThoughts(reasoningEcho, recall, adapted))
  if (callEcho?.models.test(model) === true) changes.push(echoCall(callEcho, recall, adapted))
  return changes
}

/** Without what another vendor signed or sealed; a thought that can be read keeps its text. */
function leaveForeign({ mayTake }: Recall, adapted: string[]): Change {
  const own = (signed: unknown): boolean => typeof signed !== 'string' || mayTake(signed)
  return (message) => {
    if (message.role !== 'assistant') return message
    const details = message['reasoning_details']
    const foreign = Array.isArray(details)
      ? details.filter((one) => isObject(one) && !(own(one['signature']) && own(one['data'])))
      : []
    const calls = callsOf(message)
    const foreignCalls = calls.filter((call) => !own(besideCall(call).signature))
    if (foreign.length + foreignCalls.length === 0) return message
    noteOnce(adapted, signatureDropped)
    const made = { ...message }
    if (foreign.length > 0) {
      made['reasoning_details'] = (details as readonly unknown[]).flatMap((one) =>
        foreign.includes(one) ? withoutSignature(one as Extra) : [one],
      )
    }
    if (foreignCalls.length > 0) {
      made['tool_calls'] = calls.map((call) => {
        if (!foreignCalls.includes(call)) return call
        const { extra_content: _, ...bare } = call
        return { ...bare, ...besideCall(call).extra }
      })
    }
    return made
  }
}

function withoutSignature(detail: Extra): Extra[] {
  const { signature: _, ...plain } = detail
  return typeof plain['text'] === 'string' && plain['text'] !== '' ? [plain] : []
}

function recallDetails(recall: Recall, adapted: string[]): Change {
  return (message, place) => {
    if (message.role !== 'assistant' || present(message['reasoning_details'])) return message
    const recalled = recalledTurn(recall, message, place, adapted)
    const details = writeDetails(recalled?.thoughts ?? [])
    if (details.length === 0) return message
    noteOnce(adapted, '+reasoning_details')
    return { ...message, reasoning_details: details }
  }
}

function recalledTurn(
  recall: Recall | undefined,
  message: WireMessage,
  place: number,
  adapted: string[],
): RecalledTurn | null {
  const ids = callsOf(message).map(({ id }) => (typeof id === 'string' ? id : ''))
  const pieces = contentPieces(message.content).filter(({ thought }) => !thought)
  const recalled = recall?.turn(ids, pieces.map(({ text }) => text).join(''), place) ?? null
  if (recalled?.foreign === true) noteOnce(adapted, signatureDropped)
  return recalled
}

function echoThoughts(
  { field, standIn, everyTurn }: NonNullable<Quirks['reasoningEcho']>,
  recall: Recall | undefined,
  adapted: string[],
): Change {
  return (message, place) => {
    const needed =
      message.role === 'assistant' && (everyTurn === true || callsOf(message).length > 0)
    if (!needed || holdsText(message[field])) return message
    const recalled = recalledTurn(recall, message, place, adapted)
    const text = recalled?.thoughts.map((part) => part.text).join('') ?? ''
    if (text === '' && message[field] === standIn) return message
    noteOnce(adapted, `+${field}`)
    return { ...message, [field]: text === '' ? standIn : text }
  }
}

function echoCall(
  { field, standIn }: NonNullable<Quirks['callEcho']>,
  recall: Recall | undefined,
  adapted: string[],
): Change {
  return (message, place) => {
    const [first, ...others] = callsOf(message)
    if (!first || [first, ...others].some((call) => present(call[field]))) return message
    noteOnce(adapted, `+${field}`)
    const recalled = recalledTurn(recall, message, place, adapted)
    const calls = [first, ...others].map((call) => {
      const beside = typeof call['id'] === 'string' ? recalled?.calls.get(call['id']) : undefined
      return beside === undefined ? call : { ...call, ...writeBeside(beside) }
    })
    if (calls.some((call) => present(call[field]))) return { ...message, tool_calls: calls }
    return { ...message, tool_calls: [{ ...first, [field]: standIn }, ...others] }
  }
}

/** Clients that lost a thought send the blank that once stood in for it. */
function holdsText(value: unknown): boolean {
  return present(value) && (typeof value !== 'string' || value.trim() !== '')
}

function callsOf(message: WireMessage): readonly Extra[] {
  const calls = message['tool_calls']
  return Array.isArray(calls) ? calls.filter(isObject) : []
}
