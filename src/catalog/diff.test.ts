import { describe, expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import type { Decimal } from '../core/money.ts'
import { diffOf } from './diff.ts'
import type { Price, PriceSegment } from './model.ts'

const now = 1_790_000_000_000_000 as Instant

function card(
  price: Readonly<Record<string, string>>,
  more: Partial<PriceSegment> = {},
): readonly PriceSegment[] {
  const read = price as Readonly<Record<string, Decimal>> as Price
  return [{ id: 'base', price: read, currency: 'USD', source: 'a table', readOn: null, ...more }]
}

const doubts = (before: string, after: string): string =>
  diffOf(card({ input: before }), card({ input: after }), now)
    .moves.flatMap((move) => move.doubts)
    .join('; ')

test('a price that is written otherwise is the same', () => {
  expect(diffOf(card({ input: '0.60' }), card({ input: '0.6' }), now).what).toBe('same')
})

test('a price that comes first is new, and has nothing to be compared with', () => {
  const found = diffOf([], card({ input: '1', output: '2' }), now)
  expect(found).toMatchObject({ what: 'new', doubts: [] })
  expect(found.moves.map(({ meter, after }) => `${meter} ${after}`)).toEqual([
    'input 1',
    'output 2',
  ])
})

test('a model that would be free for the first time is doubted: it may be a plan', () => {
  expect(diffOf([], card({ input: '0', output: '0' }), now).doubts.join()).toContain('plan')
})

describe('moves that look like a slip', () => {
  test.each([
    ['1', '3', ''],
    ['1', '3.01', 'three times'],
    ['3', '1', ''],
    ['3.01', '1', 'a third'],
    ['0', '1', 'was free'],
    ['1', '0', 'would be free'],
    ['0.02', '2', '100 times'],
    ['2', '0.02', '100 times'],
    ['0.5', '502', '1000 times'],
    ['0.14', '0.98', 'yuan'],
    ['1', '0.14', 'yuan'],
    ['1', '8', 'three times'],
  ])('%s to %s', (before, after, says) => {
    expect(doubts(before, after)).toContain(says)
    if (says === '') expect(doubts(before, after)).toBe('')
    if (after === '8') expect(doubts(before, after)).not.toContain('yuan')
  })

  test('another currency', () => {
    const after = card({ input: '1' }, { currency: 'CNY' })
    expect(diffOf(card({ input: '1' }), after, now).doubts.join()).toContain('CNY')
  })

  test('one price for a card that changes with the hour', () => {
    const before = [
      ...card({ input: '1' }),
      ...card({ input: '2' }, { id: 'peak', windows: [[60, 240]] }),
    ]
    expect(diffOf(before, card({ input: '1.1' }), now).doubts.join()).toContain('hour')
  })
})

test('a tier moves for itself', () => {
  const tier = (price: string) => ({
    tiers: [{ aboveInputTokens: 200_000, price: { input: price as Decimal } }],
  })
  const found = diffOf(card({ input: '1' }, tier('2')), card({ input: '1' }, tier('2.5')), now)
  expect(found.moves).toMatchObject([
    { meter: 'input above 200000', before: '2', after: '2.5', ratio: '1.25' },
  ])
})
