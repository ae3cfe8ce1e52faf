/**
 * Reads a JSON object that a stranger sent, and edits it without touching the rest of its text.
 *
 * `JSON.parse` alone is not enough for a gateway: it takes arrays 100,000 deep that `JSON.stringify`
 * then dies on, and of two equal keys it keeps the last where a provider may keep the first. So one
 * pass over the text bounds depth and keys before anything is built, finds where the top-level
 * members stand, and counts keys; a count that differs from the parsed object's is a key given twice.
 */
export interface JsonObject {
  readonly text: string
  readonly value: Readonly<Record<string, unknown>>
  readonly members: readonly Member[]
}

/** Where a top-level member stands in the text; `end` is one past the last character. */
export interface Member {
  readonly key: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

export interface JsonLimits {
  readonly depthMax: number
  /** Keys of the outermost object. */
  readonly membersMax: number
  readonly keysMax: number
  /** Items of all lists, and lists and objects themselves. */
  readonly valuesMax: number
}

/**
 * Depth: deeper than any tool schema seen in the wild (31), and a third of what a 1 MB stack can copy.
 * The rest bounds how long the thread that serves everybody is held by one body, which its size in
 * bytes does not: many keys that are all different, and lists of empty lists, take the longest. A
 * conversation of a million tokens has some 40,000 keys.
 */
const jsonLimits: JsonLimits = {
  depthMax: 200,
  membersMax: 1_000,
  keysMax: 50_000,
  valuesMax: 400_000,
}

export class JsonFault extends Error {
  override readonly name = 'JsonFault'
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a
const comma = 0x2c
const space = 0x20

/** @throws JsonFault with a sentence for the caller */
export function readJsonObject(text: string, limits: JsonLimits = jsonLimits): JsonObject {
  return readScanned(text, scanJson(text, limits))
}

/** What one look at a text finds, before anything of it is built. */
export interface ScannedJson {
  readonly members: readonly Member[]
  readonly keys: number
}

/** The second half of reading, for whoever lets others have their turn between the two. @throws JsonFault */
export function readScanned(text: string, { members, keys }: ScannedJson): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new JsonFault(
      `it is malformed (${(error as Error).message.replace('JSON Parse error: ', '')}).`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JsonFault('it has to be one JSON object.')
  }
  if (countKeys(value) !== keys) {
    throw new JsonFault(`${repeatedKey(members)} stands twice in one object. Give each key once.`)
  }
  return { text, value: value as Record<string, unknown>, members }
}

/** A member's new value as JSON text, or null to leave the member out. */
export type Edits = ReadonlyMap<string, string | null>

/**
 * The text with some top-level members replaced, removed or added; every other character stays.
 * Members that are not there yet are added at the end, in the order of the map.
 */
export function editJson({ text, members }: JsonObject, edits: Edits): string {
  if (edits.size === 0) return text
  const close = text.lastIndexOf('}')
  let out = ''
  let from = 0
  let kept = 0
  let seen = 0
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index]!
    const edit = edits.get(member.key)
    if (edit === undefined) {
      kept += 1
      continue
    }
    seen += 1
    if (edit !== null) {
      out += text.slice(from, member.valueStart) + edit
      from = member.end
      kept += 1
      continue
    }
    const next = members[index + 1]
    if (next) {
      out += text.slice(from, member.start)
      from = next.start
      continue
    }
    // The last one goes: so does the comma before it, which stands in the text not yet copied out,
    // or, when all that stood between was left out too, at the end of what was copied.
    const before = text.slice(from, member.start)
    out = (out + before).replace(/,\s*$/, '')
    from = member.end
  }
  if (seen === edits.size) return out + text.slice(from)
  out += text.slice(from, close)
  for (const [key, edit] of edits) {
    if (edit === null || members.some((member) => member.key === key)) continue
    out = `${out.trimEnd()}${kept > 0 ? ',' : ''}${JSON.stringify(key)}:${edit}`
    kept += 1
  }
  return out + text.slice(close)
}

/**
 * One pass without recursion. It does not judge grammar, `JSON.parse` does; on malformed text it
 * only has to end, and to bound depth and keys.
 */
export function scanJson(text: string, limits: JsonLimits = jsonLimits): ScannedJson {
  const { depthMax, membersMax, keysMax, valuesMax } = limits
  const members: Member[] = []
  const end = text.length
  let depth = 0
  let keys = 0
  let values = 0
  let keyStart = -1
  let keyEnd = -1
  let start = -1
  let valueStart = -1
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const close = stringEnd(text, at)
      if (depth === 1 && start === -1) {
        start = at
        keyStart = at
        keyEnd = close + 1
      }
      at = close
    } else if (code === colon) {
      keys += 1
      if (keys > keysMax) throw new JsonFault(`it has more than ${keysMax} keys.`)
      if (depth === 1) valueStart = afterSpace(text, at + 1)
    } else if (code === openBrace || code === openBracket) {
      depth += 1
      if (depth > depthMax) {
        throw new JsonFault(`it is nested more than ${depthMax} levels deep.`)
      }
      values += 1
    } else if (code === closeBrace || code === closeBracket) {
      if (depth === 1 && start !== -1) {
        members.push(member(text, start, keyStart, keyEnd, valueStart, at))
        start = -1
      }
      depth -= 1
    } else if (code === comma) {
      values += 1
      if (values > valuesMax) throw new JsonFault(`it holds more than ${valuesMax} values.`)
      if (depth !== 1 || start === -1) continue
      members.push(member(text, start, keyStart, keyEnd, valueStart, at))
      if (members.length >= membersMax) {
        throw new JsonFault(`its outermost object has more than ${membersMax} keys.`)
      }
      start = -1
    }
  }
  return { members, keys }
}

function member(
  text: string,
  start: number,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  limit: number,
): Member {
  let end = limit
  while (end > valueStart && text.charCodeAt(end - 1) <= space) end -= 1
  return { key: keyText(text, keyStart, keyEnd), start, valueStart, end }
}

function keyText(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1)
  if (!inner.includes('\\')) return inner
  try {
    return JSON.parse(text.slice(start, end)) as string
  } catch {
    return inner // malformed: JSON.parse of the whole says so
  }
}

/**
 * Where the string that begins at `open` closes; the last index when it never does. A search for the
 * next quote is the fastest in plain text, and the slowest where many are escaped, as in JSON within
 * JSON: there it looks at each character.
 */
function stringEnd(text: string, open: number): number {
  let at = open + 1
  for (;;) {
    for (const near = at + nearby; at < near;) {
      const code = text.charCodeAt(at)
      if (code === quote) return at
      at += code === backslash ? 2 : 1
    }
    const close = text.indexOf('"', at)
    if (close === -1) return text.length - 1
    let slashes = 0
    while (close - slashes > at && text.charCodeAt(close - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return close
    at = close + 1
  }
}

/** Characters that are looked at one by one before the next quote is searched. */
const nearby = 32

function afterSpace(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= space) at += 1
  return at
}

function countKeys(root: object): number {
  let count = 0
  const queue: object[] = [root]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (Array.isArray(next)) {
      for (const item of next)
        if (typeof item === 'object' && item !== null) queue.push(item as object)
      continue
    }
    const values = Object.values(next) as unknown[]
    count += values.length
    for (const item of values) if (typeof item === 'object' && item !== null) queue.push(item)
  }
  return count
}

function repeatedKey(members: readonly Member[]): string {
  const seen = new Set<string>()
  for (const { key } of members) {
    if (seen.has(key)) return `the key ${JSON.stringify(key.slice(0, 60))}`
    seen.add(key)
  }
  return 'a key'
}
