import type { GatewayError } from '../core/errors.ts'
import type { Dialect } from '../dialects/dialect.ts'

/**
 * What a browser has to know of answers that are data: that they are no page whatever they look like,
 * stand in no frame, and are kept nowhere. No header lets a page of another site read any of them.
 */
export const dataHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** An error in the caller's dialect, with its request id and what helps a client to do right next. */
export function errorResponse(
  error: GatewayError,
  dialect: Dialect,
  requestId: string,
  extra: Readonly<Record<string, string>> = {},
): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    'request-id': requestId,
    ...dialect.errorHeaders?.(error),
    ...error.headers,
    ...extra,
  }
  if (error.retryAfterMs !== null) {
    headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1_000))
    headers['retry-after-ms'] = String(Math.ceil(error.retryAfterMs))
  }
  // The gateway has retried and gone elsewhere already: a client that does so too multiplies the load.
  if (error.again === 'here' || error.again === 'elsewhere') headers['x-should-retry'] ??= 'false'
  if (error.status === 408) headers['connection'] = 'close'
  return new Response(dialect.writeError(error, requestId), { status: error.status, headers })
}

export function jsonResponse(value: unknown, requestId: string, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      ...dataHeaders,
      'content-type': 'application/json',
      'x-request-id': requestId,
    },
  })
}
