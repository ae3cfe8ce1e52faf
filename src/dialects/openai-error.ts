import type { ErrorKind, GatewayError } from '../core/errors.ts'
import type { ProviderWords } from './dialect.ts'
import { isObject } from './fields.ts'

/** Errors as OpenAI and those who claim its dialects write them, for all of its operations. */

/**
 * OpenAI's object, Mistral's flat one and `detail`, FastAPI's list, the strings of Ollama, Fireworks
 * and TGI, Baidu's older pair.
 */
export function readOpenaiError(text: string): ProviderWords {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { code: null, type: null, message: plainWords(text), param: null }
  }
  const outer = Array.isArray(body) ? (body as unknown[])[0] : body // Google wraps some in a list
  if (!isObject(outer)) return { code: null, type: null, message: plainWords(text), param: null }
  const inner = isObject(outer['error']) ? outer['error'] : outer
  const { error, error_msg: legacy, detail, message: beside } = outer
  const message =
    [inner['message'], error, legacy, detail, beside].find(
      (word) => typeof word === 'string' && word !== '',
    ) ??
    faultsIn(detail ?? inner['message']) ??
    plainWords(text)
  return {
    code: wordOrNull(inner['code'] ?? outer['error_code'] ?? outer['code']),
    type: wordOrNull(inner['type'] ?? inner['status'] ?? outer['type'] ?? outer['error_type']),
    message: [message, ...googleDetails(inner['details'])].map(String).join(' '),
    param: wordOrNull(inner['param']),
  }
}

/**
 * Google tells the reason, the quota and the wait in `details`, and not always in the sentence: as
 * words behind it they are there for rules and readers alike.
 */
function googleDetails(details: unknown): string[] {
  if (!Array.isArray(details)) return []
  return details.filter(isObject).flatMap((detail): string[] => {
    const { reason, violations, retryDelay } = detail
    const quotas = Array.isArray(violations) ? violations.filter(isObject) : []
    return [
      ...(typeof reason === 'string' ? [`(${reason})`] : []),
      ...quotas.flatMap(({ quotaId }) => (typeof quotaId === 'string' ? `(${quotaId})` : [])),
      ...(typeof retryDelay === 'string' ? [`Please retry in ${retryDelay}.`] : []),
    ]
  })
}

/** FastAPI's list of what is wrong and where, which Mistral puts under `message.detail`. */
function faultsIn(detail: unknown): string | null {
  const list = isObject(detail) ? detail['detail'] : detail
  if (!Array.isArray(list)) return null
  const faults = list.filter(isObject).flatMap(({ loc, msg }) => {
    if (typeof msg !== 'string') return []
    return Array.isArray(loc) ? `${loc.join('.')}: ${msg}` : msg
  })
  return faults.length > 0 ? faults.join('; ') : null
}

/** What a page or a plain line says, without its markup. */
function plainWords(text: string): string {
  const words = text
    .slice(0, 4_000)
    .replaceAll(/<(style|script)[^<]*<\/\1>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words === '' ? 'it said nothing' : words.slice(0, 300)
}

const types = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  billing: 'insufficient_quota',
  overloaded: 'overloaded_error',
  timeout: 'timeout_error',
  upstream: 'upstream_error',
  internal: 'server_error',
} satisfies Record<ErrorKind, string>

export function writeOpenaiError(error: GatewayError, requestId: string): string {
  const { message, kind, param, code } = error
  return JSON.stringify({
    error: { message, type: types[kind], param, code, request_id: requestId },
  })
}

function wordOrNull(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
