import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { MeasuredPoint, Rent } from '../../catalog/machines.ts'
import { measuredPoints, modelKey, rents } from '../../catalog/machines.ts'
import { Fraction } from '../../core/fraction.ts'
import { seeded } from '../../core/random.ts'
import { exceptionsOf } from './exceptions.ts'
import { scenarioNames, scenarioReport } from './published.ts'
import { arrivalsOf, replicasFor, runQueue, runVaried } from './queue.ts'
import { bestHybrid, compare, pointFor, rentSpan, smoothDay } from './self-host.ts'

const point = (some: Partial<MeasuredPoint>): MeasuredPoint => ({
  model: 'Acme/Open-8B',
  gpu: 'H100-SXM-80GB',
  gpus: 1,
  engine: 'vllm',
  precision: 'fp8',
  inputTokens: 1_024,
  outputTokens: 256,
  concurrency: 16,
  callsPerSecond: 2,
  ttftMs: 200,
  tpotMs: 20,
  measured: '2026-04-01',
  source: 'own',
  derived: false,
  ...some,
})

const limits = { ttftMs: 2_000, tpotMs: 50 }
const short = { inputTokens: 800, outputTokens: 200 }
const of = Fraction.of.bind(Fraction)

describe('a measured point', () => {
  const points = [
    point({}),
    point({ callsPerSecond: 5, concurrency: 64, ttftMs: 900 }),
    point({ callsPerSecond: 9, concurrency: 256, ttftMs: 9_000, tpotMs: 140 }),
    point({ callsPerSecond: 8, gpus: 4 }),
    point({ callsPerSecond: 50, inputTokens: 128, outputTokens: 32 }),
  ]

  test('is the best per card within the limits, of calls at least as long', () => {
    expect(pointFor(points, 'open-8b-fp8', null, short, limits)).toBe(points[1]!)
  })

  test('may be of longer calls where the nearest ones were measured too full for the limits', () => {
    const tiny = { inputTokens: 100, outputTokens: 20 }
    const full = point({ callsPerSecond: 80, inputTokens: 128, outputTokens: 32, ttftMs: 9_000 })
    expect(pointFor([points[1]!, full], 'open-8b', null, tiny, limits)).toBe(points[1]!)
    expect(pointFor([points[1]!, full, points[4]!], 'open-8b', null, tiny, limits)).toBe(points[4]!)
  })

  test('is none for a model, a card or a length that nobody measured, and it says which', () => {
    expect(pointFor(points, 'open-9b', null, short, limits)).toMatchObject({
      why: 'model not measured',
      like: ['open-8b'],
    })
    expect(pointFor(points, 'open-8b', 'B200', short, limits)).toEqual({
      why: 'card not measured',
      gpus: ['H100-SXM-80GB'],
    })
    const long = { inputTokens: 30_000, outputTokens: 200 }
    expect(pointFor(points, 'open-8b', 'H100', long, limits)).toEqual({
      why: 'calls too long',
      longest: [1_024, 256],
    })
    const strict = { ttftMs: 10, tpotMs: 1 }
    expect(pointFor(points, 'open-8b', 'h100-sxm', short, strict)).toEqual({
      why: 'too slow',
      best: points[2]!,
    })
  })

  test('of the facts that come along has all its figures', () => {
    expect(measuredPoints().length).toBeGreaterThan(2_000)
    for (const each of measuredPoints()) {
      const { callsPerSecond, concurrency, ttftMs, tpotMs, gpus, inputTokens, outputTokens } = each
      for (const figure of [
        callsPerSecond,
        concurrency,
        ttftMs,
        tpotMs,
        gpus,
        inputTokens,
        outputTokens,
      ])
        expect(figure).toBeGreaterThan(0)
    }
    expect(modelKey('Qwen/Qwen3-32B-FP8')).toBe('qwen3-32b')
  })
})

describe('a rent', () => {
  const rent = (seller: string, date: string, onDemand: string | null): Rent => ({
    seller,
    gpu: 'H100-SXM',
    memoryGb: 80,
    count: 1,
    market: 'cloud',
    onDemand,
    spot: null,
    reserved: null,
    date,
  })

  test('is that of each seller as it was read last, and the middle one counts', () => {
    const span = rentSpan(
      [
        rent('a', '2026-03-01', '2.69'),
        rent('a', '2026-11-01', '3.99'),
        rent('b', '2026-09-01', '2.5'),
        rent('c', '2026-09-01', '12.29'),
        rent('d', '2026-09-01', null),
      ],
      'H100-SXM-80GB',
      'on-demand',
    )!
    expect([span.low, span.median, span.high].map((each) => each.text(2))).toEqual([
      '2.5',
      '3.99',
      '12.29',
    ])
    expect(span).toMatchObject({ offers: 3, from: '2026-09-01', to: '2026-11-01' })
  })

  test('that nobody offers is not known', () => {
    expect(rentSpan(rents(), 'H100-SXM-80GB', 'on-demand')).not.toBeNull()
    expect(rentSpan(rents(), 'Ascend-910B', 'spot')).toBeNull()
  })
})

