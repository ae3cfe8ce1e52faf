import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { instant } from '../core/clock.ts'
import { decimal, usd, type Decimal, type Money } from '../core/money.ts'
import { kinds, noUsage, tokensMax, type Kind, type Usage } from '../core/usage.ts'
import type { Price, PriceSegment } from './model.ts'
import { cost, costAt, costLines, isTimeless, priceAt, tierPrice } from './price.ts'

function aPrice(texts: Partial<Record<Kind, string>>): Price {
  return Object.fromEntries(Object.entries(texts).map(([kind, text]) => [kind, decimal(text)]))
}

function aUsage(counts: Partial<Usage>): Usage {
  return { ...noUsage, ...counts }
}

function aSegment(id: string, facts: Partial<PriceSegment> = {}): PriceSegment {
  return {
    id,
    price: aPrice({ input: '1', output: '2' }),
    currency: 'USD',
    source: 'a test',
    readOn: '2026-11-21',
    ...facts,
  }
}

describe('the segment that holds', () => {
  const idAt = (segments: readonly PriceSegment[], text: string) =>
    priceAt(segments, instant(text))?.id ?? null

  test('is the last one that matches', () => {
    const segments = [aSegment('base'), aSegment('later', { from: instant('2026-01-01') })]
    expect(idAt(segments, '2025-12-31T23:59:59.999Z')).toBe('base')
    expect(idAt(segments, '2026-01-01')).toBe('later')
  })

  test('begins with its first microsecond and ends before its last bound', () => {
    const segments = [aSegment('only', { from: instant('2026-01-01'), to: instant('2026-02-01') })]
    expect(idAt(segments, '2025-12-31T23:59:59.999Z')).toBeNull()
    expect(idAt(segments, '2026-01-01')).toBe('only')
    expect(idAt(segments, '2026-01-31T23:59:59.999Z')).toBe('only')
    expect(idAt(segments, '2026-02-01')).toBeNull()
  })

  test('may hold through midnight, every night', () => {
    const segments = [aSegment('day'), aSegment('night', { windows: [[990, 30]] })]
    expect(idAt(segments, '2025-07-01T16:29:59Z')).toBe('day')
    expect(idAt(segments, '2025-07-01T16:30:00Z')).toBe('night')
    expect(idAt(segments, '2025-07-02T00:29:59Z')).toBe('night')
    expect(idAt(segments, '2025-07-02T00:30:00Z')).toBe('day')
    expect(idAt(segments, '1969-12-31T23:00:00Z')).toBe('night')
  })

  test('goes by the weekday where the vendor lives', () => {
    const weekdays = { days: [1, 2, 3, 4, 5], utcOffsetMinutes: 480 }
    const segments = [aSegment('base'), aSegment('weekday', weekdays)]
    // Friday 23:30 in Beijing, then Saturday 00:30; Sunday 23:30, then Monday 00:30.
    expect(idAt(segments, '2026-08-28T15:30:00Z')).toBe('weekday')
    expect(idAt(segments, '2026-08-28T16:30:00Z')).toBe('base')
    expect(idAt(segments, '2026-08-30T15:30:00Z')).toBe('base')
    expect(idAt(segments, '2026-08-30T16:30:00Z')).toBe('weekday')
  })

  test('is none when nothing is known of that time', () => {
    expect(priceAt([], instant('2026-01-01'))).toBeNull()
  })

  test('needs no clock only when nothing in it depends on time', () => {
    expect(isTimeless(aSegment('base'))).toBe(true)
    expect(isTimeless(aSegment('dated', { from: instant('2026-01-01') }))).toBe(false)
    expect(isTimeless(aSegment('ending', { to: instant('2026-01-01') }))).toBe(false)
    expect(isTimeless(aSegment('nightly', { windows: [[990, 30]] }))).toBe(false)
    expect(isTimeless(aSegment('weekly', { days: [7] }))).toBe(false)
  })
})

