import { providerUnreachable } from '../../core/errors.ts'
import type { UpstreamRequest } from './upstream.ts'

/** How a message is framed and which way it takes: the client's own, whatever a configuration says. */
const ownHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Latin-1 without control characters. What is beyond it loses its upper byte, and U+010A becomes a line's end. */
const sendable = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * The headers that a request goes out with, by lower-case name; of several spellings the last one holds.
 * @throws provider_unreachable for one that would end its line, or that HTTP cannot carry. It may be a
 *   key, so its value is not told.
 */
export function headersToSend({ provider, headers }: UpstreamRequest): Record<string, string> {
  const sent: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]!
    if (!token.test(name))
      throw providerUnreachable(provider, 'a name among its headers holds more than a name may')
    if (!sendable.test(value)) {
      const what = `the value of its header ${name} holds characters that HTTP cannot carry, such as a line break`
      throw providerUnreachable(provider, what)
    }
    const lower = name.toLowerCase()
    if (!ownHeaders.has(lower)) sent[lower] = value
  }
  sent['accept-encoding'] = 'identity'
  return sent
}
