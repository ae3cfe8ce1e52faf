import type { Extra } from '../../core/call.ts'
import type { ErrorKind, GatewayError } from '../../core/errors.ts'
import { writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'

/** How a stream ends that failed after it began. */

/**
 * The event has its fields at the top by the specification, and within `error` as OpenAI sends it:
 * clients look in either place.
 */
export function errorEvent(error: GatewayError, requestId: string, sequence: number): string {
  const { error: inner } = JSON.parse(writeOpenaiError(error, requestId)) as { error: Extra }
  const { code, message, param } = error
  const event = { type: 'error', code, message, param, error: inner, sequence_number: sequence }
  return sseText(JSON.stringify(event), 'error')
}

/** The few codes that a response may fail with. */
const codes = {
  invalid_request: 'invalid_prompt',
  authentication: 'server_error',
  permission: 'server_error',
  not_found: 'server_error',
  too_large: 'invalid_prompt',
  rate_limit: 'rate_limit_exceeded',
  billing: 'server_error',
  overloaded: 'server_error',
  timeout: 'server_error',
  upstream: 'server_error',
  internal: 'server_error',
} satisfies Record<ErrorKind, string>

/** The error, and the response as far as it came. */
export function failedEvents(
  error: GatewayError,
  requestId: string,
  sequence: number,
  response: Extra,
): string {
  const failed = {
    ...response,
    status: 'failed',
    error: { code: codes[error.kind], message: error.message },
  }
  const event = { type: 'response.failed', sequence_number: sequence + 1, response: failed }
  return errorEvent(error, requestId, sequence) + sseText(JSON.stringify(event), event.type)
}
