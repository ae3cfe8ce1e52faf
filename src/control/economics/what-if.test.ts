import { beforeAll, describe, expect, test } from 'bun:test'
import { catalogOf } from '../../catalog/index.ts'
import { costAt } from '../../catalog/price.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { decimal, type Money, usdText } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { MemoryLedger } from '../../store/memory/ledger.ts'
import type { RevenueRow } from '../../store/revenue.ts'
import { aRecord } from '../../store/rows.suite.ts'
import { whatIfReport } from './what-if-report.ts'
import type { WhatIfQuery, WhatIfSources } from './what-if-types.ts'

/** A month of one call an hour, of the tokens of the published example. */
const model = 'deepseek/deepseek-v4-flash'
const usage = { ...noUsage, input: 5_369, output: 13_615 }
const catalog = catalogOf([
  { id: 'deepseek', vendor: 'deepseek' },
  { id: 'zhipu', vendor: 'zhipu' },
])
const hourUs = 3_600_000_000
const since = instant('2026-08-01T00:00:00Z')
const until = instant('2026-09-15T00:00:00Z')

const cardAt: WhatIfSources['cardAt'] = (name, at) => {
  const slash = name.indexOf('/')
  return catalog.find(name.slice(0, slash), name.slice(slash + 1), at)?.segment ?? null
}
const costOf = (at: Instant): Money => costAt(cardAt(model, at)!, usage, at)!

test('the published example costs what was published, on either side of the moment', () => {
  expect(usdText(costOf(instant('2026-08-16T15:59:00Z')))).toBe('0.00456386')
  expect(usdText(costOf(instant('2026-08-16T16:01:00Z')))).toBe('0.01016708')
})

const ledger = new MemoryLedger()

const asked: WhatIfQuery = {
  shocks: [],
  event: null,
  on: null,
  credits: [],
  since,
  until,
  from: null,
  env: 'production',
  cash: null,
  targetMargin: 0,
}

const terms = {
  paymentShare: null,
  paymentFixed: null,
  servers: null,
  people: null,
  other: null,
  cash: 1_000_000_000_000_000n,
  revenueGrowth: null,
  costGrowth: null,
}

const ask = (query: Partial<WhatIfQuery>, more: Partial<WhatIfSources> = {}) =>
  whatIfReport(
    {
      ledger,
      book: ledger,
      terms,
      machines: [],
      timezone: 'UTC',
      now: until,
      cardAt,
      sellers: new Map([['deepseek', 'deepseek']]),
      tasks: new Map([['chat', [model]]]),
      ...more,
    },
    { ...asked, ...query },
  )

const paid = (customer: string, amountMicro: bigint): RevenueRow => ({
  id: customer,
  customer,
  from: '2026-08-01',
  to: '2026-09-14',
  amountMicro,
  currency: 'USD',
  plan: null,
  cohort: null,
  source: 'test',
  at: since,
})

beforeAll(async () => {
  for (let at = since + 60_000_000; at < until; at += hourUs) {
    ledger.append(
      aRecord({
        at: at as Instant,
        task: 'chat',
        provider: 'deepseek',
        model: 'deepseek-v4-flash',
        customer: 'acme',
        env: 'production',
        role: 'served',
        attempt: 1,
        usage,
        usageSource: 'provider',
        cost: costOf(at as Instant),
        saved: null,
      }),
    )
  }
  await ledger.addRevenue([paid('acme', 6_000_000n)])
})

test('of a day that is looked at in part, revenue counts for that part', async () => {
  const shock = { subject: 'deepseek', meter: null, rise: Fraction.zero, card: null }
  const { days, before } = await ask({
    shocks: [shock],
    since: instant('2026-08-10T12:00:00Z'),
    until: instant('2026-08-12T06:00:00Z'),
  })
  const revenue = ['0.066666666667', '0.133333333333', '0.033333333334']
  expect(days.map((day) => day.revenue_usd)).toEqual(revenue)
  const left = revenue.reduce((sum, each) => sum + Number(each), -Number(before.bill_usd))
  expect(Number(before.contribution_usd)).toBeCloseTo(left, 9)
})

