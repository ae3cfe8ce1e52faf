import { describe, expect, test } from 'bun:test'
import { limitsFor } from './request.ts'

const provider = {
  timeouts: { connect: 1_000, idle: 5_000 },
  modelTimeouts: new Map([['thinker', { idle: 60_000, first_content: 120_000 }]]),
}

describe('limits of time', () => {
  test('those of the task go before those of the model, and these before those of the provider', () => {
    const task = { timeouts: { first_content: 20_000 } }
    expect(limitsFor(true, provider, 'thinker', task)).toEqual({
      connect: 1_000,
      headers: undefined,
      firstContent: 20_000,
      idle: 60_000,
      total: 600_000,
    })
  })

  test('other models have those of the provider, and what is unset is as it always is', () => {
    expect(limitsFor(true, provider, 'other', null)).toEqual({
      connect: 1_000,
      headers: undefined,
      firstContent: 30_000,
      idle: 5_000,
      total: 600_000,
    })
  })

  test('an answer that is not streamed has no limit within', () => {
    const unset = { timeouts: {}, modelTimeouts: new Map() }
    expect(limitsFor(false, unset, 'other', null)).toEqual({
      connect: 2_000,
      headers: undefined,
      firstContent: undefined,
      idle: undefined,
      total: 600_000,
    })
  })
})
