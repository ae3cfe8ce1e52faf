import { type Extra, noExtra, type Part } from '../../core/call.ts'
import { isObject } from '../fields.ts'

/**
 * What tools answered is an object here and text elsewhere. `output` and `error` are the vendor's own
 * names for a plain answer; every other object is the answer itself.
 * @see https://ai.google.dev/api/caching#FunctionResponse (read 2026-11-21)
 */
export function readResponse(response: Extra): { texts: string[]; failed: boolean } {
  const names = Object.keys(response)
  const [only] = names
  if (names.length === 1 && (only === 'output' || only === 'error')) {
    const said = response[only]
    const texts = isTexts(said) ? [...said] : [typeof said === 'string' ? said : textOf(said)]
    return { texts, failed: only === 'error' }
  }
  return { texts: [textOf(response)], failed: false }
}

/** Read back, it gives the same texts. */
export function writeResponse(texts: readonly string[], failed: boolean): Extra {
  const [only = ''] = texts
  if (failed) return { error: texts.length > 1 ? texts : only }
  if (texts.length > 1) return { output: texts }
  return objectIn(only) ?? { output: only }
}

/** The object that a text is, as long as writing it again gives that text. */
function objectIn(text: string): Extra | null {
  if (!text.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || JSON.stringify(value) !== text) return null
    return 'output' in value || 'error' in value ? null : value
  } catch {
    return null
  }
}

export function asTextParts(texts: readonly string[]): Part[] {
  return texts.map((text) => ({ type: 'text', text, extra: noExtra }))
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
