import { describe, expect, test } from 'bun:test'
import { Fold } from './fold.ts'
import type { Delta } from './reply.ts'
import { type Measured, noUsage } from './usage.ts'

const measured: Measured = {
  usage: { ...noUsage, input: 7, output: 1 },
  source: 'provider',
  raw: null,
  reportedUsd: null,
  clamped: false,
}
const count: Delta = { type: 'usage', measured, alone: false }
const word: Delta = { type: 'text', choice: 0, text: 'Yes' }

describe('a count', () => {
  test('behind which more is said is early', () => {
    expect(folded(count, word).measured).toEqual({ ...measured, early: true })
  })

  test('behind the last word is the count', () => {
    expect(folded(count, word, count).measured).toEqual(measured)
    expect(folded(word, count).measured).toEqual(measured)
  })
})

function folded(...deltas: readonly Delta[]) {
  const fold = new Fold()
  for (const delta of deltas) fold.take(delta)
  return fold.reply()
}
