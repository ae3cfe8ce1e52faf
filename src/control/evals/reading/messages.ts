import type { ChatMessage } from '../../../core/caller.ts'
import type { Extra } from '../../../core/extra.ts'
import type { Findings } from './findings.ts'
import type { Spot } from './spot.ts'
import { fillDeep, TemplateFault } from './template.ts'

/** A prompt as it stands in the file: text for the user, or a whole conversation, with templates. */
export type Prompt =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[] }

const roles = ['system', 'developer', 'user', 'assistant', 'tool']

/** A list of messages in OpenAI's shape; null, and a finding, for what is none. */
export function readMessages(spot: Spot, findings: Findings): Prompt | null {
  const wrong = spot.items.find(
    ({ value }) =>
      typeof value !== 'object' ||
      value === null ||
      !roles.includes((value as Extra)['role'] as string),
  )
  if (wrong !== undefined || spot.items.length === 0) {
    findings.wrong(
      wrong?.place ?? spot.place,
      `messages is a list of {role, content}; role is ${roles.join(', ')}.`,
    )
    return null
  }
  return { kind: 'chat', messages: spot.value as readonly ChatMessage[] }
}

/** The conversation of a case: the system's words before it, the templates filled. */
export function messagesOf(
  prompt: Prompt,
  system: string | null,
  vars: Extra,
): readonly ChatMessage[] {
  const filled = fillDeep(
    [
      ...(system === null ? [] : [{ role: 'system', content: system }]),
      ...(prompt.kind === 'text' ? [{ role: 'user', content: prompt.text }] : prompt.messages),
    ],
    vars,
  ) as ChatMessage[]
  // A slot alone gives the variable itself; as the words of a message it is text.
  return filled.map((message) =>
    typeof message.content === 'number' || typeof message.content === 'boolean'
      ? { ...message, content: String(message.content) }
      : isPlainData(message.content)
        ? { ...message, content: JSON.stringify(message.content) }
        : message,
  )
}

/** An object, or a list that is none of content parts. */
function isPlainData(content: unknown): boolean {
  if (typeof content !== 'object' || content === null) return false
  return !(
    Array.isArray(content) &&
    content.every((part) => typeof (part as Extra | null)?.['type'] === 'string')
  )
}

/** Fills what can be filled; what cannot is told at the place of the case. */
export function orFinding<Made>(spot: Spot, findings: Findings, make: () => Made): Made | null {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    findings.wrong(spot.place, error.message)
    return null
  }
}
