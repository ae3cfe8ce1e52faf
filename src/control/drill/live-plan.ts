import type { PriceSegment } from '../../catalog/model.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import { add, type Money, nothing, usdText } from '../../core/money.ts'
import type { CostRow } from '../../store/ports.ts'
import { costOfSum } from '../economics/what-if.ts'
import type { BoundTask } from './leave.ts'
import { isOf, substitutesOf, type TestedModel } from './substitutes.ts'

/** What a drill with live calls would do, before it does it. */

export interface LivePlanFacts {
  readonly tasks: readonly BoundTask[]
  /** Sums by task of what the provider answered in the time that the plan is reckoned from. */
  readonly rows: readonly CostRow[]
  readonly since: Instant
  readonly until: Instant
  readonly tested: readonly TestedModel[]
  readonly now: Instant
  readonly cardAt: (name: string, at: Instant) => PriceSegment | null
  readonly isLive: (provider: string) => boolean
  /** Why a task cannot be drilled now; null: it can. */
  readonly whyNot: (task: string) => string | null
}

export interface LivePlanAsked {
  readonly provider: string
  readonly share: number
  readonly forMs: number
  /** Null: all tasks that can be. */
  readonly only: readonly string[] | null
}

export interface LivePlan {
  readonly leave: string
  readonly share: number
  readonly for_ms: number
  readonly tasks: readonly PlannedTask[]
  readonly left_out: readonly { readonly task: string; readonly why: string }[]
  /** At the pace of the last day. */
  readonly expected: {
    readonly calls: number
    readonly cost_usd: string | null
    readonly instead_usd: string | null
    readonly net_usd: string | null
  }
}

export interface PlannedTask {
  readonly task: string
  /** The tested substitute that answers in the provider's place. */
  readonly model: string
  readonly tested_at: string
  readonly calls: number
  /** Null where the substitute has no price, or costs of the provider are not known. */
  readonly cost_usd: string | null
  readonly instead_usd: string | null
}

export function livePlan(
  { provider, share, forMs, only }: LivePlanAsked,
  facts: LivePlanFacts,
): LivePlan {
  const { tasks, tested, now, isLive, whyNot } = facts
  const planned: (PlannedTask & Sums)[] = []
  const leftOut: { readonly task: string; readonly why: string }[] = []
  const bound = tasks.filter(
    ({ name, models }) =>
      models.some((model) => isOf(provider, model)) && (only === null || only.includes(name)),
  )
  for (const { name, models } of bound) {
    const all = substitutesOf(provider, name, models, tested, now).filter(({ model }) =>
      isLive(model.slice(0, model.indexOf('/'))),
    )
    const found = all.find(({ testedAt }) => testedAt !== null)
    const isAsked = isOf(provider, models[0]!) || facts.rows.some(({ group }) => group[0] === name)
    const why =
      whyNot(name) ??
      (isAsked ? null : `${provider} answers none of its calls`) ??
      (all.length === 0 ? 'it has no model at another provider, and would stop' : null)
    if (why !== null) leftOut.push({ task: name, why })
    else if (found === undefined || found.testedAt === null)
      leftOut.push({
        task: name,
        why: `no substitute of it is tested: freehold swap ${name} ${all[0]!.model} --prove FILE, and back`,
      })
    else
      planned.push({
        task: name,
        model: found.model,
        tested_at: isoText(found.testedAt),
        ...expectedOf(name, found.model, share, forMs, facts),
      })
  }
  const sum = (field: keyof Sums): Money | null =>
    planned.reduce<Money | null>((total, row) => {
      const value = row[field]
      return total === null || value === null ? null : add(total, value)
    }, nothing)
  const [cost, instead] = [sum('cost'), sum('instead')]
  return {
    leave: provider,
    share,
    for_ms: forMs,
    tasks: planned.map(({ cost: _cost, instead: _instead, ...row }) => row),
    left_out: leftOut,
    expected: {
      calls: planned.reduce((total, { calls }) => total + calls, 0),
      cost_usd: cost === null ? null : usdText(cost),
      instead_usd: instead === null ? null : usdText(instead),
      net_usd: cost === null || instead === null ? null : usdText((cost - instead) as Money),
    },
  }
}

interface Sums {
  readonly cost: Money | null
  readonly instead: Money | null
}

function expectedOf(
  task: string,
  model: string,
  share: number,
  forMs: number,
  { rows, since, until, now, cardAt }: LivePlanFacts,
): Pick<PlannedTask, 'calls' | 'cost_usd' | 'instead_usd'> & Sums {
  const own = rows.filter(({ group }) => group[0] === task)
  const span = until - since
  const part = span <= 0 ? 0 : (share * forMs * 1_000) / span
  // A share has no more than nine digits that mean anything.
  const parts = BigInt(Math.round(share * 1e9)) * BigInt(Math.round(forMs * 1_000))
  const scaled = (amount: bigint): Money =>
    (span <= 0 ? 0n : (amount * parts) / (1_000_000_000n * BigInt(span))) as Money
  const card = cardAt(model, now)
  let there: bigint | null = 0n
  for (const { usage, attempts } of own) {
    const cost = card === null ? null : costOfSum(card, usage, attempts, now)
    there = there === null || cost === null ? null : there + cost
  }
  const isKnown = own.every(({ costUnknown }) => costUnknown === 0)
  const here = own.reduce((sum, { cost }) => sum + cost, 0n)
  const [cost, instead] = [there === null ? null : scaled(there), isKnown ? scaled(here) : null]
  return {
    calls: Math.round(own.reduce((sum, { attempts }) => sum + attempts, 0) * part),
    cost,
    instead,
    cost_usd: cost === null ? null : usdText(cost),
    instead_usd: instead === null ? null : usdText(instead),
  }
}
