import type { Instant } from '../../core/clock.ts'

/** Which model of a task answers when a provider is left, and whether that was ever tested. */

/** A proof older than this says little of the model of today. */
export const proofDays = 90
const dayUs = 86_400_000_000

/** A swap that was proven: its models are good enough for its task. */
export interface TestedModel {
  readonly task: string
  readonly model: string
  readonly at: Instant
}

export interface Substitute {
  /** 'provider/model' */
  readonly model: string
  /** Null: no proof of the last 90 days. */
  readonly testedAt: Instant | null
}

/** The task's own models at others, in the order in which it would ask them. */
export function substitutesOf(
  provider: string,
  task: string,
  models: readonly string[],
  tested: readonly TestedModel[],
  now: Instant,
): readonly Substitute[] {
  const left = [...new Set(models.filter((model) => !isOf(provider, model)))]
  return left.map((model) => {
    const proofs = tested.filter(
      (each) => each.task === task && each.model === model && each.at > now - proofDays * dayUs,
    )
    const newest = proofs.reduce<Instant | null>(
      (last, { at }) => (last === null || at > last ? at : last),
      null,
    )
    return { model, testedAt: newest }
  })
}

/** The one that would answer: the first that is tested, else the first; null: the task stops. */
export function nextOf(substitutes: readonly Substitute[]): Substitute | null {
  return substitutes.find(({ testedAt }) => testedAt !== null) ?? substitutes[0] ?? null
}

export function isOf(provider: string, model: string): boolean {
  return model.startsWith(`${provider}/`)
}
