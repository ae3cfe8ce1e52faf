import type { Model } from '../../catalog/model.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import { add, type Money, nothing } from '../../core/money.ts'
import type { PastCall } from '../replay/calls.ts'
import { priceElsewhere, sameTokens } from '../replay/price.ts'
import { isOf, type Substitute, substitutesOf, type TestedModel } from './substitutes.ts'

/** A task as the configuration binds it: 'provider/model' in order. */
export interface BoundTask {
  readonly name: string
  readonly models: readonly string[]
}

export interface Known {
  readonly model: (name: string) => Pick<Model, 'prices' | 'context'> | null
  readonly tested: readonly TestedModel[]
  readonly now: Instant
}

/** Days of work to move one task, by what stands ready for it. Assumptions, and told as such. */
export interface Effort {
  readonly tested: number
  readonly untested: number
  readonly none: number
}

export interface SubstituteDrill {
  readonly model: string
  /** When a swap of this task to it was proven; null: it is untested. */
  readonly testedAt: string | null
  /** What the calls would have cost there; null where some of them have no price. */
  readonly cost: Money | null
  readonly unknown: number
  /** Calls that do not fit into its context. */
  readonly tooLong: number
}

export interface TaskDrill {
  /** Null: calls of models by their own name. */
  readonly task: string | null
  readonly calls: number
  readonly cost: Money
  readonly costUnknown: number
  /** In the order in which the task would ask them. Empty: the task stops. */
  readonly substitutes: readonly SubstituteDrill[]
  readonly readiness: 'tested' | 'untested' | 'none'
  readonly days: number
}

/**
 * What leaving a provider would mean for each task that it answered or stands in.
 * @param calls  those that the provider answered
 */
export function leaveDrill(
  provider: string,
  tasks: readonly BoundTask[],
  calls: readonly PastCall[],
  known: Known,
  effort: Effort,
): readonly TaskDrill[] {
  const byTask = Map.groupBy(calls, ({ task }) => task)
  const bound = tasks.filter(({ models }) => models.some((model) => isOf(provider, model)))
  const names = new Set([...bound.map(({ name }) => name), ...byTask.keys()])
  return [...names]
    .map((name) => {
      const own = byTask.get(name) ?? []
      const models = tasks.find((task) => task.name === name)?.models ?? []
      const left =
        name === null ? [] : substitutesOf(provider, name, models, known.tested, known.now)
      const substitutes = left.map((each) => substituteOf(each, own, known))
      const readiness =
        substitutes.length === 0
          ? ('none' as const)
          : substitutes.some(({ testedAt }) => testedAt !== null)
            ? ('tested' as const)
            : ('untested' as const)
      return {
        task: name,
        calls: own.length,
        ...sumOf(own.map(({ cost }) => (cost === null ? null : (BigInt(cost) as Money)))),
        substitutes,
        readiness,
        days: effort[readiness],
      }
    })
    .map(({ known: cost, unknown: costUnknown, ...rest }) => ({ ...rest, cost, costUnknown }))
    .toSorted((left, right) => (left.cost === right.cost ? 0 : left.cost > right.cost ? -1 : 1))
}

function substituteOf(
  { model, testedAt }: Substitute,
  calls: readonly PastCall[],
  { model: find }: Known,
): SubstituteDrill {
  const facts = find(model)
  const { known: sum, unknown } = sumOf(
    calls.map((call) => (facts === null ? null : priceElsewhere(facts, call, sameTokens))),
  )
  const context = facts?.context ?? null
  return {
    model,
    testedAt: testedAt === null ? null : isoText(testedAt),
    cost: unknown > 0 ? null : sum,
    unknown,
    tooLong:
      context === null ? 0 : calls.filter(({ prompt, output }) => prompt + output > context).length,
  }
}

function sumOf(costs: readonly (Money | null)[]): {
  readonly known: Money
  readonly unknown: number
} {
  let [known, unknown] = [nothing, 0]
  for (const cost of costs) {
    if (cost === null) unknown += 1
    else known = add(known, cost)
  }
  return { known, unknown }
}
