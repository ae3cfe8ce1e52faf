import { expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import type { Blow, Blown } from '../../threads/hammer.suite.ts'
import { GpuMeter } from '../pipeline/gpu-meter.ts'
import { Budgets, type Hold, isRefusal, type ScopedBudget } from './budgets.ts'
import { isRateRefusal, Rates } from './rates.ts'
import { makeSharedMemory, SharedLimits, type SharedMemory } from './shared-limits.ts'

const noon = 1_795_000_000_000_000 as Instant
const threads = 4

test('of many threads at once none spends what another holds, and nothing is lost', async () => {
  const { memory, blown } = await hammer('budget', { count: 4_000, limit: 3_000 })
  const spent = blown.reduce((sum, each) => sum + BigInt(each.spent), 0n)
  expect(spent <= 3_000n).toBe(true)
  // Calls were refused, so the budget was used up at times.
  const admitted = blown.reduce((sum, each) => sum + each.admitted, 0)
  expect(admitted).toBeLessThan(threads * 4_000)
  expect(leftIn(memory, 3_000n)).toBe(3_000n - spent)
  // 80 % and 100 % of two budgets, each told once by whoever came to it.
  expect(blown.reduce((sum, { news }) => sum + news, 0)).toBeLessThanOrEqual(4)
}, 30_000)

test('a rate of 500 lets 500 in, whoever asks', async () => {
  const { blown } = await hammer('requests', { count: 1_000, limit: 500 })
  expect(blown.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(500)
}, 30_000)

test('places are never more than there are, and all are free in the end', async () => {
  const { memory, blown, seen } = await hammer('places', { count: 5_000, limit: 7 })
  expect(seen[1]!).toBeLessThanOrEqual(7)
  expect(blown.some(({ admitted }) => admitted > 0)).toBe(true)
  const rates = new Rates(new SharedLimits(memory, 0).meters)
  const rate = { requests: null, tokens: null, concurrent: 7 }
  const taken = Array.from({ length: 8 }, () =>
    rates.take([{ kind: 'key', value: 'web', rate }], () => 0, 1_000),
  )
  expect(taken.map(isRateRefusal).indexOf(true)).toBe(7)
}, 30_000)

test('while names come by the thousand what is spent stays exact', async () => {
  const { memory, blown } = await hammer('names', { count: 3_000, limit: 1_000_000 })
  const spent = blown.reduce((sum, each) => sum + BigInt(each.spent), 0n)
  expect(leftIn(memory, 1_000_000n)).toBe(1_000_000n - spent)
}, 30_000)

test('what a thread held is free when it has died, and what others hold is not', () => {
  const memory = makeSharedMemory(2)
  const [main, other] = [new SharedLimits(memory, 0), new SharedLimits(memory, 1)]
  const here = new Budgets('UTC', () => {}, main.budgets)
  const there = new Budgets('UTC', () => {}, other.budgets)
  const budget = aBudget('web', 10n)
  here.hold([budget], 3n as Money, noon)
  there.settle(there.hold([budget], 2n as Money, noon) as Hold, 2n as Money, noon)
  there.hold([budget], 5n as Money, noon)
  expect(isRefusal(here.hold([budget], 1n as Money, noon))).toBe(true)

  const machine = new GpuMeter(() => 1_000, main.machines)
  new GpuMeter(() => 0, other.machines).enter('house/qwen')
  const rate = { requests: null, tokens: null, concurrent: 1 }
  const scoped = [{ kind: 'key', value: 'web', rate } as const]
  new Rates(other.meters).take(scoped, () => 0, 0)

  // It was ended in the middle of its work, too.
  other.budgets.enter()
  main.release(1)
  expect(isRefusal(here.hold([budget], 5n as Money, noon))).toBe(false)
  expect(isRefusal(here.hold([budget], 1n as Money, noon))).toBe(true)
  expect(isRateRefusal(new Rates(main.meters).take(scoped, () => 0, 0))).toBe(false)
  expect(machine.leave(machine.enter('house/qwen'))).toBe(0)
})

test('two threads on one machine share its time', () => {
  let nowUs = 0
  const memory = makeSharedMemory(2)
  const [one, two] = [0, 1].map(
    (thread) => new GpuMeter(() => nowUs, new SharedLimits(memory, thread).machines),
  )
  const first = one!.enter('house/qwen')
  nowUs = 1_000
  const second = two!.enter('house/qwen')
  nowUs = 3_000
  expect(one!.leave(first)).toBe(2_000) // 1,000 alone and half of 2,000
  nowUs = 4_000
  expect(two!.leave(second)).toBe(2_000)
})

test('a clock that is behind takes no rate back in time', () => {
  const memory = makeSharedMemory(2)
  const [ahead, behind] = [0, 1].map((thread) => new Rates(new SharedLimits(memory, thread).meters))
  const rate = { requests: { count: 1, perMs: 1_000 }, tokens: null, concurrent: null }
  const scoped = [{ kind: 'key', value: 'web', rate } as const]
  expect(isRateRefusal(ahead!.take(scoped, () => 0, 5_000_000))).toBe(false)
  expect(behind!.take(scoped, () => 0, 4_999_900)).toMatchObject({ waitMs: 1_000 })
})

function aBudget(value: string, limit: bigint): ScopedBudget {
  return { kind: 'key', value, budget: { limit: limit as Money, per: 'total' } }
}

/** What the budget of 'all' has left, found by asking for more than all of it. */
function leftIn(memory: SharedMemory, limit: bigint): bigint | null {
  const budgets = new Budgets('UTC', () => {}, new SharedLimits(memory, 0).budgets)
  const refusal = budgets.hold([aBudget('all', limit)], (limit + 1n) as Money, noon)
  return isRefusal(refusal) ? refusal.left : null
}

async function hammer(
  what: Blow['what'],
  { count, limit }: { readonly count: number; readonly limit: number },
) {
  const memory = makeSharedMemory(threads)
  const seen = new SharedArrayBuffer(16)
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('../../threads/hammer.suite.ts', import.meta.url)),
  )
  try {
    const blown = await Promise.all(
      workers.map((worker, thread) => {
        const { promise, resolve, reject } = Promise.withResolvers<Blown>()
        worker.addEventListener('message', ({ data }) => resolve(data as Blown))
        worker.addEventListener('error', ({ message }) => reject(new Error(message)))
        worker.postMessage({ memory, thread, what, count, limit, seen } satisfies Blow)
        return promise
      }),
    )
    return { memory, blown, seen: new Int32Array(seen) }
  } finally {
    for (const worker of workers) worker.terminate()
  }
}
