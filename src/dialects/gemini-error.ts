import type { ErrorKind, GatewayError } from '../core/errors.ts'
import type { ProviderWords } from './dialect.ts'
import { isObject } from './fields.ts'
import { readOpenaiError } from './openai-error.ts'

/**
 * Errors as Google's APIs write them, for all of Gemini's operations.
 * @see https://cloud.google.com/apis/design/errors (read 2026-11-21)
 */

/** By this the errors that a gateway like this one wrote are known. */
const ownDomain = 'freehold'
const typePrefix = 'type.googleapis.com/google.rpc'

export function readGeminiError(text: string): ProviderWords {
  return ownWords(text) ?? readOpenaiError(text)
}

/** Our own details repeat what the sentence says: behind it they would say it twice. */
function ownWords(text: string): ProviderWords | null {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return null
  }
  const outer = Array.isArray(body) ? (body as unknown[])[0] : body
  const error = isObject(outer) && isObject(outer['error']) ? outer['error'] : {}
  const { message, status, details } = error
  const own = (Array.isArray(details) ? details.filter(isObject) : []).find(
    ({ domain }) => domain === ownDomain,
  )
  if (!own || typeof message !== 'string') return null
  const { reason, metadata } = own
  const param = isObject(metadata) ? metadata['param'] : null
  return {
    code: typeof reason === 'string' ? reason.toLowerCase() : null,
    type: typeof status === 'string' ? status : null,
    message,
    param: typeof param === 'string' ? param : null,
  }
}

const statuses = {
  invalid_request: 'INVALID_ARGUMENT',
  authentication: 'UNAUTHENTICATED',
  permission: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  too_large: 'INVALID_ARGUMENT',
  rate_limit: 'RESOURCE_EXHAUSTED',
  billing: 'RESOURCE_EXHAUSTED',
  overloaded: 'UNAVAILABLE',
  timeout: 'DEADLINE_EXCEEDED',
  upstream: 'INTERNAL',
  internal: 'INTERNAL',
} satisfies Record<ErrorKind, string>

export function writeGeminiError(error: GatewayError, requestId: string): string {
  const { message, kind, status, code, param, retryAfterMs } = error
  const info = {
    '@type': `${typePrefix}.ErrorInfo`,
    reason: code.toUpperCase(),
    domain: ownDomain,
    metadata: param === null ? {} : { param },
  }
  const retry =
    retryAfterMs === null
      ? []
      : [{ '@type': `${typePrefix}.RetryInfo`, retryDelay: `${retryAfterMs / 1_000}s` }]
  const request = { '@type': `${typePrefix}.RequestInfo`, requestId }
  return JSON.stringify({
    error: { code: status, message, status: statuses[kind], details: [info, ...retry, request] },
  })
}
