import fc from 'fast-check'
import { expect, test } from 'bun:test'
import type { PriceSegment } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { decimal } from '../../core/money.ts'
import { seeded } from '../../core/random.ts'
import { noUsage } from '../../core/usage.ts'
import { measuredBill, type Replayed } from './bill.ts'
import type { PastCall } from './calls.ts'
import { ReplayPlan, type Target } from './plan.ts'
import { cacheMin, priceElsewhere, sameTokens } from './price.ts'

const noon = instant('2026-08-16T12:00:00Z')

function segment(input: string, output: string, more: Partial<PriceSegment> = {}): PriceSegment {
  const price = { input: decimal(input), output: decimal(output) }
  return { id: 'x', price, currency: 'USD', source: 'a test', readOn: null, ...more }
}

function target(...prices: readonly PriceSegment[]): Target {
  return { name: 'acme/large', model: { prices } }
}

let made = 0
function aCall(changes: Partial<PastCall> = {}): PastCall {
  made += 1
  return {
    id: `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`,
    at: noon,
    prompt: 2_000,
    cached: 0,
    output: 300,
    cost: 1_000_000_000,
    model: 'acme/small',
    task: 'hello',
    ...changes,
  }
}

test('each call is priced on the card of its own hour: the published example of a summer evening', () => {
  const { model } = target(
    segment('0.14', '0.28', { to: instant('2026-08-16T16:00:00Z') }),
    segment('0.22', '0.66', { from: instant('2026-08-16T16:00:00Z') }),
  )
  const call = { prompt: 5_369, cached: 0, output: 13_615 }
  const at = (text: string) =>
    Number(priceElsewhere(model, { ...call, at: instant(text) }, sameTokens)) / 1e12
  expect(at('2026-08-16T15:59:59Z')).toBe(0.00456386)
  expect(at('2026-08-16T16:01:00Z')).toBe(0.01016708)
})

test('the quick way of pricing gives what the catalog gives, whatever is priced', () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 99_000_000 }).map((micro) => (micro / 1e6).toFixed(6)),
    fc.constantFrom('0.0000001', '3', '0'),
  )
  const count = fc.integer({ min: 0, max: 3_000_000 })
  fc.assert(
    fc.property(amount, amount, amount, count, count, count, (input, read, output, a, b, c) => {
      const price = {
        input: decimal(input),
        cacheRead: decimal(read),
        output: decimal(output),
      }
      const only = segment(input, output, { price })
      const prompt = a + b
      const cacheRead = b >= cacheMin ? b : 0
      const usage = { ...noUsage, input: prompt - cacheRead, cacheRead, output: c }
      const call = { at: noon, prompt, cached: b, output: c }
      expect(priceElsewhere({ prices: [only] }, call, sameTokens)).toBe(costAt(only, usage, noon))
    }),
  )
})

test('a tier is chosen by the prompt as the other model counts it, and no price is no zero', () => {
  const { model } = target(
    segment('1', '1', {
      tiers: [{ aboveInputTokens: 2_000, price: { input: decimal('5') } }],
    }),
  )
  const call = aCall({ output: 0 })
  expect(priceElsewhere(model, call, sameTokens)).toBe(2_000_000_000n as never)
  expect(priceElsewhere(model, call, { input: 1.5, output: 1 })).toBe(15_000_000_000n as never)
  expect(priceElsewhere({ prices: [] }, call, sameTokens)).toBeNull()
})

test('the same seed draws the same calls, in whatever pieces they come, and none too many', () => {
  const calls = Array.from({ length: 3_000 }, (_, n) =>
    aCall({ prompt: 10 + (n % 7) * 900, output: 1 + (n % 3) * 400 }),
  )
  const drawn = (list: readonly PastCall[], seed: number): string[] => {
    const plan = new ReplayPlan([target(segment('1', '4'))], 100, seed)
    for (const call of list) plan.add(call)
    return plan
      .sample(100)
      .map(({ call }) => call.id)
      .toSorted()
  }
  const first = drawn(calls, 1)
  expect(drawn(calls.toReversed(), 1)).toEqual(first)
  expect(drawn(calls, 2)).not.toEqual(first)
  expect(new Set(first).size).toBe(first.length)
  expect(first.length).toBeGreaterThan(80)
  expect(first.length).toBeLessThan(140)
})

