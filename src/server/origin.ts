import { type GatewayError, originForeign } from '../core/errors.ts'

/**
 * A page of another site must not change anything here with what the browser of an admin knows, also
 * not by a name that its owner has pointed at this machine. Programs send neither header, and are not
 * asked.
 * @see https://web.dev/articles/fetch-metadata (read 2026-11-22)
 */
export function foreignOrigin(headers: Headers): GatewayError | null {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return originForeign()
  const origin = headers.get('origin')
  if (origin === null) return null
  // Who ends TLS in front of the gateway changes the scheme, and not the host.
  return hostOf(origin) === headers.get('host')?.toLowerCase() ? null : originForeign()
}

/** Null for 'null', which sandboxed pages and files send. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
