import type { Chat, Part } from '../../core/call.ts'
import type { ChatReply, Finish } from '../../core/reply.ts'
import { sayingOf } from '../../routing/answers.ts'
import type { TaskChecks } from '../experiments/settings.ts'

/** What a function of the user's own said of an answer. */
export interface Checked {
  readonly passed: boolean
  /** In words for the ledger. */
  readonly says: string
}

/** Runs functions of the user's own, apart from all that the gateway knows. Never throws: what cannot be told has not passed. */
export interface Checks {
  check(settings: TaskChecks, input: CheckInput): Promise<Checked>
  /** Ends what it has started. */
  close(): void
}

/** What such a function is given: what graders of evaluations are, without what is expected. */
export interface CheckInput {
  readonly output: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[]
  readonly finish: string | null
  readonly refusal: string | null
}

export function checkInput({ messages }: Chat, reply: ChatReply): CheckInput {
  const [choice] = reply.choices
  const parts = choice?.parts ?? []
  const refusal = parts.flatMap((part) => (part.type === 'refusal' ? [part.text] : [])).join('')
  return {
    output: parts.some((part) => part.type === 'text') ? (sayingOf(reply) ?? '') : '',
    messages: messages.map(({ role, parts: said }) => ({
      role,
      content: said.flatMap(textsOf).join('\n'),
    })),
    toolCalls: parts.flatMap((part) =>
      part.type === 'toolCall' ? [{ name: part.name, arguments: part.arguments }] : [],
    ),
    finish: finishOf(choice?.ending?.finish ?? null),
    refusal: refusal === '' ? null : refusal,
  }
}

/** In OpenAI's words, which graders of evaluations are given as well. */
function finishOf(finish: Finish | null): string | null {
  if (finish === 'tools') return 'tool_calls'
  return finish === 'filter' ? 'content_filter' : finish
}

function textsOf(part: Part): readonly string[] {
  if (part.type === 'text') return [part.text]
  return part.type === 'toolResult' ? part.parts.flatMap(textsOf) : []
}
