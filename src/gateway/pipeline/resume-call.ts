import { type Call, type Chat, chatOf, type Message, noExtra } from '../../core/call.ts'
import type { ChatReply } from '../../core/reply.ts'
import { estimateTokens } from '../../core/usage.ts'
import type { Dialect, Target } from '../../dialects/dialect.ts'
import { meantCall } from '../emulate/emulation.ts'

/**
 * What was said, where another model can go on from it; null where it cannot. Text can be continued. Half a
 * tool call, half a JSON document and a thought cannot: nobody but its maker knows what was to follow.
 */
export function unfinished(call: Call, reply: ChatReply): string | null {
  if (call.operation !== 'chat' || !call.stream || call.n !== 1) return null
  const [choice, ...others] = reply.choices
  if (choice === undefined || others.length > 0 || choice.ending !== null) return null
  const said = choice.parts.filter(({ type }) => type !== 'reasoning')
  if (said.length === 0 || said.some(({ type }) => type !== 'text')) return null
  const text = said.map((part) => (part.type === 'text' ? part.text : '')).join('')
  if (text.trim() === '') return null
  const chat = chatOf(call)
  return chat === null || (chat.format ?? { kind: 'text' }).kind !== 'text' ? null : text
}

/** How the next model is brought to go on. */
export interface ResumedCall {
  readonly call: Call
  /** As `x-freehold-adapted` and the ledger say it. */
  readonly word: string
}

/**
 * The call with what was said as a turn of the assistant. Models that go on from such a turn get nothing
 * more; others are told to.
 * @param said  so far
 * @returns null when the caller's limit leaves nothing to say
 */
export function resumedCall(
  call: Call,
  said: string,
  dialect: Dialect,
  { model, quirks }: Pick<Target, 'model' | 'quirks'>,
): ResumedCall | null {
  const chat = chatOf(call)
  if (chat === null) return null
  const maxTokens = call.maxTokens === null ? null : call.maxTokens - estimateTokens(said)
  if (maxTokens !== null && maxTokens <= 0) return null
  const rule = quirks.prefill
  const isTaken = rule !== undefined && rule.models?.test(model) !== false && !thinks(chat)
  const turn = (role: Message['role'], text: string, extra = noExtra): Message => ({
    role,
    parts: [{ type: 'text', text, extra: noExtra }],
    name: null,
    extra,
  })
  // A turn that ends in white space is refused by some; whoever relays the answer puts it right.
  const begun = turn('assistant', said.trimEnd(), (isTaken && rule.mark) || noExtra)
  const added = isTaken ? [begun] : [begun, turn('user', instruction)]
  const meant = meantCall(
    call,
    { ...chat, messages: [...chat.messages, ...added], maxTokens, n: null },
    dialect,
  )
  return {
    call: {
      ...meant,
      stream: true,
      maxTokens,
      inputTokensMax: call.inputTokensMax + Buffer.byteLength(said) + instruction.length + 16,
    },
    word: isTaken ? 'resume~prefill' : 'resume~prompt',
  }
}

const instruction =
  'Your answer was cut off in transmission. Go on exactly where it stopped, in the middle of the sentence if need be: repeat nothing, add no introduction, do not mention the interruption.'

/** Models that think take no turn that was begun for them. */
function thinks({ reasoning }: Chat): boolean {
  return reasoning !== null && reasoning.enabled !== false && reasoning.effort !== 'none'
}
