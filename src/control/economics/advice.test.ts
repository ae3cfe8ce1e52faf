import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { instant } from '../../core/clock.ts'
import { usd } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { Calendar } from '../../store/calendar.ts'
import type { CostQuery, CostRow } from '../../store/ports.ts'
import { adviceReport, type AdviceSources } from './advice-report.ts'
import { daysNeeded, steadinessOf } from './advice-steadiness.ts'
import { breakEvenStudy } from './breakeven-study.ts'

const even = Array.from({ length: daysNeeded }, () => 1_000)

describe('steady traffic', () => {
  test('is three months of it, with weeks alike', () => {
    expect(steadinessOf(even)).toMatchObject({ daysSeen: 90, variation: 0, missing: [] })
    expect(steadinessOf(even).months[0]).toBe(Math.round((30_000 * 730) / 720))
  })

  test('is none before three months, however even it is', () => {
    const young = even.map((calls, day) => (day < 49 ? 0 : calls))
    expect(steadinessOf(young)).toMatchObject({
      daysSeen: 41,
      variation: 0,
      missing: ['41 of 90 days of production traffic'],
    })
    expect(steadinessOf(even.map(() => 0))).toMatchObject({ daysSeen: 0, variation: null })
  })

  test('has quiet week-ends, and no quiet weeks', () => {
    const weekends = even.map((calls, day) => (day % 7 > 4 ? 0 : calls))
    expect(steadinessOf(weekends).missing).toEqual([])
    const holiday = even.map((calls, day) => (day >= 41 && day < 48 ? 0 : calls))
    expect(steadinessOf(holiday).missing).toContain('1 weeks without a call')
  })

  test('may grow by a tenth a month, and not double each', () => {
    const growing = (monthly: number) => even.map((calls, day) => calls * monthly ** (day / 30))
    expect(steadinessOf(growing(1.1)).missing).toEqual([])
    expect(steadinessOf(growing(2)).missing.join()).toContain('weeks vary by')
  })

  test('is as steady at any volume', () => {
    const days = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 90, maxLength: 90 })
    fc.assert(
      fc.property(days, fc.integer({ min: 2, max: 50 }), (daily, factor) => {
        const [one, other] = [steadinessOf(daily), steadinessOf(daily.map((n) => n * factor))]
        expect(other.variation).toBeCloseTo(one.variation!, 9)
      }),
    )
  })
})

const now = instant('2026-11-22T10:00:00Z')
const zone = 'Europe/Berlin'

interface Changes {
  readonly env?: string
  readonly perHour?: number
  readonly unknown?: number
  readonly lengths?: readonly [number, number]
}

/** A ledger on which a task has the same hour every hour, of so many days before today. */
function ledger(days: number, changes: Changes = {}) {
  const { env = 'production', perHour = 3_000, unknown = 0, lengths = [500, 100] } = changes
  const calendar = new Calendar(zone)
  const begins = calendar.dayStart(now) - days * 86_400_000_000
  const asked: CostQuery[] = []
  const row = (group: readonly string[]): CostRow => ({
    group,
    calls: perHour,
    attempts: perHour,
    errors: 0,
    usage: { ...noUsage, input: 500 * perHour, output: 100 * perHour },
    // A cent a call.
    cost: (usd('0.01') * BigInt(perHour - unknown)) as never,
    costUnknown: unknown,
    estimated: 0,
    saved: 0n as never,
  })
  const costs: AdviceSources['ledger']['costs'] = async (query) => {
    asked.push(query)
    const rows: CostRow[] = []
    const [since, until] = [calendar.hourStart(query.since), query.until]
    for (let at = since; at < until; at = calendar.hourStart((at + 3_600_000_000) as typeof at)) {
      if (at < begins || query.filters.task !== 'support') continue
      const label = query.by[0] === 'day' ? calendar.dayLabel(at) : calendar.hourLabel(at)
      rows.push(row([label, env, 'served']), { ...row([label, env, 'shadow']), calls: 0 })
    }
    return { rows, total: row([]), since, until, cut: false }
  }
  const scan: AdviceSources['ledger']['scan'] = async () => ({
    looked: 0,
    next: null,
    ids: new Uint8Array(0),
    // One call of each place that is looked at.
    values: Float64Array.of(0, lengths[0], 0, lengths[1], 1, 0, 0),
    models: [],
    tasks: [],
  })
  return { costs, scan, asked }
}

