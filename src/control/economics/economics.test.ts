import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Fraction } from '../../core/fraction.ts'
import { apportion } from './apportion.ts'
import { breakEvenOf } from './break-even.ts'
import { measuredFleet, waitingOf } from './capacity.ts'
import { concentrationOf, deprecationExposure } from './concentration.ts'
import { varianceOf } from './currency.ts'
import { meanEstimate, ratioEstimate, totalEstimate } from './estimates.ts'
import { focusRow } from './focus.ts'
import { growthOf, marginsOf, whaleCurve } from './margin.ts'
import { cacheBreakEven } from './prices.ts'
import { runwayOf, shockOf } from './shock.ts'

const cents = fc
  .integer({ min: 0, max: 1_000_000 })
  .map((value) => new Fraction(BigInt(value), 100n))
const of = Fraction.of.bind(Fraction)

describe('an amount that is split', () => {
  test('comes together again to the last unit, and no part is more than one off its share', () => {
    const weights = fc.dictionary(
      fc.string({ maxLength: 5 }),
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), weights, (total, record) => {
        const all = Object.values(record).reduce((sum, each) => sum + each, 0n)
        fc.pre(all > 0n)
        const parts = apportion(total, new Map(Object.entries(record)))
        expect([...parts.values()].reduce((sum, each) => sum + each, 0n)).toBe(total)
        for (const [name, part] of parts) {
          const exact = new Fraction(total * record[name]!, all)
          expect(part - exact.floor()).toBeLessThanOrEqual(1n)
          expect(part).toBeGreaterThanOrEqual(exact.floor())
        }
      }),
    )
  })

  test('without any weight is refused', () => {
    expect(() => apportion(5n, new Map([['a', 0n]]))).toThrow('all zero')
  })
})

describe('the break-even of own machines', () => {
  const terms = fc.record({
    apiPerCall: fc.integer({ min: 0, max: 12 }).map(of),
    ownPerCall: fc.integer({ min: 0, max: 4 }).map(of),
    replica: fc.integer({ min: 0, max: 60 }).map(of),
    fixed: fc.integer({ min: 0, max: 120 }).map(of),
    callsPerReplica: fc.bigInt({ min: 1n, max: 9n }),
  })

  test('is what counting every volume finds', () => {
    fc.assert(
      fc.property(terms, (each) => {
        const pays = (calls: bigint): boolean => {
          const replicas = (calls + each.callsPerReplica - 1n) / each.callsPerReplica
          const own = each.fixed
            .plus(each.replica.times(of(replicas)))
            .plus(each.ownPerCall.times(of(calls)))
          return own.compare(each.apiPerCall.times(of(calls))) <= 0
        }
        // Past this many calls nothing changes: each replica gains at least 1, or none does.
        const volumes = Array.from({ length: 2_500 }, (_, i) => BigInt(i + 1))
        const first = volumes.find(pays) ?? null
        const lastNot = volumes.findLast((calls) => !pays(calls)) ?? 0n
        const sustained = lastNot === volumes.at(-1) || first === null ? null : lastNot + 1n
        const found = breakEvenOf(each)
        expect(found.first).toBe(first)
        // Where the gain of a full replica is nothing, each new one is as bad as the one before.
        const gain = each.apiPerCall
          .minus(each.ownPerCall)
          .times(of(each.callsPerReplica))
          .minus(each.replica)
        expect(found.sustainedFrom).toBe(gain.compare(Fraction.zero) <= 0 ? null : sustained)
      }),
      { numRuns: 300 },
    )
  })
})

test('machines that cost nothing are no dearer than calls that cost the same, and never cheaper', () => {
  const [none, one] = [Fraction.zero, Fraction.one]
  const even = { apiPerCall: one, ownPerCall: one, replica: none, fixed: none, callsPerReplica: 4n }
  expect(breakEvenOf(even)).toMatchObject({ first: 1n, sustainedFrom: null })
  expect(breakEvenOf({ ...even, fixed: one })).toMatchObject({ first: null })
})

describe('margins', () => {
  const customers = fc.uniqueArray(
    fc.record({ id: fc.string(), revenue: cents, modelCost: cents }),
    {
      selector: ({ id }) => id,
      minLength: 1,
      maxLength: 20,
    },
  )

  test('of the customers add up to that of all, shared cost included', () => {
    fc.assert(
      fc.property(customers, cents, (each, shared) => {
        const terms = { feeShare: of('0.029'), feeFixed: of('0.30'), shared }
        const { customers: margins, total } = marginsOf(each, terms)
        const sum = Fraction.sum(margins.map(({ contribution }) => contribution))
        expect(sum.compare(total.contribution)).toBe(0)
        expect(Fraction.sum(margins.map((one) => one.shared)).compare(shared)).toBe(0)
        expect(whaleCurve(margins).at(-1)?.compare(sum)).toBe(0)
      }),
    )
  })

  test('without revenue have no percentage, and no fee', () => {
    const terms = { feeShare: of('0.03'), feeFixed: of('0.30'), shared: Fraction.zero }
    const { customers: margins, unprofitable } = marginsOf(
      [{ id: 'free', revenue: Fraction.zero, modelCost: of('3.5') }],
      terms,
    )
    expect(margins[0]).toMatchObject({ margin: null, upstreamCents: null, fees: Fraction.zero })
    expect(unprofitable).toEqual(['free'])
  })

  test('of a growth whose users pay nothing have no break-even', () => {
    const growth = growthOf({
      arpuPaying: Fraction.zero,
      conversion: of('0.1'),
      feeShare: of('0.03'),
      costPerUser: of('0.35'),
      fixed: of(8_000),
    })
    expect(growth).toMatchObject({
      moreUsersMoreLoss: true,
      breakEvenConversion: null,
      breakEvenUsers: null,
    })
  })
})

