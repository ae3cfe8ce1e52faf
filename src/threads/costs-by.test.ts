import { expect, test } from 'bun:test'
import { asInBook, type PriceVersion } from '../catalog/book.ts'
import { describedAs } from '../catalog/catalog.ts'
import { mergedWhole } from '../catalog/merge.ts'
import type { PriceSegment } from '../catalog/model.ts'
import { type Instant, instant } from '../core/clock.ts'
import { firstIdAt } from '../core/ids.ts'
import type { Decimal, Money } from '../core/money.ts'
import { noUsage } from '../core/usage.ts'
import { aRecord } from '../store/rows.suite.ts'
import { costsBy } from './costs-by.ts'

const card = (input: string, more: Partial<PriceSegment> = {}): PriceSegment => ({
  id: 'base',
  price: { input: input as Decimal },
  currency: 'USD',
  source: 'a page',
  readOn: null,
  ...more,
})

/** A million tokens. */
const row = (at: Instant, id: string, dollars: number) =>
  aRecord({
    at,
    callId: firstIdAt(at),
    provider: 'acme',
    model: 'large',
    usage: { ...noUsage, input: 1_000_000 },
    cost: BigInt(dollars * 1e12) as Money,
    costSource: 'table',
    priceId: `acme/large@${id}`,
  })

const [then, later] = [instant('2026-11-10T10:00:00Z'), instant('2026-11-21T10:00:00Z')]
const due = (dollars: number): Money => BigInt(dollars * 1e12) as Money

test('a row of before the past was put right cost what was believed then', () => {
  const printed = [card('1'), card('2', { id: 'november', from: instant('2026-11-01') })]
  const right = mergedWhole(printed, [card('3')], instant('2026-11-05'))
  const version: PriceVersion = {
    id: 1,
    provider: 'acme',
    model: 'large',
    region: 'standard',
    mode: 'standard',
    segments: right,
    knownFrom: instant('2026-11-20'),
    knownTo: null,
  }
  const model = { ...describedAs('acme', 'large'), prices: printed }
  const models = asInBook([model], [version], { provider: 'acme', vendor: 'acme', region: null })
  const costOf = costsBy({ models, own: [], configHash: 'c' })
  expect(costOf(row(then, 'november', 2))).toBe(due(2))
  expect(costOf(row(later, right.at(-1)!.id, 3))).toBe(due(3))
  // Named by a price that held neither by this belief nor by the one before.
  expect(costOf(row(then, 'base', 1))).toBe(due(3))
  expect(costOf(row(then, 'nothing', 1))).toBe('unchecked')
})
