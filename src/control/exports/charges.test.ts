import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { makeCatalog } from '../../catalog/catalog.ts'
import { describedAs } from '../../catalog/catalog.ts'
import type { Price, PriceSegment } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import { instant } from '../../core/clock.ts'
import { correctionOf } from '../../core/correction.ts'
import { Fraction } from '../../core/fraction.ts'
import { newCallId } from '../../core/ids.ts'
import { type Decimal, type Money, usdText } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { type Kind, kinds, noUsage, type Usage } from '../../core/usage.ts'
import { aRecord } from '../../store/rows.suite.ts'
import { type ChargeLine, picodollars } from '../economics/charge-line.ts'
import { type Charge, Charges } from './charges.ts'
import { focusColumns, focusOf } from './focus.ts'
import { OpenMetrics } from './open-metrics.ts'

const at = instant('2026-11-21T12:00:00Z')
const day = '2026-11-21T00:00:00.000Z'

function catalogWith(segments: readonly PriceSegment[]) {
  return makeCatalog([{ ...describedAs('acme', 'echo'), author: 'the author', prices: segments }])
}

const card = (price: Price, more: Partial<PriceSegment> = {}): PriceSegment => ({
  id: 'base',
  price,
  currency: 'USD',
  source: 'their page',
  readOn: null,
  ...more,
})

function row(segment: PriceSegment, usage: Usage, changes: Partial<AttemptRecord> = {}) {
  const cost = costAt(segment, usage, at)
  const priceId = `acme/echo@${segment.id}`
  return aRecord({ provider: 'acme', model: 'echo', at, usage, cost, priceId, ...changes })
}

function lineOf(charge: Charge): ChargeLine {
  const { above, priceId, unitPrice, costSource, corrected, units, cost, ...same } = charge
  return {
    ...same,
    day_end: '2026-11-22T00:00:00.000Z',
    month: '2026-11-01T00:00:00.000Z',
    month_end: '2026-12-01T00:00:00.000Z',
    above_input_tokens: above,
    price_id: priceId,
    unit_price: unitPrice,
    cost_source: costSource,
    corrected_month: corrected,
    units: String(units),
    cost_usd: usdText(cost as Money),
  }
}

const made = (segments: readonly PriceSegment[]) =>
  new Charges(catalogWith(segments), () => '2026-10-01T00:00:00.000Z')

