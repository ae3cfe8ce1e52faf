import type { Call } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'

/**
 * What a call asks, as one hash: two calls of one fingerprint want the same answer in the same form.
 * Neither the order of keys nor the space between them counts. Every field of the body does, also one
 * that nobody here knows, but for those that are named as saying something else.
 */

/** Feeds a hash with texts and bytes, each of which says how long it is: none runs into the next. */
export class Print {
  readonly #hash = new Bun.CryptoHasher('sha256')

  add(...parts: readonly (string | Uint8Array | null)[]): this {
    for (const part of parts) {
      if (part === null) this.#hash.update('-;')
      else {
        this.#hash.update(`${typeof part === 'string' ? 's' : 'b'}${part.length};`)
        // Not as UTF-8, in which all lone surrogates are one.
        this.#hash.update(typeof part === 'string' ? Buffer.from(part, 'utf16le') : part)
      }
    }
    return this
  }

  /** All 256 bits, in hex. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

/**
 * Each field of a call, and what of it decides the answer: null for one that was read from others. A new
 * field does not compile until it is said here.
 */
const decides = {
  operation: ({ operation }) => operation,
  dialect: ({ dialect }) => dialect,
  model: ({ model }) => model,
  // Some dialects say it in the path.
  stream: ({ stream }) => String(stream),
  usageAsked: ({ usageAsked }) => String(usageAsked),
  heldBy: ({ heldBy }) => heldBy ?? null,
  files: ({ files = [] }) => (files.length === 0 ? null : filesPrint(files)),
  body: null, // by `fingerprint` itself, which is told what to leave out
  maxTokens: null,
  n: null,
  nMade: null,
  user: null,
  metadata: null,
  follows: null,
  hasMedia: null,
  inputTokensMax: null,
  reworded: null,
  meaning: null,
} as const satisfies Record<keyof Call, ((call: Call) => string | null) | null>

const deciding = Object.values<((call: Call) => string | null) | null>(decides).filter(
  (read) => read !== null,
)

/** @param aside  members of the body that do not count */
export function fingerprint(call: Call, aside: ReadonlySet<string> = new Set()): string {
  const print = new Print().add(...deciding.map((read) => read(call)))
  const { body } = call
  const members = body.members.filter(({ key }) => !aside.has(key))
  for (const { key, valueStart, end } of members.toSorted(byKey)) {
    print.add(key, canonical(body, key, valueStart, end))
  }
  return print.digest()
}

function filesPrint(files: NonNullable<Call['files']>): string {
  const print = new Print()
  for (const { field, name, mediaType, bytes } of files) print.add(field, name, mediaType, bytes)
  return print.digest()
}

interface Named {
  readonly key: string
}

function byKey({ key: left }: Named, { key: right }: Named): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** Longer values are taken as they are written: others would wait while their keys are sorted. */
const sortedMax = 200_000

function canonical({ text, value }: JsonObject, key: string, start: number, end: number): string {
  const written = text.slice(start, end)
  if (end - start > sortedMax) return written
  return sorted(value[key]) ?? written
}

/**
 * JSON with the keys of every object in order. Null where a number is not exact in this runtime: then
 * two different ones would look the same.
 */
function sorted(value: unknown): string | null {
  if (typeof value === 'number') {
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? JSON.stringify(value) : null
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const parts: string[] = []
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const part = sorted(item)
      if (part === null) return null
      parts.push(part)
    }
    return `[${parts.join(',')}]`
  }
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  for (const [name, item] of entries) {
    const part = sorted(item)
    if (part === null) return null
    parts.push(`${JSON.stringify(name)}:${part}`)
  }
  return `{${parts.join(',')}}`
}