describe('a price shock', () => {
  test('of the largest tolerable rise leaves the target margin exactly', () => {
    const shares = fc
      .integer({ min: 1, max: 100 })
      .map((value) => new Fraction(BigInt(value), 100n))
    const positive = fc.integer({ min: 1, max: 1_000_000 }).map(of)
    fc.assert(
      fc.property(
        positive,
        positive,
        cents,
        shares,
        shares,
        (revenue, apiCost, otherCost, share, targetMargin) => {
          const fixed = { revenue, apiCost, otherCost, share, targetMargin }
          const plain = { reroutedShare: Fraction.zero, alternativeRatio: Fraction.one }
          const { riseMax } = shockOf({ ...fixed, ...plain, rise: Fraction.zero })
          const struck = shockOf({ ...fixed, ...plain, rise: riseMax! })
          expect(struck.marginAfter?.compare(targetMargin)).toBe(0)
        },
      ),
    )
  })

  test('that meets nothing has no largest rise, and no revenue no margin', () => {
    const result = shockOf({
      revenue: Fraction.zero,
      apiCost: of(10),
      otherCost: Fraction.zero,
      share: Fraction.zero,
      rise: of(3),
      reroutedShare: Fraction.zero,
      alternativeRatio: Fraction.one,
      targetMargin: Fraction.zero,
    })
    expect(result).toMatchObject({ riseMax: null, marginAfter: null, apiCostAfter: of(10) })
  })

  test('shortens the runway', () => {
    const terms = {
      cash: 300_000,
      revenue: 20_000,
      revenueGrowth: 0.05,
      apiCost: 15_000,
      apiGrowth: 0.08,
      otherCost: 40_000,
      feeShare: 0.03,
      shock: 0,
      shockMonth: 1,
      monthsMax: 120,
    }
    expect(runwayOf({ ...terms, shock: 0.5 }).months!).toBeLessThan(runwayOf(terms).months!)
    expect(runwayOf({ ...terms, revenue: 80_000, apiGrowth: 0 }).months).toBeNull()
  })
})

describe('a variance of prices', () => {
  test('is the vendor and the exchange rate, and nothing besides', () => {
    const positive = fc
      .integer({ min: 1, max: 100_000 })
      .map((value) => new Fraction(BigInt(value), 1_000n))
    fc.assert(
      fc.property(positive, positive, positive, positive, positive, (p0, p1, r0, r1, quantity) => {
        const { total } = varianceOf({
          priceBefore: p0,
          priceAfter: p1,
          rateBefore: r0,
          rateAfter: r1,
          quantity,
        })
        const plain = p1.over(r1).minus(p0.over(r0)).times(quantity)
        expect(total.compare(plain)).toBe(0)
      }),
    )
  })
})

describe('waiting', () => {
  test('needs slots: a queue that gets more than it serves has no figure', () => {
    const waiting = waitingOf({ arrivals: 3, service: 6, slots: 16 })
    expect(waiting).toMatchObject({ stable: false, waits: null, meanS: null })
    expect(waiting.longerThan(1)).toBeNull()
  })

  test('is less with each slot more', () => {
    const at = (slots: number): number => waitingOf({ arrivals: 2, service: 6, slots }).waits!
    for (let slots = 13; slots < 40; slots += 1) expect(at(slots + 1)).toBeLessThan(at(slots))
  })

  test('no measured point that keeps the limits: no fleet', () => {
    const point = { concurrency: 4, gpus: 1, callsPerSecond: 0.9, ttftMs: 120, tpotMs: 19 }
    const terms = {
      ttftMaxMs: 100,
      tpotMaxMs: 50,
      arrivals: 3,
      peakToAverage: 3,
      usdPerGpuHour: 1.79,
      hoursPerMonth: 730,
      inputTokens: 217,
      outputTokens: 201,
    }
    expect(measuredFleet([point], terms)).toBeNull()
    expect(measuredFleet([], terms)).toBeNull()
  })
})

describe('estimates', () => {
  test('of too little are not given', () => {
    expect(meanEstimate([1], 1.96)).toBeNull()
    expect(ratioEstimate([1, 2], [0, 0], 1.96)).toBeNull()
  })

  test('of a stratum looked at whole have no doubt', () => {
    const { value, low, high } = totalEstimate(
      [{ size: 500, sampled: 500, mean: 0.9, variance: 0.4 }],
      1.96,
    )
    expect([value, low, high]).toEqual([450, 450, 450])
  })
})

describe('the rest', () => {
  test('spending of nothing is not concentrated anywhere', () => {
    expect(concentrationOf([])).toBeNull()
    expect(concentrationOf([0, 0])).toBeNull()
  })

  test('a model without a date is not exposed, and no spending has no share', () => {
    const exposure = deprecationExposure([{ id: 'a', spend: 0, shutdown: null }], '2026-11-22', 90)
    expect(exposure).toEqual({ spend: 0, share: null, models: [] })
  })

  test('a cached token that is no cheaper never pays', () => {
    expect(cacheBreakEven(of('1.25'), Fraction.one)).toBeNull()
  })

  test('a charge has all its digits, and prepaid ones no bill', () => {
    const row = focusRow({
      provider: 'acme',
      model: 'large',
      region: 'default',
      serviceTier: 'standard',
      aboveInputTokens: 0,
      meter: 'Input Tokens',
      tokens: 1_234_567n,
      listPrice: of('0.000001'),
      contractPrice: of('0.0000009'),
      prepaid: true,
      pricingCategory: 'Standard',
    })
    expect(row).toMatchObject({
      ListCost: '0.000001234567',
      EffectiveCost: '0.0000011111103',
      BilledCost: '0',
    })
  })
})
