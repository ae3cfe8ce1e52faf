import { describe, expect, test } from 'bun:test'
import type { Clock } from '../../core/clock.ts'
import { ledgerUnavailable, providerFailed } from '../../core/errors.ts'
import { readJsonObject } from '../../core/json.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { SseParser } from '../../dialects/sse.ts'
import type { Payload } from '../../store/ports.ts'
import { Clocks } from '../upstream/clocks.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { StreamedAnswer } from './answer.ts'
import { anOpenAttempt } from './attempt.suite.ts'
import { Keeping, KeepingRoom } from './keeping.ts'
import type { Parts } from './parts.ts'
import { relay } from './relay.ts'
import { EventSource } from './source.ts'
import { Trip } from './trip.ts'

const whole = [
  'data: {"id":"a","model":"m","choices":[{"index":0,"delta":{"content":"Yes"}}]}\n\n',
  'data: {"id":"a","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: [DONE]\n\n',
]

describe('the words of a stream', () => {
  test('are put together where they are kept', async () => {
    const { passOn, payloads, written } = scene('full', whole)
    await passOn()
    expect(written()).toBe(1)
    expect(payloads[0]!.answer).toContain('"content":"Yes"')
  })

  test('are not even put together where nothing is kept', async () => {
    const { passOn, payloads, written, rows } = scene('none', whole)
    expect(await passOn()).toBe(whole.join(''))
    expect([written(), payloads.length, rows.length]).toEqual([0, 0, 1])
  })
})

test('the end of a stream comes after its row, and after what it leaves for later calls', async () => {
  const { passOn, rows, events } = scene('none', whole)
  await passOn()
  expect(rows).toMatchObject([{ endState: 'complete', finish: 'stop' }])
  expect(events).toEqual(['row', 'flushed', 'settled', 'end'])
})

test('a stream that broke off has a row, an error and no end', async () => {
  const { passOn, rows } = scene('none', whole.slice(0, 1))
  const text = await passOn()
  expect(rows).toMatchObject([{ endState: 'provider_cut', errorCode: 'provider_failed' }])
  expect(text).toContain('"error"')
  expect(text).not.toContain('[DONE]')
})

test('a stream that broke off before the second of two answers said a word is not whole', async () => {
  const begun = [0, 1].map((index) => ({ index, delta: { role: 'assistant', content: '' } }))
  const first = `data: ${JSON.stringify({ id: 'a', model: 'm', choices: begun })}\n\n`
  const { passOn, rows } = scene('none', [first, ...whole.slice(0, 2)])
  expect(await passOn()).not.toContain('[DONE]')
  expect(rows).toMatchObject([{ endState: 'provider_cut', errorCode: 'provider_failed' }])
})

test('a count of nothing for what was said is no count, whenever it comes', async () => {
  const counts = (count: number) => ({ prompt_tokens: count, completion_tokens: count })
  const counted = (count: number) =>
    `data: ${JSON.stringify({ id: 'a', model: 'm', choices: [], usage: counts(count) })}\n\n`
  for (const before of [[], [counted(5)]]) {
    const { passOn, rows } = scene('none', [
      ...before,
      ...whole.slice(0, 2),
      counted(0),
      ...whole.slice(2),
    ])
    await passOn()
    expect(rows).toMatchObject([{ endState: 'complete', usageSource: 'estimate' }])
    expect(rows[0]?.usage).toMatchObject({ input: 20, output: 1 })
  }
})

test('what its provider takes between the words is no time of the gateway', async () => {
  const { passOn, rows } = scene('none', whole)
  await passOn()
  expect(rows).toMatchObject([{ totalUs: whole.length * pauseUs, overheadUs: 0 }])
})

/** By the clock of a scene, before each chunk. */
const pauseUs = 1_000_000

test.each([
  ['behind the last word takes nothing away', 2, 'complete', true],
  ['before it is a failure', 1, 'provider_cut', false],
])('a connection that breaks %s', async (_, count, endState, isWhole) => {
  const { passOn, rows } = scene('none', whole.slice(0, count), true)
  const text = await passOn()
  expect(rows).toMatchObject([{ endState }])
  expect([text.endsWith('data: [DONE]\n\n'), text.includes('"error"')]).toEqual([isWhole, !isWhole])
})

