import type { Extra } from '../core/call.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from './fields.ts'

/**
 * The arguments of a tool call are text in some dialects and an object in others, and a number of 16
 * digits and more, such as an id, may come out of `JSON.parse` as another. Here such numbers stay as they
 * were written, as values that can only be written again. A text without one costs a look and no more.
 */
const longNumber = /\d{16}/

/** Of the runtime, and not yet in the types of the language. */
const json = JSON as typeof JSON & {
  rawJSON(text: string): object
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}

/** With every long number as it was written. @throws SyntaxError */
export function parseExact(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text) as unknown
  const keep = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
    typeof value === 'number' && source !== undefined && longNumber.test(source)
      ? json.rawJSON(source)
      : value
  const value: unknown = JSON.parse(text, keep as Parameters<typeof JSON.parse>[1])
  return json.isRawJSON(value) ? Number(value.rawJSON) : value
}

/** With long numbers as they were written in objects under this name alone. @throws SyntaxError */
export function parseAround(text: string, name: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text) as unknown
  return roundedOutside(parseExact(text), name)
}

/** What a request says, with the long numbers of its tool calls, which stand in this member under this name. */
export function exactCalls(
  { text, value, members }: JsonObject,
  member: string,
  name: string,
): Extra {
  const found = members.find(({ key }) => key === member)
  const inner = found ? text.slice(found.valueStart, found.end) : ''
  return longNumber.test(inner) ? { ...value, [member]: parseAround(inner, name) } : value
}

/** A member of a request as an edit makes it: the same value, or one that has kept all long numbers. */
export function editedMember<Value>(
  { text, value, members }: JsonObject,
  member: string,
  edit: (value: Value) => Value,
): Value {
  const sent = value[member] as Value
  const made = edit(sent)
  if (made === sent || !longNumber.test(text)) return made
  const found = members.find(({ key }) => key === member)
  return found ? edit(parseExact(text.slice(found.valueStart, found.end)) as Value) : made
}

function roundedOutside(root: unknown, name: string): unknown {
  const queue: unknown[] = [root]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const holder = next as Record<string, unknown>
    for (const [key, value] of Object.entries(holder)) {
      if (json.isRawJSON(value)) holder[key] = Number(value.rawJSON)
      else if (key !== name || !isObject(value)) queue.push(value)
    }
  }
  return root
}
