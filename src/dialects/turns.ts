import { type Message, type Part, type ReasoningPart } from '../core/call.ts'
import type { Recall, RecalledTurn, Target, TurnWants } from './dialect.ts'

/** The word for what was left out because another vendor signed it. */
export const signatureDropped = '-signature'

/** How a dialect is told what was put back: 'thinking' becomes '+thinking'. */
export interface RestoredWords {
  readonly thoughts: string
  readonly calls: string
}

/**
 * The messages as a target takes them that wants signed turns: what another made is not sent along,
 * and what the caller lost is put back. For calls that are written anew.
 * @param adapted  gets a word for each kind of change, once
 */
export function restoreTurns(
  messages: readonly Message[],
  { recall }: Target,
  wants: TurnWants | null,
  words: RestoredWords,
  adapted: string[],
): readonly Message[] {
  if (recall === undefined) return messages
  const note = (word: string): void => {
    if (!adapted.includes(word)) adapted.push(word)
  }
  let place = -1
  return messages.map((message) => {
    if (message.role !== 'assistant') return message
    place += 1
    const parts = message.parts.flatMap((part) => ownPart(part, recall, note))
    if (wants === null) return { ...message, parts }
    return { ...message, parts: withRecalled(parts, place, recall, wants, words, note) }
  })
}

/** Without what another signed: a thought keeps its text, sealed ones have none. */
function ownPart(part: Part, { mayTake }: Recall, note: (word: string) => void): Part[] {
  switch (part.type) {
    case 'reasoning': {
      const { text, signature, sealed } = part
      if ([signature, sealed].every((signed) => signed === null || mayTake(signed))) return [part]
      note(signatureDropped)
      return text === '' ? [] : [{ ...part, signature: null, sealed: null }]
    }
    case 'text':
    case 'toolCall': {
      const { signature, ...bare } = part
      if (signature === undefined || mayTake(signature)) return [part]
      note(signatureDropped)
      return [bare]
    }
    default:
      return [part]
  }
}

function withRecalled(
  parts: readonly Part[],
  place: number,
  recall: Recall,
  wants: TurnWants,
  words: RestoredWords,
  note: (word: string) => void,
): Part[] {
  const calls = parts.filter((part) => part.type === 'toolCall')
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const recalled = recall.turn(
    calls.map(({ id }) => id),
    text,
    place,
  )
  if (recalled === null) return [...parts]
  if (recalled.foreign) note(signatureDropped)
  const thoughts = hasThoughts(parts, wants) ? [] : thoughtsFor(recalled, wants)
  if (thoughts.length > 0) note(`+${words.thoughts}`)
  // What the recalled thoughts say, the caller's unsigned ones said as well.
  const kept = thoughts.length > 0 ? parts.filter(({ type }) => type !== 'reasoning') : parts
  return [
    ...thoughts,
    ...kept.map((part) => {
      const beside = part.type === 'toolCall' ? recalled.calls.get(part.id) : undefined
      if (part.type !== 'toolCall' || beside === undefined || part.signature !== undefined) {
        return part
      }
      note(`+${words.calls}`)
      return { ...part, ...beside, extra: { ...beside.extra, ...part.extra } }
    }),
  ]
}

function hasThoughts(parts: readonly Part[], wants: TurnWants): boolean {
  return parts.some(
    (part) => part.type === 'reasoning' && (wants.thoughts !== 'signed' || isSigned(part)),
  )
}

function thoughtsFor({ thoughts }: RecalledTurn, wants: TurnWants): readonly ReasoningPart[] {
  if (wants.thoughts === undefined) return []
  return wants.thoughts === 'signed' ? thoughts.filter(isSigned) : thoughts
}

function isSigned({ signature, sealed }: ReasoningPart): boolean {
  return signature !== null || sealed !== null
}
