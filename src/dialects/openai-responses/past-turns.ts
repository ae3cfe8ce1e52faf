import type { Extra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Target } from '../dialect.ts'
import { isObject } from '../fields.ts'
import type { Parameters } from '../parameters.ts'
import { signatureDropped } from '../turns.ts'
import { placeOfItem } from './answer.ts'
import { readSeal, readThoughts } from './thoughts.ts'

/** Thoughts of past turns in a body of this dialect. */

export function carriesSigned({ value: { input } }: JsonObject): boolean {
  return Array.isArray(input) && input.some((item) => isObject(item) && isSigned(item))
}

function isSigned({ type, encrypted_content: seal }: Extra): boolean {
  return type === 'reasoning' && typeof seal === 'string' && seal !== ''
}

/** Not an item that this gateway named. */
function isHeldThere({ id }: Extra): boolean {
  return typeof id === 'string' && placeOfItem(id) === null
}

/**
 * What another made is not sent along: what was thought in words stays, what only its maker can open
 * goes. Some take back nothing but what they sealed, or have under its id.
 */
export function dropForeignThoughts(parameters: Parameters, { recall, quirks }: Target): void {
  const input = parameters.get('input')
  if (!Array.isArray(input)) return
  const takesWords = quirks.thoughts?.refused?.includes('reasoning') !== true
  const notes = new Set<string>()
  const kept = (input as readonly unknown[]).flatMap((item, place): unknown[] => {
    if (!isObject(item) || item['type'] !== 'reasoning') return [item]
    if (!isSigned(item)) {
      if (takesWords || isHeldThere(item)) return [item]
      notes.add('-reasoning')
      return []
    }
    const { signature, sealed } = readSeal(item['encrypted_content'])
    // A signature is of a dialect that signs; whoever speaks this one seals.
    if (signature === null && sealed !== null && recall?.mayTake(sealed) !== false) return [item]
    notes.add(signatureDropped)
    const { encrypted_content: _, ...bare } = item
    // An item has to have an id, and its maker's means nothing here.
    return takesWords && readThoughts(item).text !== ''
      ? [{ ...bare, id: `rs_freehold_${place}` }]
      : []
  })
  if (notes.size === 0) return
  parameters.set('input', kept)
  parameters.adapted.push(...notes)
}
