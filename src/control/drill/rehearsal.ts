import type { PriceSegment } from '../../catalog/model.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import { add, type Money, nothing, usdText } from '../../core/money.ts'
import { costOfSum } from '../economics/what-if.ts'
import type { CostRow } from '../../store/ports.ts'
import type { BoundTask, Effort } from './leave.ts'
import {
  isOf,
  nextOf,
  proofDays,
  type Substitute,
  substitutesOf,
  type TestedModel,
} from './substitutes.ts'

/** Leaving a provider, from the ledger's sums: what a page shows at once. Words of calls are not looked at. */

export interface RehearsalFacts {
  readonly tasks: readonly BoundTask[]
  /** Sums by task and model of what the provider answered. */
  readonly rows: readonly CostRow[]
  /** Sums by task and customer, and by task and feature. */
  readonly customers: readonly CostRow[]
  readonly features: readonly CostRow[]
  readonly since: Instant
  readonly until: Instant
  readonly tested: readonly TestedModel[]
  readonly now: Instant
  readonly cardAt: (name: string, at: Instant) => PriceSegment | null
  readonly isLive: (provider: string) => boolean
}

export interface RehearsalTerms {
  readonly effort: Effort
  /** USD a day of an engineer. */
  readonly dayRate: number
}

export interface Rehearsal {
  readonly leave: string
  readonly since: string
  readonly until: string
  readonly day_rate_usd: number
  readonly tasks: readonly RehearsedTask[]
  readonly stops: number
  readonly customers: number
  readonly days: number
  readonly one_off_usd: number
  /** More a month on the substitutes, below 0 for less; null where one of them cannot be priced. */
  readonly monthly_change_usd: string | null
  readonly notes: readonly string[]
}

export interface RehearsedTask {
  /** Null: calls of models by their own name. */
  readonly task: string | null
  readonly stops: boolean
  readonly readiness: 'tested' | 'untested' | 'none'
  readonly attempts: number
  readonly cost_usd: string
  readonly cost_unknown: number
  readonly customers: readonly string[]
  readonly features: readonly string[]
  readonly substitutes: readonly {
    readonly model: string
    readonly tested_at: string | null
    /** What the same tokens cost there; null where it has no price. */
    readonly cost_usd: string | null
  }[]
  /** The one that would answer; null: the task stops. */
  readonly next: string | null
  readonly days: number
  readonly one_off_usd: number
  readonly monthly_change_usd: string | null
}

/** What is not known is null. */
export function rehearse(
  provider: string,
  facts: RehearsalFacts,
  terms: RehearsalTerms,
): Rehearsal {
  const { tasks, rows } = facts
  const byTask = Map.groupBy(rows, ({ group }) => group[0] ?? null)
  const bound = tasks.filter(({ models }) => models.some((model) => isOf(provider, model)))
  const names = new Set<string | null>([...bound.map(({ name }) => name), ...byTask.keys()])
  const all = [...names]
    .map((name) => taskOf(provider, name, byTask.get(name) ?? [], facts, terms))
    .toSorted((left, right) => Number(right.row.cost_usd) - Number(left.row.cost_usd))
  const told = all.map(({ row }) => row)
  const monthly = all.reduce<Money | null>(
    (sum, { change }) => (sum === null || change === null ? null : add(sum, change)),
    nothing,
  )
  const days = told.reduce((sum, row) => sum + row.days, 0)
  return {
    leave: provider,
    since: isoText(facts.since),
    until: isoText(facts.until),
    day_rate_usd: terms.dayRate,
    tasks: told,
    stops: told.filter(({ stops }) => stops).length,
    customers: new Set(told.flatMap(({ customers }) => customers)).size,
    days,
    one_off_usd: days * terms.dayRate,
    monthly_change_usd: monthly === null ? null : usdText(monthly),
    notes: [
      `A substitute is tested where a swap of the task to it was proven within ${proofDays} days: freehold swap TASK MODEL --prove FILE.`,
      'Cost there is of the same tokens at the price of now; freehold replay measures tokens and quality.',
      `Which calls a substitute cannot take is seen by freehold drill --leave ${provider}, which reads words.`,
      'Days of work are assumptions.',
    ],
  }
}

const monthUs = 30 * 86_400_000_000

function taskOf(
  provider: string,
  name: string | null,
  rows: readonly CostRow[],
  { tasks, customers, features, tested, now, since, until, cardAt, isLive }: RehearsalFacts,
  { effort, dayRate }: RehearsalTerms,
): { readonly row: RehearsedTask; readonly change: Money | null } {
  const models = tasks.find((task) => task.name === name)?.models ?? []
  const all = name === null ? [] : substitutesOf(provider, name, models, tested, now)
  const substitutes = all.filter(({ model }) => isLive(model.slice(0, model.indexOf('/'))))
  const next = nextOf(substitutes)
  const readiness =
    next === null ? 'none' : next.testedAt === null ? ('untested' as const) : ('tested' as const)
  const cost = rows.reduce((sum, row) => add(sum, row.cost), nothing)
  const unknown = rows.reduce((sum, { costUnknown }) => sum + costUnknown, 0)
  const there = (model: string): Money | null => costThere(cardAt(model, now), rows, now)
  const costNext = next === null ? null : there(next.model)
  const change =
    costNext === null || unknown > 0 || until <= since
      ? null
      : ((((costNext - cost) * BigInt(monthUs)) / BigInt(until - since)) as Money)
  const row: RehearsedTask = {
    task: name,
    stops: next === null,
    readiness,
    attempts: rows.reduce((sum, { attempts }) => sum + attempts, 0),
    cost_usd: usdText(cost),
    cost_unknown: unknown,
    customers: namesOf(customers, name),
    features: namesOf(features, name),
    substitutes: substitutes.map((each: Substitute) => {
      const usd = there(each.model)
      return {
        model: each.model,
        tested_at: each.testedAt === null ? null : isoText(each.testedAt),
        cost_usd: usd === null ? null : usdText(usd),
      }
    }),
    next: next?.model ?? null,
    days: effort[readiness],
    one_off_usd: effort[readiness] * dayRate,
    monthly_change_usd: change === null ? null : usdText(change),
  }
  return { row, change }
}

/** Null where there is no price, or none for a kind that was used. */
function costThere(
  card: PriceSegment | null,
  rows: readonly CostRow[],
  now: Instant,
): Money | null {
  if (card === null) return null
  let sum = nothing
  for (const { usage, attempts } of rows) {
    const part = costOfSum(card, usage, attempts, now)
    if (part === null) return null
    sum = add(sum, part as Money)
  }
  return sum
}

function namesOf(rows: readonly CostRow[], task: string | null): readonly string[] {
  const names = rows.flatMap(({ group: [of, name] }) =>
    (of ?? null) === task && name !== null && name !== undefined ? [name] : [],
  )
  return [...new Set(names)].toSorted()
}
