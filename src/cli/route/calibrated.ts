import { isoText, systemClock } from '../../core/clock.ts'
import { calibrate, type Calibration } from '../../routing/calibrated/calibrate.ts'
import { CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { breathing, needed, progress } from './context.ts'
import { withEmbeddings } from './embed.ts'
import { outcomeText } from './outcome.ts'
import { pictureOf } from './picture.ts'
import { type Asked, summaryOf, writeOut, writePolicy } from './policy.ts'
import { readTable, type Table } from './table-file.ts'
import { casesMissing, missingText, type Prepared, takenBy, takenText } from './task.ts'

/** What `--table` and the options beside it ask for. @throws CommandError, UsageError */
export async function tableFrom(context: Context): Promise<Prepared> {
  const asked = askedOf(context)
  const out = context.option('out') ?? 'policy.json'
  const models = [...asked.cheap, asked.strong]
  const table = await readTable(needed(context, 'table'), models, breathing(context))
  return { asked, out, table, task: null, more: {} }
}

/** Chooses a policy, proves it and writes it. @throws CommandError */
export async function proven(context: Context, prepared: Prepared): Promise<ExitCode> {
  const { asked, out } = prepared
  const breathe = breathing(context)
  refuse(prepared.table, asked)
  const embeddings = context.option('embeddings') ?? null
  const rows = await withEmbeddings(context, embeddings, prepared.table.rows)
  if (rows === null) return 1
  const table = { ...prepared.table, rows }
  const steps = calibrate(rows, { ...asked, embeddings })
  let step = steps.next()
  for (let count = 1; step.done !== true; count += 1) {
    await breathe(`${count}: ${step.value}`)
    step = steps.next()
  }
  progress(context, null)
  const calibration = step.value
  const made = isoText(systemClock.now())
  const summary = { ...summaryOf(calibration, asked, table, made), embeddings, ...prepared.more }
  await writePolicy(out, summary, calibration.rule)
  const drawn = await drawPicture(context.option('picture'), calibration, asked)
  const missing = casesMissing(calibration, prepared)
  const taken = await takenBy(context, prepared, made)
  if (context.json) {
    const { path } = drawn
    context.print.out(JSON.stringify({ ...summary, missing, in_force: taken, out, picture: path }))
    return 0
  }
  const { print } = context
  print.out(outcomeText(calibration, asked, print))
  if (missing !== null && prepared.task !== null) print.out(missingText(missing, table.path))
  print.out(`\nWritten to ${out}.${drawn.says}`)
  if (taken !== null) print.out(takenText(taken, prepared))
  return 0
}

/** @throws CommandError when the file cannot be written */
async function drawPicture(
  path: string | undefined,
  calibration: Calibration,
  asked: Asked,
): Promise<{ readonly path: string | null; readonly says: string }> {
  if (path === undefined) return { path: null, says: '' }
  const picture = pictureOf(calibration, asked)
  if (picture === null)
    return { path: null, says: ' There is no curve to draw, because no candidate was tested.' }
  await writeOut(path, picture)
  return { path, says: ` The curve is in ${path}.` }
}

/** @throws UsageError */
function askedOf(context: Context): Asked {
  const strong = needed(context, 'strong')
  const cheap = needed(context, 'cheap')
    .split(',')
    .map((name) => name.trim())
  if (cheap.includes('')) throw new UsageError('--cheap has an empty name between its commas.')
  if (cheap.includes(strong)) throw new UsageError(`${strong} cannot be both cheap and strong.`)
  const quality = share(context, 'quality', 0)
  if (quality > 0.999)
    throw new UsageError(
      'A quality of 1 cannot be proven by any number of rows, unless the policy is better than the strong model. Ask for 0.99.',
    )
  const seed = Number(context.option('seed') ?? 1)
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed is a whole number, not ${context.option('seed')}.`)
  return {
    promptHash: context.option('prompt-hash') ?? null,
    cheap: [...new Set(cheap)],
    strong,
    quality,
    confidence: share(context, 'confidence', 0.5),
    seed,
  }
}

function share(context: Context, name: string, least: number): number {
  const text = context.option(name) ?? '0.95'
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value > least && value < 1) return value
  if (name === 'quality' && value === 1) return value
  throw new UsageError(`--${name} is a number between ${least} and 1, as 0.95, not ${text}.`)
}

/** What no test can be run on. @throws CommandError */
function refuse({ path, rows }: Table, { cheap, strong }: Asked): void {
  const both = rows.filter(
    ({ results }) => results.has(strong) && cheap.some((name) => results.has(name)),
  )
  if (both.length === 0)
    throw new CommandError(`No row of ${path} has results of both ${strong} and a cheap model.`)
  const scores = new Set(
    both.flatMap(({ results }) => [...results.values()].map(({ score }) => score)),
  )
  if (scores.size === 1)
    throw new CommandError(
      `All scores of ${path} are ${[...scores][0]}: its grader tells no answer from another, so nothing can be proven with it. Grade the answers so that better ones score higher.`,
    )
  if (both.every(({ results }) => results.get(strong)!.costUsd === 0))
    throw new CommandError(
      `All calls of ${strong} in ${path} cost 0, so there is nothing to save. Give the dollars of each call under cost_usd.`,
    )
}
