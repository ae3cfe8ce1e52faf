import type { HeaderReader } from '../../providers/provider.ts'
import { ResponseFault } from './response-fault.ts'

/** RFC 9110, token; a name that is folded or padded could be read in two ways. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

/** The headers of an answer, by lower-case name; several of one name are a list. */
export class ResponseHeaders implements HeaderReader {
  readonly #values = new Map<string, string>()

  /** @throws ResponseFault */
  constructor(lines: readonly string[]) {
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      if (colon === -1 || !headerName.test(name))
        throw new ResponseFault('a line of its headers has no name')
      const value = trimmed(line, colon + 1)
      const known = this.#values.get(name)
      if (known === undefined) this.#values.set(name, value)
      else if (name !== 'content-length') this.#values.set(name, `${known}, ${value}`)
      else if (known !== value) throw new ResponseFault('it gives two lengths')
    }
  }

  /** @param name  in lower case */
  get(name: string): string | null {
    return this.#values.get(name) ?? null
  }

  /** Whether a header that is a list names this `token`, which is in lower case. */
  lists(name: string, token: string): boolean {
    const list = this.#values.get(name)?.toLowerCase()
    if (list === undefined || list === token) return list === token
    return list.split(',').some((item) => trimmed(item, 0) === token)
  }
}

/** Without spaces and tabs around it. `trim` takes more: a length that ends in U+00A0 is no number. */
function trimmed(text: string, from: number): string {
  let start = from
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
