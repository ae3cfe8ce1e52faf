import { expect, test } from 'bun:test'
import type { Clock } from '../../core/clock.ts'
import { type GatewayError, providerFailed, providerTimeout } from '../../core/errors.ts'
import { readJsonObject } from '../../core/json.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import { SseParser } from '../../dialects/sse.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { StreamedAnswer } from './answer.ts'
import { anOpenAttempt } from './attempt.suite.ts'
import { hold } from './held.ts'
import type { Parts } from './parts.ts'
import { EventSource } from './source.ts'
import { Trip } from './trip.ts'

const event = (type: string, more: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
const words = (text: string): string =>
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
const begun = [
  event('message_start', {
    message: { id: 'a', role: 'assistant', content: [], model: 'm', usage: { input_tokens: 900 } },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  words('The moon draws the water'),
]

test.each([
  ['ends', begun, null, 'provider_cut'],
  ['breaks', begun, providerFailed('acme', 'it broke off the connection'), 'provider_cut'],
  ['is silent', begun, providerTimeout('acme', 'the next part of the answer', '1 s'), 'timeout'],
  [
    'tells of an error in the same read',
    [
      ...begun.slice(0, 2),
      begun[2]! + event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
    ],
    null,
    'provider_error',
  ],
])('what was said before a held answer %s is counted', async (_, chunks, breaks, endState) => {
  const { row } = await scene(chunks, breaks)
  expect(row).toMatchObject({ endState, usageSource: 'estimate', usage: { input: 900, output: 6 } })
})

/** A stream that is held, from its first chunk on, and does not come to its end. */
async function scene(chunks: readonly string[], breaks: GatewayError | null) {
  const rows: AttemptRecord[] = []
  const clock: Clock = { now: () => 0 as never, elapsedUs: () => 0, sleep: async () => {} }
  const dialect = anthropicMessages
  const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Why tides?' }] }
  const call = dialect.readCall(readJsonObject(JSON.stringify({ ...body, stream: true })))
  const trip = new Trip(
    { id: 'a-1', dialect, header: () => null, arrivedUs: 0, ended: () => {} } as never,
    { id: 'web', env: null } as never,
    call,
    { customer: null, feature: null, session: null },
    { payloads: 'none', hash: 'h', catalog: { find: () => null } } as never,
    clock,
  )
  trip.attempts = 1
  const attempt = anOpenAttempt('cascade_step')
  const parts = {
    clock,
    ledger: { append: (row: AttemptRecord) => void rows.push(row) },
    observe: () => {},
    alarms: { raise: () => {} },
    health: { failed: () => {}, brokeOff: () => {}, isClear: true },
  } as unknown as Parts
  const waiting = [...chunks]
  const exchange = {
    read: async () => {
      const chunk = waiting.shift()
      if (chunk === undefined && breaks !== null) throw breaks
      return chunk === undefined ? null : Buffer.from(chunk)
    },
    cancel: () => {},
  } as unknown as Exchange
  const reader = dialect.startReading!({})
  const source = new EventSource('acme', exchange, reader, new SseParser(), null)
  const answer = { kind: 'stream', attempt, door: { dialect }, source, begun: [], fault: null }
  const held = await hold(trip, answer as unknown as StreamedAnswer, parts).catch(
    (error: unknown) => error,
  )
  expect(held).toBeInstanceOf(Error)
  expect(rows).toHaveLength(1)
  return { row: rows[0]! }
}
