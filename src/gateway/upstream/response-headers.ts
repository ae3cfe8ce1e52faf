import type { HeaderReader } from '../../providers/provider.ts'
import { ResponseFault } from './response-fault.ts'

const lineEnd = '\r\n'

/** How the line of a header begins, by its name. Only names that stand in this program are asked for. */
const begins = new Map<string, string>()

/**
 * The headers of an answer, by lower-case name; several of one name are a list. Vendors send some 25 and
 * 5 of them are read, so each is looked up in the text when somebody asks for it.
 */
export class ResponseHeaders implements HeaderReader {
  readonly #text: string
  readonly #lower: string
  /** Null when it gives none. */
  readonly #length: string | null

  /**
   * @param head  the first line, and the others: each with a name and behind '\r\n', with nothing behind the last
   * @throws ResponseFault
   */
  constructor(head: string) {
    this.#text = head
    this.#lower = head.toLowerCase() // of Latin-1 as many characters
    let at = this.#find('content-length', 0)
    this.#length = at === -1 ? null : this.#valueAt(at)
    while (at !== -1) {
      at = this.#find('content-length', at)
      if (at !== -1 && this.#valueAt(at) !== this.#length)
        throw new ResponseFault('it gives two lengths')
    }
  }

  /** @param name  in lower case */
  get(name: string): string | null {
    if (name === 'content-length') return this.#length
    let at = this.#find(name, 0)
    if (at === -1) return null
    let list = this.#valueAt(at)
    while ((at = this.#find(name, at)) !== -1) list += `, ${this.#valueAt(at)}`
    return list
  }

  mentions(part: string): boolean {
    return this.#lower.includes(part)
  }

  /** Whether a header that is a list names this `token`, which is in lower case. */
  lists(name: string, token: string): boolean {
    const list = this.get(name)?.toLowerCase()
    if (list === undefined || !list.includes(',')) return list === token
    return list.split(',').some((item) => trimmed(item, 0, item.length) === token)
  }

  /** Where the value begins of the next header of this name; -1 when there is none. */
  #find(name: string, from: number): number {
    let begin = begins.get(name)
    if (begin === undefined) begins.set(name, (begin = `${lineEnd}${name}:`))
    const at = this.#lower.indexOf(begin, from)
    return at === -1 ? -1 : at + begin.length
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
