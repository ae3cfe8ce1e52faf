import type { Json } from '../json.ts'
import type { Door, Event, Problem } from './dialect.ts'

/**
 * What all paths of Cohere's share: how an error looks.
 * Source: https://docs.cohere.com/reference/errors and recorded answers (read 2026-11-22).
 */
export const cohereWords = {
  requestIdHeader: 'x-debug-trace-id',
  refuse: ({ message }: Problem, requestId: string): Json => ({ id: requestId, message }),
  fail: ({ message }: Problem, requestId: string): Event => ({
    name: 'message-end',
    data: {
      type: 'message-end',
      id: requestId,
      delta: { error: message, finish_reason: 'ERROR' },
    },
    mark: 'other',
    tokens: 0,
  }),
} satisfies Pick<Door, 'requestIdHeader' | 'refuse' | 'fail'>