test('the interval of a measured bill holds the true one as often as it says', () => {
  const large = target(segment('2', '10'))
  const random = seeded(11)
  const calls = Array.from({ length: 4_000 }, () =>
    aCall({
      prompt: Math.round(20 * Math.exp(6 * random.next())),
      output: Math.round(5 * Math.exp(5 * random.next())),
    }),
  )
  // That model makes more tokens of a prompt, and its answers are of another length each time.
  const there = new Map(
    calls.map((call) => [
      call.id,
      {
        inputTokens: Math.round(call.prompt * 1.25),
        outputTokens: Math.round(call.output * (0.5 + 2 * random.next())),
      },
    ]),
  )
  const truth = calls.reduce((sum, call) => {
    const { inputTokens, outputTokens } = there.get(call.id)!
    return sum + (inputTokens * 2 + outputTokens * 10) / 1e6
  }, 0)
  let held = 0
  const runs = 200
  for (let seed = 1; seed <= runs; seed += 1) {
    const plan = new ReplayPlan([large], 200, seed)
    for (const call of calls) plan.add(call)
    const replayed = plan.sample(200).map(({ stratum, call }): Replayed => ({
      stratum,
      call,
      model: large.name,
      ...there.get(call.id)!,
      latencyMs: 10,
      failure: null,
    }))
    const { total, inputRatio } = measuredBill(plan, large, replayed)
    expect(Math.abs(inputRatio! - 1.25)).toBeLessThan(0.01)
    if (total!.low! <= truth && truth <= total!.high!) held += 1
  }
  // 95 % are promised; four standard errors of 200 runs are 6 points.
  expect(held / runs).toBeGreaterThan(0.88)
})

test('one call of each stratum is a bill without an interval', () => {
  const large = target(segment('1', '1'))
  const plan = new ReplayPlan([large], 1, 1)
  for (const prompt of [10, 11, 50_000, 60_000]) plan.add(aCall({ prompt, output: 10 }))
  const replayed = plan.sample(1).map(({ stratum, call }): Replayed => ({
    stratum,
    call,
    model: large.name,
    inputTokens: call.prompt,
    outputTokens: 10,
    latencyMs: null,
    failure: null,
  }))
  const { n, total } = measuredBill(plan, large, replayed)
  expect([n, total!.low, total!.high]).toEqual([2, null, null])
})

test('strata in which nobody answered are in the sum by the others, and said to be', () => {
  const large = target(segment('1', '1'))
  const plan = new ReplayPlan([large], 10, 1)
  const small = [aCall({ prompt: 10, output: 10 }), aCall({ prompt: 10, output: 10 })]
  const big = [aCall({ prompt: 50_000, output: 100 }), aCall({ prompt: 50_000, output: 100 })]
  for (const call of [...small, ...big]) plan.add(call)
  const facts = { model: large.name, latencyMs: null }
  const replayed = plan.sample(10).map(({ stratum, call }): Replayed =>
    call.prompt === 10
      ? { ...facts, stratum, call, inputTokens: 20, outputTokens: 10, failure: null }
      : {
          ...facts,
          stratum,
          call,
          inputTokens: null,
          outputTokens: null,
          failure: 'context_length_exceeded',
        },
  )
  const bill = measuredBill(plan, large, replayed)
  expect([bill.n, bill.failed, bill.unmeasured]).toEqual([2, 2, 2])
  expect(bill.total!.value).toBeCloseTo((2 * 30 + 2 * (100_000 + 100)) / 1e6, 9)
  expect(measuredBill(plan, large, []).total).toBeNull()
})

test('of a hundred calls of which one alone was answered no interval is known, of a single one it has no width', () => {
  const large = target(segment('1', '1'))
  const plan = new ReplayPlan([large], 10, 1)
  for (let count = 0; count < 100; count += 1) plan.add(aCall({ prompt: 2_000, output: 100 }))
  const facts = { model: large.name, latencyMs: null }
  const replayed = plan
    .sample(2)
    .map(({ stratum, call }, index): Replayed =>
      index === 0
        ? { ...facts, stratum, call, inputTokens: 2_000, outputTokens: 100, failure: null }
        : { ...facts, stratum, call, inputTokens: null, outputTokens: null, failure: 'it is full' },
    )
  const { n, total } = measuredBill(plan, large, replayed)
  expect([n, total!.value, total!.low, total!.high]).toEqual([1, 0.21, null, null])
  // Of one that was the only one nothing is left open.
  const only = new ReplayPlan([large], 10, 1)
  only.add(aCall({ prompt: 2_000, output: 100 }))
  const [{ stratum, call }] = only.sample(2) as [{ stratum: string; call: PastCall }]
  const whole = { ...facts, stratum, call, inputTokens: 2_000, outputTokens: 100, failure: null }
  const bill = measuredBill(only, large, [whole]).total!
  expect([bill.low, bill.high]).toEqual([0.0021, 0.0021])
})

test('a call without a known cost is counted and is in no sum', () => {
  const plan = new ReplayPlan(
    [target(segment('1', '1')), { name: 'x/y', model: { prices: [] } }],
    0,
    1,
  )
  plan.add(aCall({ cost: 7 }))
  plan.add(aCall({ cost: null, at: (noon + 1) as Instant }))
  expect([plan.calls, plan.cost as bigint, plan.costUnknown]).toEqual([2, 7n, 1])
  expect(plan.dry[1]).toEqual({ name: 'x/y', cost: 0n as never, unknown: 2 })
})
