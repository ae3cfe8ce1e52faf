import { type Money, usdText } from '../core/money.ts'
import { didYouMean } from '../core/spelling.ts'
import type { Report } from './report.ts'
import type { Names } from './resolve-tasks.ts'
import type { Config } from './schema/index.ts'
import type { AdviceSettings } from './settings.ts'

/** What the daily look whether own machines pay goes by. */

type Written = Config['economics']['advice']

const unwritten: Exclude<Written, boolean> = { weights: {} }

export function resolveAdvice(advice: Written): AdviceSettings {
  const { weights, gpu, rent, people, salary, hidden } =
    typeof advice === 'boolean' ? unwritten : advice
  const text = (amount: Money | undefined): string | null =>
    amount === undefined ? null : usdText(amount)
  return {
    watched: advice !== false,
    weights: new Map(Object.entries(weights)),
    gpu: gpu ?? null,
    rent: text(rent),
    people: people === undefined ? null : people.toFixed(6),
    salary: text(salary),
    hidden: text(hidden),
  }
}

/** Advice on a task that is none would never be given, and nobody would know why. */
export function checkAdvice(
  { economics: { advice }, tasks }: Config,
  { isTask }: Pick<Names, 'isTask'>,
  report: Report,
): void {
  const { weights } = typeof advice === 'boolean' ? unwritten : advice
  for (const name of Object.keys(weights)) {
    if (isTask(name)) continue
    const meant = didYouMean(name, Object.keys(tasks))
    report.wrong(
      ['economics', 'advice', 'weights', name],
      `names no task.${meant || ' Tasks stand under tasks.'}`,
      'name',
    )
  }
}
