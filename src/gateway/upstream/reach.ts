import { type GatewayError, providerUnreachable } from '../../core/errors.ts'

/** A connection that was seen to work this lately is taken to work still. */
const freshMs = 60_000

/** When each origin last answered. One entry for each configured address, so it stays small. */
const answered = new Map<string, number>()

export function markAnswered(origin: string, nowMs: number): void {
  answered.set(origin, nowMs)
}

export function answeredLately(origin: string, nowMs: number): boolean {
  const seen = answered.get(origin)
  return seen !== undefined && nowMs - seen < freshMs
}

/**
 * Opens and closes a connection, so that a host which swallows packets costs the connect limit and not
 * the limit of the whole answer: `fetch` cannot tell the two apart.
 * @throws provider_unreachable, or the reason of `signal`
 */
export async function reach(provider: string, url: URL, signal: AbortSignal): Promise<void> {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = (): void => reject(signal.reason as Error)
  signal.addEventListener('abort', stop)
  Bun.connect({
    hostname,
    port,
    socket: {
      open(socket) {
        socket.end()
        resolve()
      },
      data() {},
    },
  }).catch((error: unknown) => reject(unreachable(provider, error)))
  try {
    await promise
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * In words that a reader of the log can act on. The runtime's own are not passed on: they may quote the
 * address, and some providers take their key there.
 */
export function unreachable(provider: string, error: unknown): GatewayError {
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') {
    return providerUnreachable(provider, 'the connection failed').because(error)
  }
  const why = Object.hasOwn(reasons, code) ? reasons[code]! : `the connection failed with ${code}`
  return providerUnreachable(provider, why).because(error)
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ConnectionRefused: 'nothing listens at its address',
  ECONNRESET: 'it broke off the connection while it was being made',
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS did not answer',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'its host is not reachable from here',
  ENETUNREACH: 'its network is not reachable from here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is from an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  EPROTO: 'it does not speak TLS at this port',
}