describe('a tier', () => {
  const price = aPrice({ input: '2.5', output: '15', cacheRead: '0.25' })
  const tiers = [
    { aboveInputTokens: 272_000, price: aPrice({ input: '5', output: '22.5' }) },
    { aboveInputTokens: 500_000, price: aPrice({ input: '6' }) },
  ]

  test('begins one token above its bound', () => {
    expect(tierPrice({ price, tiers }, 272_000)).toBe(price)
    expect(tierPrice({ price, tiers }, 272_001).input).toBe(decimal('5'))
  })

  test('keeps the base price of what it does not name, also above another tier', () => {
    expect(tierPrice({ price, tiers }, 300_000)).toEqual(
      aPrice({ input: '5', output: '22.5', cacheRead: '0.25' }),
    )
    expect(tierPrice({ price, tiers }, 500_001)).toEqual(
      aPrice({ input: '6', output: '15', cacheRead: '0.25' }),
    )
  })

  test('is the highest one, in whatever order they stand', () => {
    expect(tierPrice({ price, tiers: tiers.toReversed() }, 600_000).input).toBe(decimal('6'))
  })

  test('is chosen by all that went in: cached tokens and cache writes too', () => {
    const segment = aSegment('base', { price, tiers })
    const usage = aUsage({ input: 1, cacheRead: 200_000, cacheWrite5m: 72_000 })
    expect(costAt(segment, usage, instant('2026-01-01'))).toBe(
      cost(usage, tierPrice({ price, tiers }, 272_001)),
    )
  })
})

describe('a cost', () => {
  test('is what the vendor printed times what was used', () => {
    const usage = aUsage({ input: 538, cacheRead: 2208, output: 133, reasoning: 64 })
    const price = aPrice({ input: '0.25', output: '2', cacheRead: '0.025' })
    expect(cost(usage, price)).toBe(usd('0.0005837'))
    expect(costLines(usage, price)).toEqual({
      input: 134_500_000n as Money,
      cacheRead: 55_200_000n as Money,
      output: 266_000_000n as Money,
      reasoning: 128_000_000n as Money,
    })
  })

  test('is unknown when a kind that was used has no price', () => {
    const price = aPrice({ input: '1', output: '2' })
    expect(cost(aUsage({ input: 10, search: 1 }), price)).toBeNull()
    expect(cost(aUsage({ output: 10 }), aPrice({ input: '1' }))).toBeNull()
    expect(cost(aUsage({ input: 10 }), {})).toBeNull()
    expect(costLines(aUsage({ input: 10, search: 1 }), price)).toEqual({
      input: 10_000_000n as Money,
      search: null,
    })
  })

  test.each(['search', 'images', 'characters', 'seconds'] as const)(
    'of %s is unknown without a price of its own',
    (unit) => {
      const tokens = aPrice({ input: '3', output: '15', audioIn: '4', imageOut: '30' })
      expect(cost(aUsage({ [unit]: 1 }), tokens)).toBeNull()
      expect(cost(aUsage({ [unit]: 3 }), aPrice({ [unit]: '40000' }))).toBe(usd('0.12'))
    },
  )

  test('of a large prompt is not chosen by pictures, characters and seconds', () => {
    const segment = aSegment('base', {
      price: aPrice({ input: '1', images: '1', characters: '1', seconds: '1' }),
      tiers: [{ aboveInputTokens: 1_000, price: aPrice({ input: '2' }) }],
    })
    const units = { images: 5_000, characters: 5_000, seconds: 5_000 }
    expect(costAt(segment, aUsage({ input: 1_000, ...units }), instant('2026-11-01'))).toBe(
      16_000_000_000n as Money,
    )
    expect(costAt(segment, aUsage({ input: 1, imageIn: 1_000 }), instant('2026-11-01'))).toBe(
      2_002_000_000n as Money,
    )
  })

  test('is nothing for nothing, whatever has no price', () => {
    expect(cost(noUsage, {})).toBe(0n as Money)
    expect(costLines(noUsage, {})).toEqual({})
  })

  test('of a free model is zero and not unknown', () => {
    const usage = aUsage({ input: 5, cacheRead: 5, cacheWrite1h: 5, output: 5, reasoning: 5 })
    expect(cost(usage, aPrice({ input: '0', output: '0' }))).toBe(0n as Money)
  })

  test.each([
    ['cacheRead', { input: '3' }, '3'],
    ['cacheWrite5m', { input: '3' }, '3'],
    ['cacheWrite1h', { input: '3' }, '3'],
    ['cacheWrite1h', { input: '0.123456789', cacheWrite5m: '0.15' }, '0.246913578'],
    ['reasoning', { output: '15' }, '15'],
    ['audioIn', { input: '3' }, '3'],
    ['audioOut', { output: '15' }, '15'],
    ['imageIn', { input: '5' }, '5'],
    ['imageOut', { output: '40' }, '40'],
  ] as const)('of %s under %j falls back to %s a million', (kind, texts, expected) => {
    expect(cost(aUsage({ [kind]: 1_000_000 }), aPrice(texts))).toBe(usd(expected))
  })

  test('of a half picodollar goes to the even side', () => {
    const half = aPrice({ input: '0.0000005' })
    const halves = [1, 2, 3, 4, 5].map((input) => cost(aUsage({ input }), half))
    expect(halves).toEqual([0n, 1n, 2n, 2n, 2n] as Money[])
  })

  test('of a card in yuan is converted at the rate of the day', () => {
    const segment = aSegment('base', { price: aPrice({ input: '9' }), currency: 'CNY' })
    const million = aUsage({ input: 1_000_000 })
    // 9 / 6.7379 and 9 / 6.7855 dollars.
    expect(costAt(segment, million, instant('2026-11-01'))).toBe(usd('1.335727749002'))
    expect(costAt(segment, million, instant('2026-07-07'))).toBe(usd('1.326357674453'))
  })
})