const price = fc
  .record({
    digits: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    scale: fc.integer({ min: 0, max: 12 }),
  })
  .map(({ digits, scale }) => {
    const text = digits.toString().padStart(scale + 1, '0')
    return (scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`) as Decimal
  })
const usages = fc
  .record(
    Object.fromEntries(kinds.map((kind) => [kind, fc.nat(100_000)])) as Record<
      Kind,
      fc.Arbitrary<number>
    >,
  )
  .map((usage) => ({ ...noUsage, ...usage }))

test('the lines of any rows add up to what the rows cost, to the picodollar', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('USD' as const, 'CNY' as const),
      fc.record({ input: price, output: price, cacheRead: price, search: price, seconds: price }),
      price,
      fc.array(fc.record({ usage: usages, customer: fc.constantFrom('ada', 'bob', null) }), {
        minLength: 1,
        maxLength: 12,
      }),
      (currency, base, dear, calls) => {
        const full = { ...base, images: dear, characters: dear }
        const tiers = [{ aboveInputTokens: 150_000, price: { input: dear } }]
        const segment = card(full, { currency, tiers })
        const charges = made([segment])
        const records = calls.map(({ usage, customer }) => row(segment, usage, { customer }))
        for (const record of records) charges.add(record, day)
        const rows = records.reduce((sum, { cost }) => sum + cost!, 0n)
        const lines = charges.lines()
        expect(lines.reduce((sum, { cost }) => sum + cost, 0n)).toBe(rows)
        expect(charges.coverage()).toMatchObject({ attempts: calls.length, unknown: 0, unsplit: 0 })
        for (const kind of kinds) {
          const units = lines.reduce(
            (sum, line) => sum + (line.meter === kind ? line.units : 0n),
            0n,
          )
          expect(units).toBe(records.reduce((sum, { usage }) => sum + BigInt(usage![kind]), 0n))
        }
        const billed = lines.map((line) => focusOf(lineOf(line)))
        expect(billed.reduce((sum, { BilledCost }) => sum + picodollars(BilledCost!), 0n)).toBe(
          rows,
        )
        for (const each of billed) {
          if (each.ListUnitPrice === null) continue
          const list = Fraction.of(each.ListUnitPrice).times(Fraction.of(each.PricingQuantity!))
          expect(list.compare(Fraction.of(each.ListCost!))).toBe(0)
        }
      },
    ),
    { numRuns: 60 },
  )
})

describe('what cannot be told by meter', () => {
  const segment = card({ input: '1' as Decimal, output: '2' as Decimal })
  const usage = { ...noUsage, input: 10, output: 5 }

  test('is one line with the whole cost, where the price is gone or says otherwise', () => {
    const charges = made([segment])
    charges.add(row(segment, usage, { priceId: 'acme/echo@long-ago' }), day)
    charges.add(row(segment, usage, { cost: 7n as Money }), day)
    charges.add(row(segment, usage, { costSource: 'gpu', priceId: 'acme/echo@gpu' }), day)
    const lines = charges.lines()
    expect(lines.map(({ meter, units }) => [meter, units])).toEqual([
      [null, 0n],
      [null, 0n],
      [null, 0n],
    ])
    expect(lines.reduce((sum, { cost }) => sum + cost, 0n)).toBe(40_000_007n)
    expect(charges.coverage().unsplit).toBe(3)
  })

  test('is told from what is not known, and from what was free', () => {
    const charges = made([segment])
    charges.add(row(segment, usage, { cost: null, costSource: 'unknown' }), day)
    charges.add(row(segment, usage, { cost: 0n as Money, usage: null, costSource: 'none' }), day)
    expect(charges.lines()).toEqual([])
    expect(charges.coverage()).toEqual({ attempts: 2, unknown: 1, free: 1, unsplit: 0 })
  })

  test('is a correction: of a month that was invoiced it is told as one', () => {
    const charges = made([segment])
    const record = row(segment, usage)
    const about = { kind: 'table_error', priceId: 'acme/echo@base', configHash: 'hash' } as const
    const difference = -3n as Money
    charges.add(correctionOf(record, { ...about, id: newCallId(), at, difference }), day)
    const [line] = charges.lines()
    expect(focusOf(lineOf(line!))).toMatchObject({
      BilledCost: '-0.000000000003',
      ChargeCategory: 'Adjustment',
      ChargeClass: 'Correction',
      x_CorrectionKind: 'table_error',
    })
    const running = { ...lineOf(line!), corrected_month: '2026-11-01T00:00:00.000Z' }
    expect(focusOf(running).ChargeClass).toBeNull()
  })
})

test('prices that the book has replaced still tell their rows by meter', () => {
  const before = card({ input: '1' as Decimal })
  const model = {
    ...describedAs('acme', 'echo'),
    prices: [card({ input: '9' as Decimal }, { id: 'next' })],
  }
  const charges = new Charges(makeCatalog([{ ...model, pricesBefore: [before] }]), () => day)
  charges.add(row(before, { ...noUsage, input: 3 }), day)
  expect(charges.lines()).toMatchObject([{ meter: 'input', unitPrice: '1', cost: 3_000_000n }])
})

test('what was served in another mode is a line of its own, by meter', () => {
  const batch = card({ input: '0.5' as Decimal }, { id: 'batch' })
  const model = {
    ...describedAs('acme', 'echo'),
    prices: [card({ input: '1' as Decimal })],
    modes: { batch: [batch] },
  }
  const charges = new Charges(makeCatalog([model]), () => day)
  charges.add(row(batch, { ...noUsage, input: 3 }, { mode: 'batch', region: 'eu-west-1' }), day)
  expect(charges.lines()).toMatchObject([
    { meter: 'input', unitPrice: '0.5', cost: 1_500_000n, mode: 'batch', region: 'eu-west-1' },
  ])
  expect(focusOf(lineOf(charges.lines()[0]!))).toMatchObject({ x_ServiceMode: 'batch' })
})

test('a card in yuan is billed in dollars, and priced in yuan', () => {
  const segment = card({ input: '4' as Decimal }, { currency: 'CNY' })
  const charges = made([segment])
  charges.add(row(segment, { ...noUsage, input: 1_000_000 }), day)
  const focus = focusOf(lineOf(charges.lines()[0]!))
  expect(focus).toMatchObject({
    BillingCurrency: 'USD',
    PricingCurrency: 'CNY',
    PricingCurrencyListUnitPrice: '4',
    PricingCurrencyEffectiveCost: '4',
    ListUnitPrice: null,
  })
  expect(focus.ListCost).toBe(focus.BilledCost)
})

test('a row of FOCUS has every column, in any case', () => {
  const segment = card({ images: '40000' as Decimal })
  const charges = made([segment])
  charges.add(row(segment, { ...noUsage, images: 2 }), day)
  const focus = focusOf(lineOf(charges.lines()[0]!))
  expect(Object.keys(focus).toSorted()).toEqual([...focusColumns].toSorted())
  expect(focus).toMatchObject({ ConsumedUnit: 'Images', PricingUnit: '1000000 Images' })
})

test('OpenMetrics adds up days, and no name ends a line', () => {
  const segment = card({ input: '1' as Decimal })
  const charges = made([segment])
  charges.add(row(segment, { ...noUsage, input: 1 }, { customer: 'a"\n\\b' }), day)
  const metrics = new OpenMetrics()
  for (let days = 0; days < 2; days += 1) metrics.add(charges.lines().map(lineOf))
  expect(metrics.text()).toContain(
    'freehold_charged_usd{provider="acme",model="echo",customer="a\\"\\n\\\\b",feature="summary",meter="input",purpose="served"} 0.000002\n',
  )
})
