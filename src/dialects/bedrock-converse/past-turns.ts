import type { Call, Extra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Recall, Target, TurnWants } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { noteOnce, type Parameters } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import { isClaude } from './makers.ts'

/** Claude refuses a tool turn that comes back without its thoughts while it thinks. */
export function turnsWant(call: Call, { model }: Target): TurnWants | null {
  if (!isClaude.test(model)) return null
  const meaning = call.meaning()
  const wish = meaning.operation === 'chat' ? meaning.reasoning : null
  const thinks = wish !== null && wish.enabled !== false && wish.effort !== 'none'
  return thinks ? { thoughts: 'signed' } : null
}

export function carriesSigned({ value }: JsonObject): boolean {
  return blocksIn(value['messages']).some((block) => signedIn(block) !== null)
}

/** The messages without thoughts that another is known to have signed or sealed. */
export function withoutForeignThoughts(
  messages: unknown,
  parameters: Parameters,
  recall: Recall | undefined,
): unknown {
  const isForeign = (block: unknown): boolean => {
    const signed = isObject(block) ? signedIn(block) : null
    return signed !== null && recall?.mayTake(signed) === false
  }
  if (recall === undefined || !Array.isArray(messages)) return messages
  if (!blocksIn(messages).some(isForeign)) return messages
  noteOnce(parameters.adapted, signatureDropped)
  return messages.map((message: unknown) =>
    isObject(message) && Array.isArray(message['content'])
      ? { ...message, content: message['content'].filter((block) => !isForeign(block)) }
      : message,
  )
}

function blocksIn(messages: unknown): readonly Extra[] {
  if (!Array.isArray(messages)) return []
  return messages.flatMap((message: unknown) =>
    isObject(message) && Array.isArray(message['content'])
      ? message['content'].filter(isObject)
      : [],
  )
}

/** The signature of a thought, or the thought itself where it is sealed. */
function signedIn({ reasoningContent: held }: Extra): string | null {
  if (!isObject(held)) return null
  const { reasoningText: said, redactedContent: sealed } = held
  const signed = sealed ?? (isObject(said) ? said['signature'] : null)
  return typeof signed === 'string' && signed !== '' ? signed : null
}
