import type { HeaderReader } from '../../providers/provider.ts'
import { ResponseFault } from './response-fault.ts'

/**
 * A line without a name in front of its colon. RFC 9110, token; a name that is folded or padded could be
 * read in two ways.
 */
const nameless = /\r\n(?![!#$%&'*+.^_`|~0-9A-Za-z-]+:)/
const lineEnd = '\r\n'

/**
 * The headers of an answer, by lower-case name; several of one name are a list. Vendors send some 25 and
 * 5 of them are read, so each is looked up in the text when somebody asks for it.
 */
export class ResponseHeaders implements HeaderReader {
  readonly #text: string
  readonly #lower: string

  /**
   * @param lines  each behind '\r\n', with nothing behind the last
   * @throws ResponseFault
   */
  constructor(lines: string) {
    if (nameless.test(lines)) throw new ResponseFault('a line of its headers has no name')
    this.#text = lines
    this.#lower = lines.toLowerCase() // of Latin-1 as many characters
    const before = this.#find('content-length', 0)
    if (before === -1) return
    for (let at = before; (at = this.#find('content-length', at)) !== -1;)
      if (this.#valueAt(at) !== this.#valueAt(before))
        throw new ResponseFault('it gives two lengths')
  }

  /** @param name  in lower case */
  get(name: string): string | null {
    let at = this.#find(name, 0)
    if (at === -1) return null
    const first = this.#valueAt(at)
    at = this.#find(name, at)
    if (at === -1 || name === 'content-length') return first
    let list = first
    for (; at !== -1; at = this.#find(name, at)) list += `, ${this.#valueAt(at)}`
    return list
  }

  mentions(part: string): boolean {
    return this.#lower.includes(part)
  }

  /** Whether a header that is a list names this `token`, which is in lower case. */
  lists(name: string, token: string): boolean {
    const list = this.get(name)?.toLowerCase()
    if (list === undefined || list === token) return list === token
    return list.split(',').some((item) => trimmed(item, 0, item.length) === token)
  }

  /** Where the value begins of the next header of this name; -1 when there is none. */
  #find(name: string, from: number): number {
    const head = `${lineEnd}${name}:`
    const at = this.#lower.indexOf(head, from)
    return at === -1 ? -1 : at + head.length
  }

  #valueAt(from: number): string {
    const end = this.#text.indexOf(lineEnd, from)
    return trimmed(this.#text, from, end === -1 ? this.#text.length : end)
  }
}

/** Without spaces and tabs around it. `trim` takes more: a length that ends in U+00A0 is no number. */
function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
