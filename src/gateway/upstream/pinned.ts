import { dns } from 'bun'
import { readWebAddress, specialKind } from '../../core/address.ts'
import type { Departure } from '../../core/departure.ts'
import { GatewayError } from '../../core/errors.ts'
import { SocketUpstream } from './socket-upstream.ts'
import type { Exchange } from './upstream.ts'

/** IP addresses of a host's name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

export interface PinnedRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly departure: Departure
  readonly limits: {
    readonly connectMs: number
    readonly totalMs: number
    /** Of the answer. */
    readonly bytesMax: number
  }
  /**
   * Origins that stand in the file, and so may be anywhere; 'any': the whole address does. All others
   * have to be servers of the open internet.
   */
  readonly permitted: ReadonlySet<string> | 'any'
  readonly lookup?: Lookup
  /** Certificates of the authorities to trust, in PEM, instead of the system's. */
  readonly ca?: string
}

export interface PinnedAnswer {
  readonly status: number
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** An address that is not asked, or did not answer. The message is a sentence's end, and names no host. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/** Nothing was sent, so another address of the name may be dialled. */
class Unreached extends AddressRefused {}

/** Of one name, how many are dialled. */
const addressesMax = 3

/**
 * Asks an address that somebody else wrote down. Its name is looked up once, every address of it is
 * checked, and one of those very addresses is dialled, so that no second answer of DNS can lead
 * elsewhere. Host and certificate are the name's. Redirects are answers like others, and not followed.
 * @throws AddressRefused; the departure's reason
 */
export async function askPinned(request: PinnedRequest): Promise<PinnedAnswer> {
  const { permitted, departure } = request
  const url = permitted === 'any' ? new URL(request.url) : checked(request.url, permitted)
  const isPermitted = permitted === 'any' || permitted.has(url.origin)
  const { promise: late, reject } = Promise.withResolvers<never>()
  late.catch(() => {})
  const timer = setTimeout(
    () => reject(new AddressRefused(`${asked} did not answer in time`)),
    request.limits.totalMs,
  )
  try {
    const addresses = await Promise.race([addressesFor(url, isPermitted, request), late])
    for (let next = 0; ; next += 1) {
      departure.throwIfLeft()
      try {
        return await ask(request, url, addresses[next]!)
      } catch (error) {
        const isMore = next + 1 < Math.min(addresses.length, addressesMax)
        if (!isMore || !(error instanceof Unreached)) throw error
      }
    }
  } finally {
    clearTimeout(timer)
  }
}

function checked(text: string, permitted: ReadonlySet<string>): URL {
  const { url, refused } = readWebAddress(text, permitted)
  if (url === undefined) throw new AddressRefused(refused)
  return url
}

/** All of them checked, those of IPv4 first. */
async function addressesFor(
  { hostname }: URL,
  isPermitted: boolean,
  { lookup = lookUp }: PinnedRequest,
): Promise<readonly string[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isAddress(host) ? [host] : await lookup(host).catch(() => [])
  if (addresses.length === 0) throw new AddressRefused('its name is not known to DNS')
  if (!isPermitted) {
    // One that leads inwards among several is how a name is made to lead there at times.
    const kind = addresses.map(specialKind).find((each) => each !== null)
    if (kind !== undefined) throw new AddressRefused(`its name leads to ${kind}`)
  }
  return addresses.toSorted(
    (left, right) => Number(left.includes(':')) - Number(right.includes(':')),
  )
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host)
}

const lookUp: Lookup = async (hostname) =>
  (await dns.lookup(hostname)).map(({ address }) => address)

async function ask(request: PinnedRequest, url: URL, address: string): Promise<PinnedAnswer> {
  const { method, headers, body, departure, limits, ca } = request
  // A connection of its own: one that was checked for this name serves no other.
  const upstream = new SocketUpstream({ address, ...(ca === undefined ? {} : { ca }) })
  const note = { unsent: false }
  try {
    const exchange = await upstream.open({
      provider: asked,
      url: url.href,
      method,
      headers: { ...headers, 'user-agent': 'freehold' },
      body,
      limits: {
        connect: limits.connectMs,
        headers: undefined,
        firstContent: undefined,
        idle: undefined,
        total: limits.totalMs,
      },
      departure,
      note,
    })
    try {
      return await readBounded(exchange, limits.bytesMax)
    } finally {
      exchange.cancel()
    }
  } catch (error) {
    if (departure.reason !== null || !(error instanceof GatewayError)) throw error
    const why = error.message.replace(/\.$/, '')
    throw note.unsent ? new Unreached(why) : new AddressRefused(why)
  } finally {
    upstream.close()
  }
}

/** What stands for the provider in words of an exchange. */
const asked = 'its server'

async function readBounded(exchange: Exchange, bytesMax: number): Promise<PinnedAnswer> {
  const { status, headers } = exchange
  const mediaType = (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (status < 200 || status > 299) return { status, mediaType, bytes: new Uint8Array(0) }
  const encoding = headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== '')
    throw new AddressRefused('its answer is compressed, which nobody asked for')
  const tooLong = (): AddressRefused =>
    new AddressRefused(`its answer is longer than ${bytesMax / 1_000_000} MB`)
  if (Number(headers.get('content-length') ?? 0) > bytesMax) throw tooLong()
  const parts: Uint8Array[] = []
  let length = 0
  for (let part = await exchange.read(); part !== null; part = await exchange.read()) {
    length += part.length
    if (length > bytesMax) throw tooLong()
    parts.push(part)
  }
  return { status, mediaType, bytes: Buffer.concat(parts) }
}
