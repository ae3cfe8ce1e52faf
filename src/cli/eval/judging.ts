import { resolve } from 'node:path'
import type { JudgingDefaults } from '../../control/evals/options.ts'
import { type Context, UsageError } from '../command.ts'

/** Whom graders ask to judge that name nobody. @throws UsageError */
export function judgingOf(context: Context): JudgingDefaults {
  const judges = (context.option('judge') ?? '').split(',').map((name) => name.trim())
  const named = context.option('judge') === undefined ? [] : judges
  if (named.includes('')) throw new UsageError('--judge has an empty name between its commas.')
  const labels = context.option('labels')
  // The file of evaluations may stand elsewhere; the option is of where the command is called.
  return { judges: named, labels: labels === undefined ? null : resolve(labels) }
}
