import { isSecretValue, schemeEnd, secrecyOf, type Secrecy } from './assignments.ts'
import { holdsAny, scan } from './scan.ts'

/** How often each kind of thing was masked, by the word in its placeholder. */
export type Counts = Readonly<Record<string, number>>

export interface Redacted {
  readonly text: string
  readonly found: Counts
}

/**
 * Masks personal data and secrets in a text: 'mail bob@acme.com' becomes 'mail [email]'.
 *
 * It takes time in proportion to the text's length, whatever the text, and what it gives is not
 * changed by doing it again. JSON that is redacted as text keeps its strings closed and escaped, but
 * a number in it may become a placeholder: parse it first and use `redactJson` where that matters.
 * A secret that is cut over two texts is found in neither: join a stream's pieces first.
 */
export function redact(text: string): Redacted {
  const tally: Record<string, number> = {}
  return { text: mask(text, tally), found: tally }
}

export interface RedactedJson {
  readonly value: unknown
  readonly found: Counts
}

/**
 * The same over every string of a parsed JSON value, keys too; the structure stays. A string under a
 * key such as 'password' is a secret whatever it looks like. It walks without recursion, so depth
 * is no danger.
 */
export function redactJson(value: unknown): RedactedJson {
  if (isClean(value)) return { value, found: {} }
  const found: Record<string, number> = {}
  const root: unknown[] = []
  const open: Branch[] = [{ from: [value], to: root, secrecy: null }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) copyMasked(next, open, found)
  return { value: root[0], found }
}

/** Most of what is said holds nothing to mask: to see that is quicker than to make a copy. */
function isClean(root: unknown): boolean {
  /** What is to be looked at, and beside it what the key says under which it stands. */
  const open: unknown[] = [root]
  const secrecies: (Secrecy | null)[] = [null]
  while (open.length > 0) {
    const item = open.pop()
    const secrecy = secrecies.pop()!
    if (typeof item === 'string') {
      if ((secrecy !== null && isSecretUnder(secrecy, item)) || holdsAny(item)) return false
    } else if (Array.isArray(item)) {
      for (const inner of item as readonly unknown[]) {
        if (!mayHold(inner)) continue
        open.push(inner)
        secrecies.push(secrecy)
      }
    } else if (typeof item === 'object' && item !== null) {
      for (const key in item) {
        const says = toldBy(key)
        if (says === 'masked') return false
        const inner = (item as Record<string, unknown>)[key]
        if (!mayHold(inner)) continue
        open.push(inner)
        secrecies.push(says)
      }
    }
  }
  return true
}

/** Numbers and the like hold nothing that is masked. */
function mayHold(item: unknown): boolean {
  return typeof item === 'string' || (typeof item === 'object' && item !== null)
}

/** What a key says of its value; 'masked': it is itself what has to be masked. */
type Told = Secrecy | 'masked' | null

/** The same keys come with every call. */
const told = new Map<string, Told>()
const toldMax = 2_000

function toldBy(key: string): Told {
  const known = told.get(key)
  if (known !== undefined) return known
  const says = scan(key).length > 0 ? 'masked' : secrecyOf(key)
  if (told.size >= toldMax) told.clear()
  if (key.length <= 64) told.set(key, says)
  return says
}

interface Branch {
  readonly from: object
  readonly to: object
  /** What the key says under which a list stands. */
  readonly secrecy: Secrecy | null
}

function copyMasked({ from, to, secrecy }: Branch, open: Branch[], found: Tally): void {
  const isList = Array.isArray(from)
  const taken = new Map<string, number>()
  for (const [key, item] of Object.entries(from) as [string, unknown][]) {
    const itemSecrecy = isList ? secrecy : secrecyOf(key)
    let copy = item
    if (typeof item === 'string') copy = maskUnder(itemSecrecy, item, found)
    else if (typeof item === 'object' && item !== null) {
      copy = Array.isArray(item) ? [] : {}
      open.push({ from: item, to: copy as object, secrecy: itemSecrecy })
    }
    // Defined, not assigned: a key may be called __proto__.
    Object.defineProperty(to, isList ? key : freeKey(to, mask(key, found), taken), {
      value: copy,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}

/**
 * Two keys that mask to the same one both stay.
 * @param taken  how often each was given in this object: of thousands the next looks at none of those before it
 */
function freeKey(to: object, key: string, taken: Map<string, number>): string {
  if (!Object.hasOwn(to, key)) return key
  let count = taken.get(key) ?? 2
  while (Object.hasOwn(to, `${key} ${count}`)) count += 1
  taken.set(key, count + 1)
  return `${key} ${count}`
}

type Tally = Record<string, number>

function maskUnder(secrecy: Secrecy | null, text: string, found: Tally): string {
  if (secrecy === null) return mask(text, found)
  if (!isSecretUnder(secrecy, text)) return mask(text, found)
  count(found, 'secret')
  return `${text.slice(0, schemeEnd(text, 0))}[secret]`
}

function isSecretUnder(secrecy: Secrecy, text: string): boolean {
  const from = schemeEnd(text, 0)
  const value = text.slice(from)
  return from > 0 ? !value.startsWith('[') : isSecretValue(value, secrecy, 'quoted')
}

function mask(text: string, found: Tally): string {
  const all = scan(text)
  if (all.length === 0) return text
  let masked = ''
  let from = 0
  for (const { kind, start, end } of all) {
    masked += `${text.slice(from, start)}[${kind}]`
    from = end
    count(found, kind)
  }
  return masked + text.slice(from)
}

function count(found: Tally, kind: string): void {
  found[kind] = (found[kind] ?? 0) + 1
}
