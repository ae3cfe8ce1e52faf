import { describe, expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import type { MeasuredPoint } from '../../catalog/machines.ts'
import { instant } from '../../core/clock.ts'
import { decimal } from '../../core/money.ts'
import { priceByLedger, priceOfCall } from './breakeven-api.ts'
import { lengthsOf } from './breakeven-lengths.ts'
import type { ScanQuery } from '../../store/scan.ts'
import { readQuestion } from './breakeven-question.ts'
import { breakEvenStudy } from './breakeven-study.ts'
import { workloadByHand, workloadOf } from './breakeven-traffic.ts'

const point: MeasuredPoint = {
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
const facts = {
  points: [point],
  rents: ['1', '2', '4'].map((onDemand, at) => ({
    seller: `seller ${at}`,
    gpu: 'H100-SXM',
    memoryGb: 80,
    count: 1,
    market: 'm',
    onDemand,
    spot: null,
    reserved: null,
    date: '2026-11-01',
  })),
}

function question(words: Record<string, string> = {}) {
  return readQuestion({
    text: (name) => ({ model: 'open-8b', 'tokens-per-day': '100M', ...words })[name],
    flag: () => false,
    shown: (name) => `--${name}`,
    duration: (text) => (text.endsWith('ms') ? Number(text.slice(0, -2)) : null),
  })
}

/** A cent for ten calls. */
const perCall = { numerator: 1n, denominator: 1_000n, source: 'a test' }

function study(words: Record<string, string> = {}, price = perCall) {
  const asked = question(words)
  const workload = workloadByHand(asked)!
  return breakEvenStudy({ question: asked, workload, perCall: price }, facts)
}

describe('a study', () => {
  test('is plain data, which another thread can be told and can tell', () => {
    const asked = question()
    const order = { question: asked, workload: workloadByHand(asked)!, perCall }
    const told = structuredClone(order)
    const there = structuredClone(breakEvenStudy(told, facts))
    expect(there).toEqual(breakEvenStudy(order, facts))
    expect(JSON.parse(JSON.stringify(there))).toEqual(there)
  })

  test("draws the API's line and the stairs of own machines through the break-even and the traffic", () => {
    const { curve, result, traffic, api } = study({ 'tokens-per-day': '600M' })
    const volumes = curve!.points.map(({ calls_per_month: calls }) => calls)
    expect(volumes).toEqual(volumes.toSorted((left, right) => left - right))
    expect(volumes).toContain(Number(result!.sustained_from))
    const at = (calls: number) => curve!.points.find((each) => each.calls_per_month === calls)!
    const even = at(Number(result!.first))
    expect(Number(even.own_usd)).toBeLessThanOrEqual(Number(even.api_usd))
    expect(curve!.own_point.calls_per_month).toBe(traffic.calls_per_month)
    expect(curve!.own_point.api_usd).toBe(api.per_month)
    expect(curve!.own_point.own_usd).toBe(result!.own_per_month)
  })

  test('says what the offers of the card make of it', () => {
    const { by_rent: byRent, result } = study()
    const [low, mid, high] = [byRent!.lowest, result!, byRent!.highest].map((each) =>
      Number(each.sustained_from),
    )
    expect(low!).toBeLessThan(mid!)
    expect(mid!).toBeLessThan(high!)
    // Who names a rent still sees between which offers it stands.
    expect(study({ rent: '1.50' }).by_rent).toEqual(byRent)
  })

  test('with a price at which a full replica never earns itself is never', () => {
    const { result, curve, verdict } = study({}, { ...perCall, denominator: 100_000_000n })
    expect(result).toMatchObject({ first: null, sustained_from: null })
    expect(result!.why).toContain('a replica that is full')
    expect(verdict).toStartWith('Never')
    expect(curve!.points.every(({ api_usd, own_usd }) => Number(api_usd) < Number(own_usd))).toBe(
      true,
    )
  })

  test('takes a card that somebody lets before a faster one that nobody does', () => {
    const faster = { ...point, gpu: 'GB200-NVL72', callsPerSecond: 80 }
    const asked = question()
    const workload = workloadByHand(asked)!
    const order = { question: asked, workload, perCall }
    const { machine } = breakEvenStudy(order, { ...facts, points: [faster, point] })
    expect(machine.point!.gpu).toBe(point.gpu)
    const named = { ...order, question: question({ gpu: 'GB200', rent: '9' }) }
    const other = breakEvenStudy(named, { ...facts, points: [faster, point] })
    expect(other.machine.point!.gpu).toBe(faster.gpu)
  })

  test('of what nobody measured has a reason, and no figure', () => {
    const { result, curve, unknown } = study({ model: 'other-7b' })
    expect([result, curve]).toEqual([null, null])
    expect(unknown).toContain("nobody's measurement of other-7b")
  })
})

describe('how long single calls are', () => {
  const lengths = (pairs: readonly (readonly [number, number])[]) => ({
    inputs: Float64Array.from(pairs, ([input]) => input),
    outputs: Float64Array.from(pairs, ([, output]) => output),
  })
  const studied = (pairs: readonly (readonly [number, number])[]) => {
    const asked = question({ 'tokens-per-day': '600M' })
    const workload = { ...workloadByHand(asked)!, lengths: lengths(pairs) }
    return breakEvenStudy({ question: asked, workload, perCall }, facts)
  }

  test('is told by its quantiles, and how many are longer than the measured ones', () => {
    const { traffic, machine } = studied([
      ...Array.from({ length: 98 }, (): [number, number] => [700, 100]),
      [4_000, 100],
      [700, 900],
    ])
    expect(traffic.lengths).toEqual({
      calls: 100,
      input: { p50: 700, p95: 700, p99: 700, most: 4_000 },
      output: { p50: 100, p95: 100, p99: 100, most: 900 },
    })
    expect(machine.beyond).toBe(0.02)
  })

  test('makes the queue shorter where answers are, and leaves what is too long with the API', () => {
    const asLong = studied([[1_024, 256]]).simulation!
    const short = studied([[1_024, 32]]).simulation!
    expect(short.replicas).toBeLessThan(asLong.replicas)
    const half = studied([
      [1_024, 256],
      [9_000, 256],
    ]).simulation!
    expect(half.calls / asLong.calls).toBeCloseTo(0.5, 1)
    expect(studied([[9_000, 256]]).simulation).toBeNull()
  })

  test('is drawn evenly over the time, and of the environment where there are others', async () => {
    const asked: ScanQuery[] = []
    const scan = async (query: ScanQuery) => {
      asked.push(query)
      const values = Float64Array.of(0, 700, 0, 100, Number.NaN, 0, 0)
      return { looked: 1, next: null, ids: new Uint8Array(16), values, models: [], tasks: [] }
    }
    const [since, until] = [instant('2026-11-01T00:00:00Z'), instant('2026-11-25T00:00:00Z')]
    const found = await lengthsOf({ scan }, { task: 'support', env: 'lab', since, until })
    expect(found!.inputs.length).toBe(24)
    expect(asked.every(({ filters }) => filters.env === 'lab')).toBe(true)
    expect([asked[0]!.since, asked.at(-1)!.until]).toEqual([since, until])
    expect(asked[1]!.since).toBe(asked[0]!.until)
  })
})

describe('the calls of a ledger', () => {
  const hour = 3_600_000
  const sums = {
    calls: 60,
    attempts: 80,
    costUnknown: 20,
    inputTokens: 6_000,
    outputTokens: 600,
    lengths: null,
  }

  test('keep their empty hours, their peak and the share of costs that is known', () => {
    const hours = [
      { at: 0, calls: 10 },
      { at: 3 * hour, calls: 20 },
      // Of another role in the same hour.
      { at: 3 * hour, calls: 30 },
    ]
    const workload = workloadOf({ task: 'support', hours, ...sums }, null)!
    expect(workload.hourly).toEqual([10, 0, 0, 50])
    expect(workload).toMatchObject({
      callsPerMonth: 15 * 730,
      inputTokens: 100,
      outputTokens: 10,
      costCoverage: 0.75,
      hoursWithCalls: 0.5,
    })
    expect(workload.peakToAverage).toBeCloseTo(50 / 15)
  })

  test('that are none make no workload, and those without a cost no price', () => {
    expect(workloadOf({ task: 'support', hours: [], ...sums, calls: 0 }, null)).toBeNull()
    const cost = 7n as never
    expect(priceByLedger({ calls: 3, attempts: 3, cost, costUnknown: 3 })).toBeNull()
    expect(priceByLedger({ calls: 3, attempts: 4, cost, costUnknown: 0 })).toEqual({
      numerator: 7n,
      denominator: 3_000_000_000_000n,
      source: 'what the task cost',
    })
  })

  test('whose cost is known in part cost as much for the rest of them', () => {
    const cost = 6n as never
    expect(priceByLedger({ calls: 3, attempts: 3, cost, costUnknown: 1 })).toEqual({
      numerator: 3n,
      denominator: 1_000_000_000_000n,
      source: 'what the task cost, by the 66.7 % of its attempts whose cost is known',
    })
  })

  test('long calls cost what the tier of their length does', () => {
    const segment = {
      id: 'base',
      price: { input: decimal('1'), output: decimal('2') },
      tiers: [{ aboveInputTokens: 200_000, price: { input: decimal('3') } }],
      currency: 'USD',
      source: 'a test',
      readOn: null,
    } as const
    const catalog = makeCatalog([{ ...describedAs('acme', 'long'), prices: [segment] }])
    const priced = (inputTokens: number) => {
      const length = { inputTokens, outputTokens: 0 }
      return priceOfCall(catalog, 'acme/long', length, { cachedShare: 0 }, instant('2026-11-22'))
    }
    expect(priced(200_000)).toMatchObject({ numerator: 1n, denominator: 5n })
    expect(priced(300_000)).toMatchObject({ numerator: 9n, denominator: 10n })
  })

  test('a model without a price is not taken for free', () => {
    const workload = workloadByHand(question())!
    expect(() =>
      priceOfCall(makeCatalog([]), 'acme/x', workload, question(), instant('2026-11-22T00:00:00Z')),
    ).toThrow('The catalog has no price of acme/x.')
  })
})

test.each([
  [{ model: '' }, 'A break-even needs --model'],
  [{ kind: 'owned' }, '--kind owned needs --capex'],
  [{ 'tokens-per-day': 'lots' }, '--tokens-per-day is a number such as 50M'],
  [{ peak: '0.2' }, '--peak is 1 or more'],
  [{ 'cached-share': '1.2' }, '--cached-share is a share between 0 and 1'],
  [{ ttft: 'soon' }, '--ttft is a duration'],
  [{ rent: '-3' }, '--rent is a number such as 2.50'],
  [{ 'input-tokens': '0', 'output-tokens': '0' }, 'A call has at least one token.'],
])('words that make no question are named: %p', (words, sentence) => {
  expect(() => question(words as Record<string, string>)).toThrow(sentence)
})
