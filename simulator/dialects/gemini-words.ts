import type { JsonObject } from '../json.ts'
import type { Door, Problem } from './dialect.ts'

/**
 * How an error looks in Google's APIs.
 * Source: https://ai.google.dev/gemini-api/docs/troubleshooting and recorded answers (read 2026-11-22).
 */
const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

export const geminiWords = {
  requestIdHeader: 'x-request-id',
  refuse: (problem: Problem): JsonObject => errorBody(problem),
  fail: (problem: Problem) => ({
    name: null,
    data: errorBody(problem),
    mark: 'other' as const,
    tokens: 0,
  }),
} satisfies Pick<Door, 'requestIdHeader' | 'refuse' | 'fail'>

function errorBody({ status, message }: Problem): JsonObject {
  return { error: { code: status, message, status: statuses[status] ?? 'UNKNOWN' } }
}
