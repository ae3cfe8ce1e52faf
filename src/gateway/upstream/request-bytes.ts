import { headersToSend } from './request-head.ts'
import type { UpstreamRequest } from './upstream.ts'

/** What of an address every request needs, read out of its URL once. */
export interface Address {
  readonly url: URL
  readonly origin: string
  readonly host: string
  /** 'POST' goes before it: '/v1/chat/completions HTTP/1.1'. */
  readonly target: string
}

/** A request's head up to the number of its length. */
interface Head {
  readonly method: string
  readonly address: Address
  readonly text: string
  readonly isAscii: boolean
}

/**
 * Heads by the headers that they were written from, which whoever asks a provider keeps as a rule. They hold
 * its key, and go with them.
 */
const heads = new WeakMap<UpstreamRequest['headers'], Head>()

/** Models may be part of an address, and callers make up models. */
const addressesMax = 1_000
const addresses = new Map<string, Address>()

export function addressOf(text: string): Address {
  const known = addresses.get(text)
  if (known !== undefined) return known
  const url = new URL(text)
  const { origin, host, pathname, search } = url
  const address = { url, origin, host, target: `${pathname}${search} HTTP/1.1` }
  if (addresses.size >= addressesMax) addresses.clear()
  addresses.set(text, address)
  return address
}

/** Up to here text is handed to the socket as it is; of more, the socket seldom takes all at once. */
const textMax = 65_536

/**
 * A request as it goes out. Text where that is the same: then all of it is ASCII.
 * @throws provider_unreachable for headers that cannot be sent
 */
export function requestBytes(request: UpstreamRequest, address: Address): Uint8Array | string {
  const { method = 'POST', body } = request
  const { text, isAscii } = headOf(request, method, address)
  if (method !== 'POST') return Buffer.from(`${text}\r\n`, 'latin1')
  const length = Buffer.byteLength(body)
  if (isAscii && typeof body === 'string') {
    const whole = `${text}${length}\r\n\r\n${body}`
    return length === body.length && whole.length <= textMax ? whole : encoder.encode(whole)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from(`${text}${length}\r\n\r\n`, 'latin1'), bytes])
}

function headOf(request: UpstreamRequest, method: string, address: Address): Head {
  const known = heads.get(request.headers)
  if (known !== undefined && known.method === method && known.address === address) return known
  const head = written(request, method, address)
  heads.set(request.headers, head)
  return head
}

function written(request: UpstreamRequest, method: string, address: Address): Head {
  const { host, target } = address
  const headers = headersToSend(request)
  let text = `${method} ${target}\r\nhost: ${headers['host'] ?? host}\r\n`
  for (const name in headers) if (name !== 'host') text += `${name}: ${headers[name]}\r\n`
  if (method === 'POST') text += 'content-length: '
  // Header values are Latin-1 by the rule, bodies UTF-8: with values of ASCII it is one and the same.
  const isAscii = Buffer.byteLength(text) === text.length
  return { method, address, text, isAscii }
}

const encoder = new TextEncoder()
