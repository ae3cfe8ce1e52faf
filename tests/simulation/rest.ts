import type { Money } from '../../src/core/money.ts'
import { isRefusal, type ScopedBudget, type ScopeKind } from '../../src/gateway/limits/budgets.ts'
import { isRateRefusal } from '../../src/gateway/limits/rates.ts'
import { budgets, rates } from './config.ts'
import type { Day } from './day.ts'

const kinds = { keyId: 'key', customer: 'customer', task: 'task' } as const satisfies Record<
  string,
  ScopeKind
>

/**
 * What the last process of a day remembers when nothing is under way: budgets hold nothing, no call
 * takes a place, and what is kept for calls of the past is bounded.
 */
export function leftOver({ last, rows, wall }: Day): readonly string[] {
  const wrong: string[] = []
  const { parts } = last
  // What is left of a budget is all that was not spent: not a picodollar is held any more.
  for (const { scope, value, usd, per } of budgets) {
    if (per !== 'total') continue
    const limit = (BigInt(Math.round(Number(usd) * 1e6)) * 1_000_000n) as Money
    const spent = rows
      .filter((row) => row[scope] === value)
      .reduce((sum, { cost }) => sum + (cost ?? 0n), 0n)
    const scoped: ScopedBudget = { kind: kinds[scope], value, budget: { limit, per } }
    const all = (limit - spent) as Money
    const more = parts.budgets.hold([scoped], (all + 1n) as Money, wall)
    if (!isRefusal(more)) wrong.push(`${scope} ${value}: more than ${all} is left`)
    const whole = parts.budgets.hold([scoped], all, wall)
    if (isRefusal(whole)) wrong.push(`${scope} ${value}: ${whole.left} is left of ${all}`)
  }
  // An hour later every place is free again, and so is the whole of each rate.
  const laterUs = parts.clock.elapsedUs() + 3_600_000_000
  for (const { key, requests, perMs, concurrent } of rates) {
    const rate = { requests: { count: requests, perMs }, tokens: null, concurrent }
    const scoped = { kind: 'key', value: key, rate } as const
    for (let taken = 0; taken < concurrent; taken += 1) {
      const share = parts.rates.take([scoped], () => 0, laterUs)
      if (isRateRefusal(share)) wrong.push(`key ${key}: ${taken} of ${concurrent} places are free`)
    }
  }
  const { queuedBytes } = last.writer.stats()
  if (queuedBytes > 0) wrong.push(`${queuedBytes} bytes were not written`)
  if (parts.budgets.size > scopesMax) wrong.push(`${parts.budgets.size} budgets are remembered`)
  if (parts.rates.size > scopesMax) wrong.push(`${parts.rates.size} rates are remembered`)
  if (parts.health.closed().length > scopesMax) wrong.push('more rest than there are')
  return wrong
}

/** Keys, customers, tasks and providers of the configuration; whoever is not named has no limit here. */
const scopesMax = 20