describe('for any usage and any price', () => {
  const digits = fc.integer({ min: 0, max: 999_999_999_999 })
  const anyDecimal = fc
    .tuple(digits, fc.integer({ min: 0, max: 12 }))
    .map(([number, scale]): Decimal => {
      const text = String(number).padStart(scale + 1, '0')
      return decimal(scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`)
    })
  const anyRate = anyDecimal.filter((rate) => /[1-9]/.test(rate))
  const anyPrice: fc.Arbitrary<Price> = fc.record(
    Object.fromEntries(kinds.map((kind) => [kind, anyDecimal])),
    { requiredKeys: [] },
  )
  const anyUsage: fc.Arbitrary<Usage> = fc.record({
    input: fc.nat(2_000_000),
    cacheRead: fc.nat(2_000_000),
    cacheWrite5m: fc.nat(2_000_000),
    cacheWrite1h: fc.nat(2_000_000),
    output: fc.nat(200_000),
    reasoning: fc.nat(200_000),
    audioIn: fc.nat(200_000),
    audioOut: fc.nat(200_000),
    imageIn: fc.nat(200_000),
    imageOut: fc.nat(200_000),
    images: fc.nat(100),
    characters: fc.nat(4_096),
    seconds: fc.nat(40_000),
    search: fc.nat(20),
  })
  const maybeRate = fc.option(anyRate, { nil: undefined })

  test('the cost is the sum of what each kind costs alone', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, maybeRate, (usage, price, rate) => {
        const alone = kinds.map((kind) => cost(aUsage({ [kind]: usage[kind] }), price, rate))
        const sum = alone.reduce<Money | null>(
          (left, right) => (left === null || right === null ? null : ((left + right) as Money)),
          0n as Money,
        )
        expect(cost(usage, price, rate)).toBe(sum)
      }),
    )
  })

  test('it is the sum of the lines, below and above what a number holds', () => {
    const printed = fc
      .tuple(fc.nat(200_000), fc.integer({ min: 0, max: 7 }))
      .map(([number, scale]) => decimal((number / 10 ** scale).toFixed(scale)))
    const card: fc.Arbitrary<Price> = fc.record(
      Object.fromEntries(kinds.map((kind) => [kind, printed])),
    )
    fc.assert(
      fc.property(anyUsage, card, (usage, price) => {
        const lines = Object.values(costLines(usage, price))
        const sum = lines.reduce<bigint>((total, line) => total + line!, 0n)
        expect(cost(usage, price)).toBe(sum as Money)
      }),
      { numRuns: 300 },
    )
  })

  test('the lines are of the kinds that were used, and none is negative', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, maybeRate, (usage, price, rate) => {
        const lines = costLines(usage, price, rate)
        expect(Object.keys(lines)).toEqual(kinds.filter((kind) => usage[kind] > 0))
        expect(Object.values(lines).every((line) => line === null || line >= 0n)).toBe(true)
        expect(cost(usage, price, rate) === null).toBe(Object.values(lines).includes(null))
      }),
    )
  })

  test('each line is the exact fraction, rounded to the nearest, ties to even', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, maybeRate, (usage, price, rate) => {
        for (const [kind, line] of Object.entries(costLines(usage, price, rate))) {
          const exact = exactly(kind as Kind, usage[kind as Kind], price, rate)
          expect(line === null).toBe(exact === null)
          if (line === null || exact === null) continue
          const twiceOff = 2n * (line * exact.divisor - exact.dividend)
          const size = twiceOff < 0n ? -twiceOff : twiceOff
          expect(size <= exact.divisor).toBe(true)
          if (size === exact.divisor) expect(line % 2n).toBe(0n)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a tie goes to the even picodollar', () => {
    fc.assert(
      fc.property(fc.nat(tokensMax), (input) => {
        const below = BigInt(input) / 2n
        const isTie = input % 2 === 1
        const even = isTie && below % 2n === 1n ? below + 1n : below
        expect(cost(aUsage({ input }), aPrice({ input: '0.0000005' }))).toBe(even as Money)
        // Two yuan a dollar: the same half, made by the rate.
        const yuan = aPrice({ input: '0.000001' })
        expect(cost(aUsage({ input }), yuan, decimal('2'))).toBe(even as Money)
      }),
    )
  })

  test('one more token never costs less', () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, fc.constantFrom(...kinds), (usage, price, kind) => {
        const less = cost(usage, price)
        const more = cost({ ...usage, [kind]: usage[kind] + 1 }, price)
        if (less !== null && more !== null) expect(more >= less).toBe(true)
      }),
    )
  })

  /** The same sum in plain fractions: picodollars as dividend / divisor; null without a price. */
  function exactly(
    kind: Kind,
    units: number,
    price: Price,
    rate: Decimal | undefined,
  ): { dividend: bigint; divisor: bigint } | null {
    const doubled =
      kind === 'cacheWrite1h' && price.cacheWrite1h === undefined && price.cacheWrite5m
    const standIn = { cacheRead: 'input', cacheWrite5m: 'input', cacheWrite1h: 'input' } as const
    const others = {
      reasoning: 'output',
      audioIn: 'input',
      audioOut: 'output',
      imageIn: 'input',
      imageOut: 'output',
    } as const
    const named: Partial<Record<Kind, Kind>> = { ...standIn, ...others }
    const text = price[kind] ?? (named[kind] === undefined ? undefined : price[named[kind]])
    if (text === undefined) return null
    const scaled = (value: string) => {
      const [whole = '', part = ''] = value.split('.')
      return BigInt(whole) * 10n ** 18n + BigInt(part.padEnd(18, '0'))
    }
    const perDollar = rate === undefined ? 10n ** 18n : scaled(rate)
    return {
      dividend: scaled(text) * BigInt(units) * (doubled ? 2n : 1n) * 10n ** 6n,
      divisor: perDollar,
    }
  }
})
