import type { Extra } from '../core/call.ts'
import { isObject } from './fields.ts'
import { parseExact } from './long-numbers.ts'

/**
 * The arguments of a tool call for dialects that have an object in their place. What is no JSON object, as
 * small models write it, is kept in one that says so. The object is there to be written: see `parseExact`.
 */
export function toolInput(text: string): Extra {
  if (text.trim() === '') return {}
  try {
    const input: unknown = parseExact(text)
    if (isObject(input)) return input
  } catch {
    // Kept below, as it was written.
  }
  return { malformed_arguments: text }
}