test('an attempt whose cost was not known before and is not after counts once as unknown', async () => {
  const none = new MemoryLedger()
  const record = { at: since, provider: 'nobody', model: 'new', role: 'served', env: null } as const
  none.append(aRecord({ ...record, usage, cost: null, costSource: 'unknown' }))
  const shocks = [{ subject: 'nobody', meter: 'output', rise: Fraction.one, card: null } as const]
  const { coverage } = await ask({ shocks }, { ledger: none, book: none })
  expect(coverage).toEqual({ attempts: 1, cost_unknown: 1, unpriced: 0, share: 0 })
})

test('the runway ends sooner when the credit that paid for everything is gone', async () => {
  const credits = [{ provider: 'deepseek', usd: 1_000_000_000_000_000n as Money }]
  const poor = { terms: { ...terms, cash: 100_000_000_000_000n, servers: 1_000_000_000_000n } }
  const { before, after } = await ask({ credits }, poor)
  expect([before.bill_usd, before.runway_months]).toEqual(['0', 'beyond'])
  expect(after.runway_months).toBeLessThan(60)
})

describe("DeepSeek's summer", () => {
  test('replayed where it happened is the bill that the ledger has, and before it the flat one', async () => {
    const report = await ask({ event: 'deepseek-summer-2026' })
    expect(report.after.bill_usd).toBe(report.ledger_usd)
    const calls = 45 * 24
    expect(report.before.bill_usd).toBe(usdText((costOf(since) * BigInt(calls)) as Money))
    expect(report.event).toMatchObject({ moved_to: null, effective: true })
    expect(report.coverage).toMatchObject({ attempts: calls, unpriced: 0, share: 1 })
  })

  test('tells bill, margin and alerts of each day', async () => {
    const { days } = await ask({ event: 'deepseek-summer-2026' })
    const of = (day: string) => days.find((each) => each.day === day)!
    expect(of('2026-08-15').after_usd).toBe(of('2026-08-15').before_usd)
    // 17 hours off-peak and 7 at the peak's price, every day of the first week.
    expect(of('2026-08-18').after_usd).toBe('0.31517948')
    // From the 23rd in Beijing weekends are off-peak: a Sunday.
    expect(of('2026-08-23').after_usd).toBe(usdText((10_167_080_000n * 24n) as Money))
    expect(of('2026-08-16').alerts.map(({ kind }) => kind)).toContain('dearer than before')
    expect(of('2026-08-16').alerts.map(({ kind }) => kind)).toContain('bill up')
    expect(of('2026-08-16').alerts.map(({ kind }) => kind)).toContain('margin negative')
    expect(of('2026-08-16').margin_after).toBeLessThan(of('2026-08-15').margin_after!)
  })

  test('turns the customer negative, and what it may rise is said', async () => {
    const report = await ask({ event: 'deepseek-summer-2026' })
    expect(report.turn_negative.map(({ customer }) => customer)).toEqual(['acme'])
    expect(report.before.margin).toBeGreaterThan(0)
    expect(report.after.margin).toBeLessThan(0)
    expect(report.margin_loss).toBeCloseTo(report.before.margin! - report.after.margin!, 6)
  })

  test('moved elsewhere keeps hours and weekdays', async () => {
    const report = await ask({
      event: 'deepseek-summer-2026',
      since: instant('2026-08-20T00:00:00Z'),
      from: instant('2026-08-22T00:00:00Z'),
    })
    const moved = instant(report.event!.moved_to!)
    expect((moved - instant('2026-08-16T16:00:00Z')) % (7 * 24 * hourUs)).toBe(0)
    expect(moved).toBe(instant('2026-08-23T16:00:00Z'))
  })

  test('an event that nobody knows names those that there are', () => {
    expect(ask({ event: 'tulips-1637' })).rejects.toThrow('deepseek-summer-2026')
  })
})