const point = {
  model: 'Acme/Open-8B',
  gpu: 'H100-SXM-80GB',
  gpus: 1,
  engine: 'vllm',
  precision: 'fp8',
  inputTokens: 1_024,
  outputTokens: 256,
  concurrency: 64,
  callsPerSecond: 8,
  ttftMs: 200,
  tpotMs: 20,
  measured: '2026-04-01',
  source: 'own',
  derived: false,
}
const offer = (seller: string, onDemand: string) => ({
  seller,
  gpu: 'H100-SXM',
  memoryGb: 80,
  count: 1,
  market: 'm',
  onDemand,
  spot: null,
  reserved: null,
  date: '2026-11-01',
})
const facts = { points: [point], rents: [offer('a', '1'), offer('b', '2'), offer('c', '4')] }

function sources(from: ReturnType<typeof ledger>, changes: Partial<AdviceSources> = {}) {
  return {
    ledger: from,
    now,
    timezone: zone,
    tasks: new Map([['support', ['acme/open-8b', 'acme/closed']]]),
    isOwn: () => false,
    evidence: [],
    terms: {
      watched: true,
      weights: new Map<string, string>(),
      gpu: null,
      rent: null,
      people: null,
      salary: null,
      hidden: null,
    },
    study: async (order) => breakEvenStudy(order, facts),
    ...changes,
  } satisfies AdviceSources
}

const adviceOn = async (...given: Parameters<typeof sources>) =>
  (await adviceReport(sources(...given))).tasks[0]!

describe('advice', () => {
  test('is given after three steady months above the break-even, with what it rests on', async () => {
    const advice = await adviceOn(ledger(90))
    expect(advice).toMatchObject({ holds: true, days_seen: 90, missing: [] })
    expect(advice.variation).toBeLessThan(0.01)
    const { break_even: found } = advice
    expect(found).toMatchObject({
      weights: 'open-8b',
      machine: '1 x H100-SXM-80GB',
      cost_coverage: 1,
    })
    expect(Math.min(...advice.months)).toBeGreaterThan(Number(found!.sustained_from))
    const { lowest, highest } = found!.by_rent!
    expect(Number(lowest.sustained_from)).toBeLessThan(Number(found!.sustained_from))
    expect(Number(highest.sustained_from)).toBeGreaterThan(Number(found!.sustained_from))
    expect(advice.text).toContain('90 days of production traffic')
    expect(advice.command).toBe('freehold breakeven --task support --model open-8b --since 90d')
  })

  test('a day less than three months is too early', async () => {
    const advice = await adviceOn(ledger(89))
    expect(advice.holds).toBe(false)
    expect(advice.missing).toEqual(['89 of 90 days of production traffic'])
  })

  test('is of production alone', async () => {
    const advice = await adviceOn(ledger(90, { env: 'staging' }))
    expect(advice).toMatchObject({ holds: false, days_seen: 0, break_even: null })
  })

  test('a volume below the break-even says how much is missing', async () => {
    const { holds, missing, break_even: found } = await adviceOn(ledger(90, { perHour: 10 }))
    expect([holds, missing.length]).toEqual([false, 1])
    expect(missing[0]).toContain('the emptiest month had')
    expect(found!.sustained_from).not.toBeNull()
  })

  test('costs that are not known are no ground to buy on', async () => {
    const { holds, missing } = await adviceOn(ledger(90, { unknown: 300 }))
    expect(holds).toBe(false)
    expect(missing.join()).toContain('the cost of 90.0 % of the attempts is known')
  })

  test('calls longer than any that were measured are no ground either', async () => {
    const { holds, missing } = await adviceOn(ledger(90, { lengths: [5_000, 100] }))
    expect(holds).toBe(false)
    expect(missing).toEqual([
      '100.0 % of the calls are longer than those that were measured with open-8b, and 5 % may be',
    ])
  })

  test('weights that nobody measured, and machines of your own, are said', async () => {
    const tasks = new Map([['support', ['acme/closed']]])
    const closed = await adviceOn(ledger(90), { tasks })
    expect(closed.missing.join()).toContain('economics.advice.weights')
    const own = await adviceOn(ledger(90), { isOwn: (provider) => provider === 'acme' })
    expect(own.missing).toEqual(['acme/open-8b is a machine of your own already'])
    const terms = { ...sources(ledger(90)).terms, weights: new Map([['support', 'open-8b']]) }
    expect((await adviceOn(ledger(90), { tasks, terms })).holds).toBe(true)
  })

  test('reads a month of days and 20 days of hours at a time', async () => {
    const from = ledger(90)
    await adviceReport(sources(from))
    const spans = from.asked.map(({ by, since, until }) => [
      by[0],
      (until - since) / 86_400_000_000,
    ])
    expect(spans.filter(([by]) => by === 'day').length).toBe(3)
    expect(spans.every(([by, days]) => Number(days) <= (by === 'day' ? 30.1 : 20))).toBe(true)
  })
})
