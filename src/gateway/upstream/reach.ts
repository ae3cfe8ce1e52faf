import { type GatewayError, providerTimeout, providerUnreachable } from '../../core/errors.ts'
import { durationText } from './clocks.ts'

/** A connection that was seen to work this lately is taken to work still. */
const freshMs = 60_000

/** When each origin last answered. One entry for each configured address, so it stays small. */
const answered = new Map<string, number>()

export function markAnswered(origin: string, nowMs: number): void {
  answered.set(origin, nowMs)
}

/**
 * Opens and closes a connection to an origin that has not answered lately, so that a host which
 * swallows packets costs the connect limit and not the limit of the whole answer: `fetch` cannot tell
 * the two apart.
 * @throws provider_timeout, provider_unreachable
 */
export async function reach(
  provider: string,
  url: URL,
  limitMs: number,
  nowMs: number,
): Promise<void> {
  const seen = answered.get(url.origin)
  if (seen !== undefined && nowMs - seen < freshMs) return
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const limit = setTimeout(() => {
    reject(providerTimeout(provider, 'the connection', durationText(limitMs)))
  }, limitMs)
  Bun.connect({
    hostname,
    port,
    socket: {
      open(socket) {
        socket.end()
        resolve()
      },
      data() {},
      connectError(_socket, error) {
        reject(unreachable(provider, error))
      },
    },
  }).catch((error: unknown) => {
    reject(unreachable(provider, error))
  })
  try {
    await promise
  } finally {
    clearTimeout(limit)
  }
}

/** In words that a reader of the log can act on. */
export function unreachable(provider: string, error: unknown): GatewayError {
  const code = (error as { code?: unknown }).code
  const known = typeof code === 'string' && Object.hasOwn(reasons, code) ? reasons[code] : undefined
  const why = known ?? (error instanceof Error ? error.message : String(error))
  return providerUnreachable(provider, why).because(error)
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ConnectionRefused: 'nothing listens at its address',
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS did not answer',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'its host is not reachable from here',
  ENETUNREACH: 'its network is not reachable from here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  EPROTO: 'it does not speak TLS at this port',
}
