import type { Call, Extra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import { eachOf } from '../call-ids.ts'
import type { Recall, Target, TurnWants } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { either } from '../gemini-place.ts'
import { signatureDropped } from '../turns.ts'

/**
 * Signatures of past turns. Gemini 3 refuses a turn that called tools when its first call has none.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11-21)
 */
export function turnsWant(_call: Call, { quirks, model }: Target): TurnWants | null {
  return quirks.callEcho?.models.test(model) === true ? { calls: true } : null
}

export function carriesSigned({ value }: JsonObject): boolean {
  const { contents } = value
  if (!Array.isArray(contents)) return false
  return contents.some((content) =>
    partsOf(content).some((part) => signatureIn(part) !== undefined),
  )
}

type Note = (word: string) => void

/** The same list, unless another vendor's signatures have to go, or lost ones are remembered. */
export function restoreContents(
  contents: readonly unknown[],
  target: Target,
  note: Note,
): readonly unknown[] {
  const { recall, model, quirks } = target
  if (recall === undefined) return contents
  const wants = quirks.callEcho?.models.test(model) === true
  let place = -1
  return changed(contents, (content) => {
    if (content['role'] === 'model') place += 1
    const own = withoutForeign(content, recall, note)
    return wants ? withRecalled(own, place, recall, note) : own
  })
}

/** A thought that can be read keeps its text; one that is only sealed is nothing without its seal. */
function withoutForeign(content: Extra, { mayTake }: Recall, note: Note): Extra {
  const parts = partsOf(content)
  const foreign = parts.filter((part) => {
    const signature = signatureIn(part)
    return signature !== undefined && !mayTake(signature)
  })
  if (foreign.length === 0) return content
  note(signatureDropped)
  return {
    ...content,
    parts: parts.flatMap((part) => {
      if (!foreign.includes(part)) return [part]
      const { thoughtSignature: _, thought_signature: __, ...bare } = part
      return Object.keys(bare).some((name) => name !== 'thought') ? [bare] : []
    }),
  }
}

function withRecalled(content: Extra, place: number, recall: Recall, note: Note): Extra {
  const parts = partsOf(content)
  const calls = callsIn(parts)
  const ids = calls.map((part) => callIdOf(part))
  if (calls.length === 0 || !ids.every((callId) => callId !== '')) return content
  if (calls.some((part) => signatureIn(part) !== undefined)) return content
  const recalled = recall.turn(ids, '', place)
  if (recalled?.foreign === true) note(signatureDropped)
  const signatures = calls.map((part) => recalled?.calls.get(callIdOf(part))?.signature)
  if (signatures.every((signature) => signature === undefined)) return content
  note('+thoughtSignature')
  return {
    ...content,
    parts: parts.map((part) => {
      const thoughtSignature = signatures[calls.indexOf(part)]
      return thoughtSignature === undefined ? part : { ...part, thoughtSignature }
    }),
  }
}

/** The same list, unless a turn is still without: then with the word that stands for a signature. */
export function echoSignatures(
  contents: readonly unknown[],
  { quirks: { callEcho }, model }: Target,
  note: Note,
): readonly unknown[] {
  if (callEcho?.models.test(model) !== true) return contents
  const { field, standIn } = callEcho
  return changed(contents, (content) => {
    const parts = partsOf(content)
    const calls = callsIn(parts)
    if (calls.length === 0 || calls.some((part) => signatureIn(part) !== undefined)) return content
    note(`+${field}`)
    return {
      ...content,
      parts: parts.map((part) => (part === calls[0] ? { ...part, [field]: standIn } : part)),
    }
  })
}

function changed(
  contents: readonly unknown[],
  change: (content: Extra) => Extra,
): readonly unknown[] {
  return eachOf(contents, (content) => (isObject(content) ? change(content) : content))
}

function partsOf(content: unknown): readonly Extra[] {
  const parts = isObject(content) ? content['parts'] : undefined
  return Array.isArray(parts) && parts.every(isObject) ? parts : []
}

function callsIn(parts: readonly Extra[]): readonly Extra[] {
  return parts.filter((part) => isObject(either(part, 'functionCall')))
}

function callIdOf(part: Extra): string {
  const call = either(part, 'functionCall')
  const callId = isObject(call) ? call['id'] : undefined
  return typeof callId === 'string' ? callId : ''
}

function signatureIn(part: Extra): string | undefined {
  const signature = either(part, 'thoughtSignature')
  return present(signature) && typeof signature === 'string' ? signature : undefined
}
