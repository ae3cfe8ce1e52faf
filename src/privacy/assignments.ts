import {
  backslash,
  bareValue,
  han,
  is,
  quoteOrBlank,
  runEnd,
  runStart,
  settingName,
  type Detector,
  type Found,
} from './characters.ts'
import { isRandom } from './random.ts'

/**
 * A value under a name that says it is secret: 'password=hunter2', '"api_key": "..."'.
 * @param at  the '=' or ':' between them
 */
export const assignment: Detector = (text, at, floor) => {
  const name = nameBefore(text, at, floor)
  const secrecy = name === null ? null : secrecyOf(name)
  if (secrecy === null) return null
  const gap = /^[=:>]?[ \t]{0,4}/.exec(text.slice(at + 1, at + 6))!
  const opens = at + 1 + gap[0].length
  const quote = /^\\{0,3}["'`]/.exec(text.slice(opens, opens + 4))
  return quote
    ? quotedValue(text, opens + quote[0].length, quote[0], secrecy)
    : valueOf(text, opens, secrecy, gap[0] === '' && text[at] === '=' ? 'bare' : 'prose')
}

/** How much a name tells: what stands under 'password' is secret, under 'token' if it looks drawn. */
export type Secrecy = 'sure' | 'maybe'

/**
 * Whether a setting or a field of this name holds a secret. 'max_tokens' and 'token_type' do not.
 * @returns null when the name says nothing
 */
export function secrecyOf(name: string): Secrecy | null {
  const plain = name.toLowerCase().replaceAll(/[-_. ]/g, '')
  if (sureNames.test(plain)) return 'sure'
  return maybeNames.test(plain) ? 'maybe' : null
}

const sureNames =
  /(?:password|passwd|passphrase|secret|apikey|accesskey|secretkey|privatekey|authkey|密码|口令|密钥|^pwd|^passcode|(?:db|user|root|admin)(?:pwd|pass))$/
const maybeNames = /(?:token|authorization)$/

/** Where a value stands: between quotes, right behind '=', or after a space, where prose stands too. */
type Written = 'quoted' | 'bare' | 'prose'

/** True for what stands under a name of this secrecy and is neither a stand-in nor a plain word. */
export function isSecretValue(value: string, secrecy: Secrecy, written: Written): boolean {
  if (/^(?:[[{<$%*]|(?:null|true|false|none|undefined|nil)$)/i.test(value)) return false
  if (secrecy === 'maybe') return value.length >= 12 && isRandom(value, 0, value.length)
  if (written === 'quoted') return value !== ''
  if (secrecyOf(value) !== null) return false // password=password hands on a variable
  if (/^[.~]{0,2}\/[\w.-]{1,20}(?:\/[\w.-]{1,20}){0,9}\/?$/.test(value)) return false // a file's path
  const isMixed = /[a-z]/i.test(value) && /[\d!#$%^&*?~@+]/.test(value)
  if (isMixed) return value.length >= (written === 'bare' ? 4 : 6)
  return written === 'bare' ? value.length >= 4 && !value.includes('.') : /^\d{6,}$/.test(value)
}

/** 'Basic dXNlcjpwYXNz': the word may be seen, and makes sure that a secret follows. */
export function schemeEnd(text: string, from: number): number {
  return (
    from +
    (/^(?:bearer|basic|token|apikey)[ \t]{1,3}/i.exec(text.slice(from, from + 10))?.[0].length ?? 0)
  )
}

function nameBefore(text: string, at: number, floor: number): string | null {
  const walrus = at > floor && text.charCodeAt(at - 1) === 0x3a ? 1 : 0 // ':='
  const end = runStart(text, at - walrus, quoteOrBlank, floor, 5)
  if (end - floor < 2 || !endings.has(endingOf(text, end))) return null
  const start = is(text.charCodeAt(end - 1), han)
    ? end - 2
    : runStart(text, end, settingName, floor, 40)
  return text.slice(start, end)
}

/** The last two letters of all names that count: a look that spares most of the others. */
const endings = new Set(
  ['rd', 'wd', 'se', 'et', 'ey', 'de', 'ss', 'en', 'on', '密码', '口令', '密钥'].map((name) =>
    endingOf(name, name.length),
  ),
)

/** Two letters as one number, upper case as lower. */
function endingOf(text: string, end: number): number {
  return (text.charCodeAt(end - 2) | 0x20) * 65_536 + (text.charCodeAt(end - 1) | 0x20)
}

function valueOf(text: string, start: number, secrecy: Secrecy, written: Written): Found | null {
  const from = schemeEnd(text, start)
  const end = runEnd(text, from, bareValue)
  if (end === from) return null
  // So long a run is no prose; it is taken whole, and so looked at once.
  if (end - from > 200) return { kind: 'secret', start: from, end }
  const value = text.slice(from, end).replace(/[.:]{1,9}$/, '')
  const isCode = /^[([]/.test(text.charAt(end)) // password=ask() and password=list[0]
  const isSecret =
    from > start ? value.length >= 4 : !isCode && isSecretValue(value, secrecy, written)
  return isSecret ? { kind: 'secret', start: from, end: from + value.length } : null
}

/** @param quote  as it opens the value, with the backslashes that it has in a string within JSON */
function quotedValue(text: string, start: number, quote: string, secrecy: Secrecy): Found | null {
  const end = closeOf(text, start, quote)
  if (end === -1 || end - start > 4096) return null
  const from = schemeEnd(text, start)
  const value = text.slice(from, end)
  // In JSON, a quote behind 'password=' may close the string that this stands in.
  if (/^\s*[,:}\]]|\n/.test(value) || (!quote.endsWith('"') && value.includes('"'))) return null
  const isSecret = from > start ? value.length >= 4 : isSecretValue(value, secrecy, 'quoted')
  return isSecret && !value.startsWith('[') ? { kind: 'secret', start: from, end } : null
}

/**
 * Where the quote closes that opened before `start`; -1 when it never does. In strings within JSON
 * the quotes of each level have one, three, seven backslashes; a quote of an outer level closes too.
 */
function closeOf(text: string, start: number, quote: string): number {
  const depth = quote.length - 1
  if (depth === 2) return -1
  for (let from = start; ;) {
    const stop = text.indexOf(quote.at(-1)!, from)
    if (stop === -1) return -1
    const slashes = stop - runStart(text, stop, backslash, start, 64)
    const own = [1, 3, 7].find((count) => slashes % (2 * (count + 1)) === count) ?? 0
    if (own <= depth) return stop - own
    from = stop + 1
  }
}
