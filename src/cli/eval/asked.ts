import { CommandError, type Context, UsageError } from '../command.ts'
import { textOf } from './files.ts'

/** What is asked of a run of an evaluation. */
export interface Asked {
  readonly file: string
  readonly text: string
  readonly repeats: number | null
  readonly concurrency: number
  readonly limit: number | null
  readonly seed: number
  readonly margin: number | null
}

/** @throws UsageError, CommandError */
export function askedOf(context: Context, file: string): Asked {
  if (context.flag('resume') && !context.flag('no-cache'))
    throw new UsageError(
      '--resume goes with --no-cache. Without it every run goes on where the last one was stopped.',
    )
  const margin = context.option('margin')
  const share = margin === undefined ? null : Number(margin)
  if (share !== null && !(share >= 0.001 && share <= 0.5))
    throw new UsageError(`--margin is a share from 0.001 to 0.5, as 0.03, not ${margin}.`)
  let text: string
  try {
    text = textOf(file, file)
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
  return {
    file,
    text,
    repeats: count(context, 'repeat', 1, 100),
    concurrency: count(context, 'concurrency', 1, 256) ?? 8,
    limit: count(context, 'limit', 1, 10_000_000),
    seed: count(context, 'seed', 0, 2 ** 31 - 1) ?? 1,
    margin: share,
  }
}

function count(context: Context, name: string, least: number, most: number): number | null {
  const text = context.option(name)
  if (text === undefined) return null
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not ${text}.`)
}
