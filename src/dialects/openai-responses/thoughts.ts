import { noExtra, type ReasoningPart } from '../../core/call.ts'
import { isObject } from '../fields.ts'

/** Thoughts of this dialect: their words as content or as a summary, and what their maker sealed. */

type Seal = Pick<ReasoningPart, 'signature' | 'sealed'>

/**
 * Stands before a signature, so that it is told from thoughts that are sealed as a whole: what vendors
 * seal is base64, which has no colon.
 */
const signatureMark = 'signature:'

/** What goes as `encrypted_content`, the one field in which callers give back what they cannot read. */
export function writeSeal({ signature, sealed }: Seal): string | null {
  if (sealed !== null) return sealed
  return signature === null ? null : signatureMark + signature
}

export function readSeal(encrypted: unknown): Seal {
  if (typeof encrypted !== 'string' || encrypted === '') return { signature: null, sealed: null }
  return encrypted.startsWith(signatureMark)
    ? { signature: encrypted.slice(signatureMark.length), sealed: null }
    : { signature: null, sealed: encrypted }
}

/** Between the parts of a summary, in whole answers and in streams alike. */
export const summaryBreak = '\n\n'

/** Thoughts as they were thought go before what was made of them for people to read. */
export function readThoughts(item: Readonly<Record<string, unknown>>): ReasoningPart {
  const words = textsIn(item['content']).join('')
  const text = words === '' ? textsIn(item['summary']).join(summaryBreak) : words
  return { type: 'reasoning', text, ...readSeal(item['encrypted_content']), extra: noExtra }
}

function textsIn(parts: unknown): string[] {
  if (!Array.isArray(parts)) return []
  return parts
    .filter(isObject)
    .flatMap(({ text }) => (typeof text === 'string' && text !== '' ? text : []))
}
