import { expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { describedAs, makeCatalog } from './catalog.ts'
import type { PriceSegment } from './model.ts'
import { inMode, modeNamed } from './mode.ts'

const now = instant('2026-11-22T00:00:00Z')

function segment(id: string, input: string): PriceSegment {
  const price = { input: decimal(input), output: decimal('1') }
  return { id, price, currency: 'USD', source: 'a test', readOn: null }
}

const tiered = {
  ...describedAs('acme', 'tiered'),
  prices: [segment('base', '4')],
  modes: { flex: [segment('flex', '2')] },
}
const plain = { ...describedAs('acme', 'plain'), prices: [segment('base', '4')] }
const elsewhere = { ...describedAs('birch', 'plain'), prices: [segment('base', '4')] }
const catalog = makeCatalog([tiered, plain, elsewhere])
const idIn = (provider: string, model: string, mode: string | null): string | null => {
  const found = catalog.find(provider, model, now)!
  return inMode(found, mode, now, catalog).segment?.id ?? null
}

test('a mode has the price on its card', () => {
  expect(idIn('acme', 'tiered', null)).toBe('base')
  expect(idIn('acme', 'tiered', 'flex')).toBe('flex')
})

test('where the seller asks otherwise for it, and not for this model, the price is not known', () => {
  expect(idIn('acme', 'plain', 'flex')).toBeNull()
})

test('where the seller has no such mode on its card, the price is the usual one', () => {
  expect(idIn('birch', 'plain', 'flex')).toBe('base')
  expect(idIn('acme', 'plain', 'scale')).toBe('base')
})

test('a word that every object knows is no mode', () => {
  expect(idIn('acme', 'tiered', 'constructor')).toBe('base')
  expect(idIn('acme', 'tiered', '__proto__')).toBe('base')
})

test.each([
  ['default', null],
  ['standard', null],
  ['', null],
  [null, null],
  ['on_demand', null],
  ['Priority', 'priority'],
  ['a word with spaces', null],
  ['__proto__', null],
  ['x'.repeat(41), null],
])('an answer that was served as %p was served as %p', (word, mode) => {
  expect(modeNamed(word)).toBe(mode)
})