describe('own machines against the API', () => {
  const traffic = { callsPerMonth: 1_000_000, ...short, peakToAverage: 3 }
  const terms = { apiPerCall: of('0.005'), usdPerGpuHour: of('4'), fixed: of(4_000) }

  test('pay from some volume on, and say at which use a replica earns itself', () => {
    const found = compare(point({}), traffic, terms)!
    // 2 calls/s over a peak of 3, for 730 hours.
    expect(found.callsPerReplica).toBe(1_752_000n)
    expect(found.first).toBe(1_384_000n)
    expect(found.now).toMatchObject({ replicas: 1n })
    expect(found.now.own.text(2)).toBe('6920')
  })

  test('never pay where a full replica costs more than what it answers', () => {
    const found = compare(point({}), traffic, { ...terms, apiPerCall: of('0.0001') })!
    expect(found).toMatchObject({ first: null, sustainedFrom: null })
    expect(found.why).toBe('a full replica does not earn itself')
  })

  test('are mixed with it no dearer than either alone', () => {
    const cost = fc
      .integer({ min: 1, max: 200 })
      .map((value) => new Fraction(BigInt(value), 10_000n))
    const hours = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 24, maxLength: 48 })
    fc.assert(
      fc.property(hours, cost, (hourly, apiPerCall) => {
        const each = { ...terms, apiPerCall }
        const mix = bestHybrid(hourly, point({}), each)
        const calls = Math.round((hourly.reduce((sum, one) => sum + one, 0) * 730) / hourly.length)
        expect(mix.total.compare(apiPerCall.times(of(calls)))).toBeLessThanOrEqual(0)
        expect(mix.own.plus(mix.api).compare(mix.total)).toBe(0)
      }),
    )
  })
})

describe('a queue', () => {
  test('of hours by chance has as many calls as the hours had, and keeps its seed', () => {
    const hourly = smoothDay(730_000, 3)
    expect(Math.max(...hourly) / (hourly.reduce((sum, each) => sum + each, 0) / 24)).toBeCloseTo(
      3,
      1,
    )
    const arrivals = arrivalsOf(hourly, seeded(7))
    expect(Math.abs(arrivals.length - 24_000)).toBeLessThan(700)
    expect(arrivalsOf(hourly, seeded(7))).toEqual(arrivals)
    expect(arrivals.every((at, index) => index === 0 || at >= arrivals[index - 1]!)).toBe(true)
  })

  test('waits for the slot that comes free first', () => {
    const run = runQueue(Float64Array.of(0, 0, 0, 0), 10, 2, 1)
    expect(run).toMatchObject({ calls: 4, late: 0.5, meanWaitS: 5, p99WaitS: 10, utilisation: 1 })
  })

  test('gets the fewest replicas that keep the limit: one less does not', () => {
    const arrivals = arrivalsOf(smoothDay(730_000, 4), seeded(3))
    const { replicas, run } = replicasFor(arrivals, 20, 16, 1)!
    expect(run.late).toBeLessThanOrEqual(0.01)
    expect(runQueue(arrivals, 20, (replicas - 1) * 16, 1).late).toBeGreaterThan(0.01)
  })

  test('of calls that are all as long is the same, whichever way it is run', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { maxLength: 60 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 6 }), (between, slots) => {
        let at = 0
        const arrivals = Float64Array.from(between, (gap) => (at += gap))
        const alike = runQueue(arrivals, 3, slots, 1)
        const varied = runVaried(arrivals, new Float64Array(arrivals.length).fill(3), slots, 1)
        expect(varied.late).toBe(alike.late)
        expect(varied.meanWaitS).toBeCloseTo(alike.meanWaitS, 9)
        expect(varied.utilisation).toBeCloseTo(alike.utilisation, 9)
      }),
    )
  })

  test('lets a short call out before a long one that came first', () => {
    const run = runVaried(Float64Array.of(0, 0, 1.5), Float64Array.of(10, 1, 1), 2, 0.1)
    expect([run.late, run.meanWaitS]).toEqual([0, 0])
  })

  test('without calls has no figure that is not 0', () => {
    expect(runQueue(new Float64Array(0), 1, 1, 1)).toEqual({
      calls: 0,
      late: 0,
      meanWaitS: 0,
      p99WaitS: 0,
      utilisation: 0,
    })
  })
})

describe('the published figures', () => {
  test('that were summed wrongly are named, and those that were not agree', () => {
    const reports = scenarioNames.map((name) => scenarioReport(name))
    expect(reports.map(({ api }) => api.map(({ ours, agrees }) => [ours, agrees]))).toEqual([
      [['7.50', false]],
      [['375.00', true]],
      [
        ['3750.00', true],
        ['4200.00', true],
      ],
    ])
    expect(reports[0]!.api[0]!.why).toContain('30M x $0.25/M is $7.50')
    expect(reports[2]!.own[0]).toMatchObject({
      times: { low: 1.07, high: 2.13 },
      timesWithHidden: { low: 1.25, high: 3.17 },
      breakEven: { low: 533_333_333, high: 1_066_666_667 },
    })
  })
})

test('the five exceptions are asked, and one that nobody answered is not taken as a no', () => {
  const answers = exceptionsOf({
    paysFrom: 100n,
    callsPerMonth: 200,
    compliance: true,
    research: false,
    idleGpus: false,
    latencyMs: 30,
  }).map(({ answer }) => answer)
  expect(answers).toEqual(['yes', 'yes', 'not said', 'not said', 'yes'])
})
