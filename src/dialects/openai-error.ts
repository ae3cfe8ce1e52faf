import type { ErrorKind, GatewayError } from '../core/errors.ts'
import type { ProviderWords } from './dialect.ts'
import { isObject, present } from './fields.ts'
import { plainWords } from './plain-words.ts'

/** Errors as OpenAI and those who claim its dialects write them, for all of its operations. */

/**
 * Whether an answer under status 200 or an event of a stream is an error: most name it `error`, Baidu's
 * older door gives a code, its newer one has answered with nothing but a code and a sentence, and
 * Tencent's own API wraps it in a `Response`. A code of 0 says that all is well.
 */
export function tellsError(wire: Readonly<Record<string, unknown>>): boolean {
  if (present(wire['error']) || present(wire['error_code']) || wire['object'] === 'error')
    return true
  if (isObject(wire['Response'])) return isObject(wire['Response']['Error'])
  const words = wire['message'] ?? wire['msg']
  const { code, choices } = wire
  return present(code) && code !== 0 && typeof words === 'string' && !Array.isArray(choices)
}

/**
 * OpenAI's object, Mistral's flat one and `detail`, FastAPI's list, the strings of Ollama, Fireworks
 * and TGI, Baidu's pairs, Tencent's capitals.
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
  const inner = innerOf(outer)
  const { error, error_msg: legacy, msg, detail, message: beside } = outer
  const message =
    [inner['message'], inner['Message'], error, legacy, msg, detail, beside].find(
      (word) => typeof word === 'string' && word !== '',
    ) ??
    faultsIn(detail ?? inner['message']) ??
    plainWords(text)
  return {
    code: wordOrNull(inner['code'] ?? inner['Code'] ?? outer['error_code'] ?? outer['code']),
    type: wordOrNull(inner['type'] ?? inner['status'] ?? outer['type'] ?? outer['error_type']),
    message: [message, ...googleDetails(inner['details'])].map(String).join(' '),
    param: wordOrNull(inner['param']),
  }
}

function innerOf(outer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (isObject(outer['error'])) return outer['error']
  const native = isObject(outer['Response']) ? outer['Response']['Error'] : undefined
  return isObject(native) ? native : outer
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
