import { expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { fxAt } from './fx.ts'

test.each([
  ['2020-01-01', '6.7855', 'before all of them, the earliest'],
  ['2026-07-07', '6.7855', 'on its day'],
  ['2026-08-01T23:59:59Z', '6.7855', 'until the next is known'],
  ['2026-08-02', '6.7649', 'from the first moment of its day'],
  ['2026-08-17T12:00:00Z', '6.7487', 'in the middle of a day'],
  ['2027-06-01', '6.7379', 'after all of them, the last'],
])('at %s a dollar is %s yuan: %s', (at, rate) => {
  expect(fxAt(instant(at))).toBe(decimal(rate))
})