describe('a shock', () => {
  const shock = { subject: 'deepseek', meter: null, rise: Fraction.of('0.5'), card: null }
  const month = { since: instant('2026-08-01T00:00:00Z'), until: instant('2026-08-11T00:00:00Z') }

  test('of a half makes the bill half as dear again, from its day on alone', async () => {
    const whole = await ask({ ...month, shocks: [shock] })
    expect(Number(whole.after.bill_usd)).toBeCloseTo(1.5 * Number(whole.before.bill_usd), 12)
    const half = await ask({ ...month, shocks: [shock], from: instant('2026-08-06T00:00:00Z') })
    expect(Number(half.after.bill_usd)).toBeCloseTo(1.25 * Number(half.before.bill_usd), 12)
    expect(half.days.find(({ day }) => day === '2026-08-05')).toMatchObject({ alerts: [] })
  })

  test('of one meter leaves the others as they are', async () => {
    const { before, after } = await ask({ ...month, shocks: [{ ...shock, meter: 'output' }] })
    const output = 13_615 * 0.28
    const share = output / (5_369 * 0.14 + output)
    expect(Number(after.bill_usd) / Number(before.bill_usd)).toBeCloseTo(1 + share / 2, 9)
  })

  test('of somebody else strikes nothing, and says so', async () => {
    const report = await ask({ ...month, shocks: [{ ...shock, subject: 'openai' }] })
    expect(report.after).toEqual(report.before)
    expect(report.struck_share).toBe(0)
    expect(report.notes.join(' ')).toContain('openai was not called in this time.')
    expect(report.notes.join(' ')).toContain('is struck by it')
  })

  test('of two of whom one was never called names that one', async () => {
    const { notes } = await ask({ ...month, shocks: [shock, { ...shock, subject: 'openai' }] })
    expect(notes.join(' ')).toContain('openai was not called in this time.')
    expect(notes.join(' ')).not.toContain('is struck by it')
  })

  test('the largest rise leaves just the target', async () => {
    const report = await ask({ ...month, shocks: [shock] })
    const rise = Fraction.of(report.largest_rise!.toFixed(6))
    const { after } = await ask({ ...month, shocks: [{ ...shock, rise }] })
    expect(after.margin).toBeCloseTo(0, 4)
  })

  test('is met by the next model of the task where that is cheaper', async () => {
    const { models } = { models: [model, 'zhipu/glm-4-flash'] }
    const cheap = { id: 'x', currency: 'USD', source: 'test', readOn: null } as const
    const price = { ...cardAt(model, since)!.price }
    const report = await ask(
      { ...month, shocks: [{ ...shock, rise: Fraction.of(1) }] },
      {
        tasks: new Map([['chat', models]]),
        cardAt: (name, at) => (name === models[1] ? { ...cheap, price } : cardAt(name, at)),
      },
    )
    expect(report.rerouted!.bill_usd).toBe(report.before.bill_usd)
    expect(report.margin_loss_rerouted).toBe(0)
    expect(report.rerouted!.routes).toMatchObject([{ task: 'chat', to: models[1], moves: true }])
  })

  test('leaves cards that are rented as they are, and counts them', async () => {
    const rented = { machines: [{ model: 'house/qwen', gpus: 1, usdPerGpuHour: decimal('2') }] }
    const query = { ...month, shocks: [shock] }
    const [bare, housed] = [await ask(query), await ask(query, rented)]
    const idle = Math.round((month.until - month.since) / hourUs) * 2
    for (const state of ['before', 'after'] as const) {
      const left = (of: typeof bare): number => Number(of[state].contribution_usd)
      expect(left(bare) - left(housed)).toBeCloseTo(idle, 6)
      expect(Number(housed[state].runway_months)).toBeLessThan(60)
    }
  })

  test('of a credit that ends is the bill that it paid', async () => {
    const full = await ask({ ...month, credits: [{ provider: 'deepseek', usd: 10n ** 15n }] })
    expect(full.before.bill_usd).toBe('0')
    expect(full.after.bill_usd).toBe(full.ledger_usd)
    expect(full.credits).toMatchObject([{ ends: null }])
    const part = await ask({
      ...month,
      credits: [{ provider: 'deepseek', usd: costOf(since) * 24n * 3n }],
    })
    expect(part.credits).toMatchObject([{ ends: '2026-08-03' }])
  })

  test('over no calls at all is told, not reckoned', async () => {
    const report = await ask({
      shocks: [shock],
      since: instant('2025-01-01'),
      until: instant('2025-02-01'),
    })
    expect(report.after).toMatchObject({ bill_usd: '0', margin: null })
    expect(report.coverage.share).toBeNull()
    expect(report.notes.join(' ')).toContain('no calls')
  })
})
