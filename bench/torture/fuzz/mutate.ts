import { oneOf } from '../part.ts'

/** Valid inputs made wrong: a few changes each, most of them where meaning is. */

type Json = unknown
type Chance = () => number

/** What readers stumble over, whatever they wait for. */
const oddValues: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 31),
  '',
  ' ',
  '0',
  'null',
  '\u0000',
  '\ud800',
  '\u2028',
  '\r\nx-injected: 1',
  '[DONE]',
  '{"a":',
  'data:image/png;base64,iVBORw0KGgo=',
  'data:;base64,',
  'x'.repeat(2_000),
  [],
  {},
  [[]],
  [null],
  [{}],
  { type: null },
  { type: 'text' },
  { type: 'text', text: 'a' },
  { type: 'tool_use', id: 'a', name: 'b', input: {} },
  { error: { message: 'no' } },
]

/** Names that objects of a careless reader have already. */
const protoNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length']

/** Changes a JSON value in 1 to 4 places. @param others  values that a piece may be taken from */
export function mutateJson(sample: string, others: readonly string[], chance: Chance): string {
  let root: Json = JSON.parse(sample)
  for (let changes = 1 + Math.floor(chance() * 4); changes > 0; changes -= 1) {
    root = changeOnce(root, others, chance)
  }
  const text = JSON.stringify(root)
  // A key that stands twice, or a text that breaks off, cannot be said with a value.
  const how = chance()
  if (how < 0.03) return text.slice(0, Math.floor(chance() * text.length))
  if (how < 0.06) return text.replace(/"(\w+)":/, (key) => `${key}1,${key}`)
  if (how < 0.08) return text.replaceAll(/\d+/g, () => oneOf(hugeNumbers, chance))
  return text
}

const hugeNumbers = ['1e999', '-1e999', '9'.repeat(400), '0.1e-400', '18446744073709551616']

interface Slot {
  readonly holder: Record<string, Json> | Json[]
  readonly key: string
}

function changeOnce(root: Json, others: readonly string[], chance: Chance): Json {
  const slots = slotsOf(root)
  if (slots.length === 0) return oddValue(chance)
  const { holder, key } = oneOf(slots, chance)
  const put = (name: string, value: Json): void => {
    // Assigned, '__proto__' would change the object's own prototype and be no key at all.
    Object.defineProperty(holder, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  const kind = Math.floor(chance() * 9)
  switch (kind) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else Reflect.deleteProperty(holder, key)
      return root
    case 1: {
      const { holder: from, key: name } = oneOf(slots, chance)
      put(key, structuredClone((from as Record<string, Json>)[name]))
      return root
    }
    case 2:
      put(key, nested(3 + Math.floor(chance() * 60), chance() < 0.5))
      return root
    case 3:
      put(Array.isArray(holder) ? key : oneOf(protoNames, chance), { polluted: true })
      return root
    case 4: {
      const other: Json = JSON.parse(oneOf(others, chance))
      const theirs = slotsOf(other)
      const piece = theirs.length === 0 ? undefined : oneOf(theirs, chance)
      put(key, piece ? (piece.holder as Record<string, Json>)[piece.key] : other)
      return root
    }
    case 5:
      if (Array.isArray(holder)) {
        for (let more = Math.floor(chance() * 8); more > 0; more -= 1)
          holder.push(structuredClone(holder[0]))
      } else put(oneOf(slots, chance).key, structuredClone(holder[key]))
      return root
    default:
      put(key, oddValue(chance))
      return root
  }
}

/** One of its own each time: what is put in may be changed again. */
function oddValue(chance: Chance): Json {
  const value = oneOf(oddValues, chance)
  return typeof value === 'object' ? structuredClone(value) : value
}

/** Every place where a value stands; of long values the first hundred. */
function slotsOf(root: Json): Slot[] {
  const slots: Slot[] = []
  const queue: Json[] = [root]
  for (let next = queue.pop(); next !== undefined && slots.length < 400; next = queue.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const holder = next as Record<string, Json>
    for (const key of Object.keys(holder).slice(0, 100)) {
      slots.push({ holder, key })
      if (typeof holder[key] === 'object' && holder[key] !== null) queue.push(holder[key])
    }
  }
  return slots
}

function nested(depth: number, lists: boolean): Json {
  let value: Json = 'deep'
  for (let level = 0; level < depth; level += 1) value = lists ? [value] : { content: value }
  return value
}

/** Changes bytes in 1 to 6 places. @param words  pieces of the format, put in whole */
export function mutateBytes(
  sample: Buffer,
  others: readonly Buffer[],
  words: readonly string[],
  chance: Chance,
): Buffer {
  let bytes: Buffer = Buffer.from(sample)
  for (let changes = 1 + Math.floor(chance() * 6); changes > 0; changes -= 1) {
    bytes = changeBytes(bytes, others, words, chance)
  }
  return bytes.subarray(0, bytesMax)
}

/** Splices make inputs longer than the samples; beyond this they only cost time. */
const bytesMax = 16_384

function changeBytes(
  bytes: Buffer,
  others: readonly Buffer[],
  words: readonly string[],
  chance: Chance,
): Buffer {
  const at = Math.floor(chance() * (bytes.length + 1))
  const some = Math.floor(chance() * Math.min(64, bytes.length - at + 1))
  const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)
  switch (Math.floor(chance() * 8)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at] = Math.floor(chance() * 256)
      return bytes
    case 2:
      if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << Math.floor(chance() * 8))
      return bytes
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + some))
    case 4:
      return joined(bytes.subarray(0, at + some), bytes.subarray(at))
    case 5:
      return joined(bytes.subarray(0, at), Buffer.from(oneOf(words, chance)), bytes.subarray(at))
    case 6: {
      const other = oneOf(others, chance)
      const from = Math.floor(chance() * other.length)
      return joined(bytes.subarray(0, at), other.subarray(from, from + 512), bytes.subarray(at))
    }
    default:
      return chance() < 0.2 ? bytes.subarray(0, at) : bytes
  }
}

/** The same bytes in 1 to 6 pieces; rarely each byte on its own. */
export function cut(bytes: Buffer, chance: Chance): Buffer[] {
  if (chance() < 0.02) return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  const places = Array.from({ length: Math.floor(chance() * 6) }, () =>
    Math.floor(chance() * (bytes.length + 1)),
  ).toSorted((left, right) => left - right)
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length))
}
