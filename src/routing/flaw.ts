import type { Chat, Tool, ToolCallPart } from '../core/call.ts'
import { misfit } from '../core/misfit.ts'
import type { ChatReply, Choice } from '../core/reply.ts'

/** What shows that an answer is not good enough, whoever gave it. */
export interface Flaw {
  readonly signal: 'schema' | 'tools' | 'finish' | 'refusal'
  /** What is wrong, for the ledger: in no word of the answer, because rows are kept where words may not be. */
  readonly says: string
}

/**
 * The first thing that is wrong with an answer, without asking how likely it is to be right: a document
 * that does not fit, a call of a tool that cannot be made, an end before the end, a refusal.
 */
export function flawOf({ choices }: ChatReply, chat: Chat): Flaw | null {
  if (choices.length === 0) return { signal: 'finish', says: 'there is no answer in it' }
  for (const look of [documentFlaw, toolFlaw, endFlaw, refusalFlaw]) {
    for (const choice of choices) {
      const flaw = look(choice, chat)
      if (flaw !== null) return flaw
    }
  }
  return null
}

function documentFlaw(choice: Choice, { format }: Chat): Flaw | null {
  if (format === null || format.kind === 'text' || callsIn(choice).length > 0) return null
  let value: unknown
  try {
    value = JSON.parse(textIn(choice))
  } catch {
    return { signal: 'schema', says: 'it is no JSON' }
  }
  if (format.kind !== 'schema' || misfit(value, format.schema) === null) return null
  return { signal: 'schema', says: 'it does not fit its schema' }
}

function toolFlaw(choice: Choice, { tools, toolChoice }: Chat): Flaw | null {
  const calls = callsIn(choice)
  const known = new Map(tools.map((tool) => [tool.name, tool]))
  for (const call of calls) {
    const says = callFlaw(call, known)
    if (says !== null) return { signal: 'tools', says }
  }
  if (toolChoice?.kind === 'required' && calls.length === 0 && tools.length > 0)
    return { signal: 'tools', says: 'it calls no tool, and had to' }
  if (toolChoice?.kind === 'tool' && calls.every(({ name }) => name !== toolChoice.name))
    return { signal: 'tools', says: 'it does not call the tool that it had to' }
  return null
}

function callFlaw(call: ToolCallPart, known: ReadonlyMap<string, Tool>): string | null {
  const { name, arguments: text } = call
  const tool = known.get(name)
  if (tool === undefined) return 'it calls a tool that there is not'
  let value: unknown
  try {
    value = JSON.parse(text === '' ? '{}' : text)
  } catch {
    return 'what it gives to a tool is no JSON'
  }
  return tool.schema !== null && misfit(value, tool.schema) !== null
    ? 'what it gives to a tool does not fit its schema'
    : null
}

function endFlaw(choice: Choice, { maxTokens }: Chat): Flaw | null {
  const { ending, parts } = choice
  const finish = ending?.finish ?? null
  if (finish === 'filter') return { signal: 'finish', says: 'its provider cut it off' }
  if (finish === 'error') return { signal: 'finish', says: 'it ended with an error' }
  // Where the caller set the limit, every model would have to stop there.
  if (finish === 'length' && maxTokens === null)
    return { signal: 'finish', says: 'it is as long as the model can make it, and not at its end' }
  const isEmpty = parts.every(
    (part) => part.type === 'reasoning' || ('text' in part && part.text.trim() === ''),
  )
  return isEmpty ? { signal: 'finish', says: 'it says nothing' } : null
}

/** A longer text that begins like this explains something. */
const refusalMost = 400
const refusal =
  /^\W*(?:(?:i['’]?m|i am|we['’]?re) (?:very |really |so )?(?:sorry|unable|not able|afraid)|sorry\b|i (?:can['’]?t|cannot|can not|won['’]?t|am unable)|as an ai\b|unfortunately,? i (?:can|am))/i

function refusalFlaw(choice: Choice): Flaw | null {
  const { ending, parts } = choice
  if (ending?.finish === 'refusal' || parts.some(({ type }) => type === 'refusal'))
    return { signal: 'refusal', says: 'it refuses' }
  const text = textIn(choice)
  return callsIn(choice).length === 0 && text.length <= refusalMost && refusal.test(text)
    ? { signal: 'refusal', says: 'it reads like a refusal' }
    : null
}

function callsIn({ parts }: Choice): readonly ToolCallPart[] {
  return parts.filter((part) => part.type === 'toolCall')
}

function textIn({ parts }: Choice): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
