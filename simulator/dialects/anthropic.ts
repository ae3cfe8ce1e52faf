import type { JsonObject } from '../json.ts'
import type { Door, Problem } from './dialect.ts'

/**
 * What all paths of Anthropic's share: how an error looks.
 * Source: https://docs.claude.com/en/api/errors and recorded answers (read 2026-11-21).
 */

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

export const anthropicWords = {
  requestIdHeader: 'request-id',
  refuse: (problem: Problem, requestId: string): JsonObject => ({
    ...errorBody(problem),
    request_id: requestId,
  }),
  fail: (problem: Problem, requestId: string) => ({
    name: 'error',
    data: { ...errorBody(problem), request_id: requestId },
    mark: 'other' as const,
    tokens: 0,
  }),
} satisfies Pick<Door, 'requestIdHeader' | 'refuse' | 'fail'>

function errorBody({ status, message }: Problem): JsonObject {
  return { type: 'error', error: { type: types[status] ?? 'api_error', message } }
}