test('a stream whose row cannot be kept has an error for its end, and is given to nobody again', async () => {
  const { passOn, keep } = scene('none', whole, false, true)
  const kept = keep()
  const text = await passOn()
  expect([text.includes('"code":"ledger_unavailable"'), text.includes('[DONE]')]).toEqual([
    true,
    false,
  ])
  expect(kept).toEqual(['failed'])
})

/**
 * @param breaks  the connection breaks behind the chunks
 * @param isFull  no row can be written
 */
function scene(
  payloads: 'full' | 'none',
  chunks: readonly string[],
  breaks = false,
  isFull = false,
) {
  let written = 0
  const [rows, kept, events]: [AttemptRecord[], Payload[], string[]] = [[], [], []]
  let elapsedUs = 0
  const clock: Clock = { now: () => 0 as never, elapsedUs: () => elapsedUs, sleep: async () => {} }
  const dialect = {
    ...openaiChat,
    writeReply: (...given: Parameters<typeof openaiChat.writeReply>) => {
      written += 1
      return openaiChat.writeReply(...given)
    },
  }
  const body = { model: 'acme/m', stream: true, messages: [{ role: 'user', content: 'Well?' }] }
  const call = openaiChat.readCall(readJsonObject(JSON.stringify(body)))
  const incoming = { id: 'a-1', dialect, header: () => null, arrivedUs: 0, ended: () => {} }
  const attribution = { customer: null, feature: null, session: null }
  const trip = new Trip(
    incoming as never,
    { id: 'web', env: null } as never,
    call,
    attribution,
    { payloads, hash: 'h' } as never,
    clock,
  )
  trip.attempts = 1
  const attempt = anOpenAttempt('served')
  const parts = {
    clock,
    ledger: {
      append: (row: AttemptRecord) => {
        rows.push(row)
        events.push('row')
      },
      flushed: async () => {
        if (isFull) throw ledgerUnavailable()
        events.push('flushed')
      },
    },
    shelf: { settled: async () => void events.push('settled') },
    payloads: { keep: (payload: Payload) => void kept.push(payload) },
    observe: () => {},
    alarms: { raise: () => {} },
    health: { brokeOff: () => {}, isClear: true },
    tokenRatios: { observe: () => {} },
    latencies: { observeAnswer: () => {} },
    vault: { remember: () => {} },
  } as unknown as Parts
  const waiting = [...chunks]
  const exchange = {
    clocks: new Clocks('acme', () => {}),
    read: async () => {
      const chunk = waiting.shift()
      elapsedUs += pauseUs
      if (chunk === undefined && breaks) throw providerFailed('acme', 'it broke off the connection')
      return chunk === undefined ? null : Buffer.from(chunk)
    },
    drain: () => {},
    cancel: () => {},
  } as unknown as Exchange
  const source = new EventSource(
    'acme',
    exchange,
    openaiChat.startReading!({}),
    new SseParser(),
    null,
  )
  const door = { dialect }
  const answer = { kind: 'stream', attempt, door, source, begun: [], fault: null }
  return {
    rows,
    payloads: kept,
    events,
    written: () => written,
    /** Records the answer for calls to come. @returns what becomes of that */
    keep: (): readonly string[] => {
      const told: string[] = []
      trip.keeping = new Keeping(new KeepingRoom(), trip.id)
      trip.keeping.add({ keep: () => told.push('kept'), fail: () => told.push('failed') })
      return told
    },
    passOn: async (): Promise<string> => {
      const relayed = await relay(
        trip,
        answer as unknown as StreamedAnswer,
        parts,
        async () => null,
      )
      const passed = await trip.keeping?.passOn(
        relayed,
        () => null,
        () => null,
      )
      const text = await new Response((passed ?? relayed).body).text()
      events.push('end')
      return text
    },
  }
}
