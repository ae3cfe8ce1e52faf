import { parentPort } from 'node:worker_threads'
import type { Instant } from '../core/clock.ts'
import type { Money } from '../core/money.ts'
import { seeded } from '../core/random.ts'
import { Budgets, type Hold, isRefusal, type ScopedBudget } from '../gateway/limits/budgets.ts'
import { isRateRefusal, type RateHold, Rates } from '../gateway/limits/rates.ts'
import { SharedLimits, type SharedMemory } from '../gateway/limits/shared-limits.ts'

/** One of the threads that hammer on shared limits in `shared-limits.test.ts`. */

export interface Blow {
  readonly memory: SharedMemory
  readonly thread: number
  readonly what: 'budget' | 'requests' | 'places' | 'names'
  readonly count: number
  readonly limit: number
  /** Int32: calls that are under way, and the most that ever were; then where all wait for each other. */
  readonly seen: SharedArrayBuffer
}

export interface Blown {
  readonly admitted: number
  /** Picodollars, as text. */
  readonly spent: string
  readonly news: number
}

const noon = 1_795_000_000_000_000 as Instant

parentPort!.on('message', (blow: Blow) => {
  const { memory, thread, seen } = blow
  const limits = new SharedLimits(memory, thread)
  const threads = new Int32Array(seen)
  // All begin at once: on a busy machine the first would else be done before the last is there.
  Atomics.add(threads, 2, 1)
  while (Atomics.load(threads, 2) < memory.threads) Atomics.wait(threads, 3, 0, 1)
  parentPort!.postMessage(strike(blow, limits, threads))
})

function strike(blow: Blow, limits: SharedLimits, seen: Int32Array): Blown {
  const { what, count, limit, thread } = blow
  let [admitted, spent, news] = [0, 0n, 0]
  const random = seeded(thread + 1)
  const budgets = new Budgets('UTC', () => void (news += 1), limits.budgets)
  const rates = new Rates(limits.meters)
  const none = { requests: null, tokens: null, concurrent: null }
  const open: (() => void)[] = []
  for (let round = 0; round < count; round += 1) {
    if (what === 'budget' || what === 'names') {
      // With many names most of them are made, forgotten and made anew meanwhile.
      const value = what === 'budget' ? 'web' : `${thread} ${round}`
      const scoped: ScopedBudget[] = [
        { kind: 'key', value: 'all', budget: { limit: BigInt(limit) as Money, per: 'total' } },
        { kind: 'customer', value, budget: { limit: BigInt(limit) as Money, per: 'day' } },
      ]
      const hold = budgets.hold(scoped, 2n as Money, noon)
      if (isRefusal(hold)) continue
      admitted += 1
      open.push(() => {
        const more = budgets.extend(hold as Hold, 1n as Money, noon) === null ? 3n : 2n
        const cost = random.next() < 0.5 ? more : 0n
        spent += cost
        budgets.settle(hold as Hold, cost as Money, noon)
      })
    } else {
      const pace = what === 'requests' ? { count: limit, perMs: 3_600_000 } : null
      const concurrent = what === 'places' ? limit : null
      const scoped = [
        { kind: 'key', value: 'web', rate: { ...none, requests: pace, concurrent } } as const,
      ]
      const taken = rates.take(scoped, () => 0, 1_000)
      if (isRateRefusal(taken)) continue
      admitted += 1
      const under = Atomics.add(seen, 0, 1) + 1
      for (let most = Atomics.load(seen, 1); under > most; most = Atomics.load(seen, 1)) {
        Atomics.compareExchange(seen, 1, most, under)
      }
      open.push(() => {
        Atomics.sub(seen, 0, 1)
        rates.giveBack(taken as RateHold, null, 0)
      })
    }
    if (random.next() < 0.7) open.splice(Math.floor(random.next() * open.length), 1)[0]?.()
  }
  for (const end of open) end()
  return { admitted, spent: spent.toString(), news }
}
