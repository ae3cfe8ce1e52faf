import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { SuiteFault } from '../../control/evals/fault.ts'
import { loggedCalls } from '../../control/evals/reading/from-calls.ts'
import { readSuite } from '../../control/evals/read.ts'
import { routingTable } from '../../control/evals/routing-table.ts'
import { systemClock } from '../../core/clock.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { Calibration } from '../../routing/calibrated/calibrate.ts'
import { readLine } from '../../routing/calibrated/table.ts'
import type { RoutesJson } from '../../server/contract/routing.ts'
import { addressOf, connect } from '../client.ts'
import { CommandError, type Context } from '../command.ts'
import { askedOf } from '../eval/asked.ts'
import { filesBeside } from '../eval/files.ts'
import { judgingOf } from '../eval/judging.ts'
import { reach, type Reached } from '../eval/reach.ts'
import { reportText } from '../eval/text.ts'
import { wholeRun } from '../eval/whole-run.ts'
import { openFile } from '../open.ts'
import { grouped, printable } from '../print.ts'
import type { Asked } from './policy.ts'
import type { Table } from './table-file.ts'

/** A task as the configuration has it, with what it takes to prove its promise. */
interface Promised {
  readonly name: string
  /** 'provider/model', from cheap to strong. */
  readonly models: readonly string[]
  readonly quality: number
  readonly confidence: number
  /** Absolute. */
  readonly evals: string
  /** Where the configuration looks for the policy; absolute. */
  readonly policy: string
}

/** What a calibration is made of. */
export interface Prepared {
  readonly table: Table
  readonly asked: Asked
  /** Where the policy is written. */
  readonly out: string
  /** Whose promise it is; null for a table that stands for itself. */
  readonly task: string | null
  /** What the policy's file says besides, for the next time. */
  readonly more: object
}

/**
 * Asks the models of a task the cases of its evaluation, and makes a table of their graded answers: all that
 * a calibration takes, from the configuration alone.
 * @returns null when whoever was asked did not agree
 * @throws CommandError, UsageError
 */
export async function tableOfTask(context: Context, name: string): Promise<Prepared | null> {
  const task = promisedOf(context, name)
  const asked = askedOf(context, task.evals)
  const gateway = await reach(context)
  try {
    const suite = await readSuite({
      file: shown(task.evals),
      text: asked.text,
      files: filesBeside(task.evals),
      logged: loggedCalls(gateway.get),
      embeddings: null,
      judging: judgingOf(context),
    })
    // The strong one first: it is what the others are compared with.
    const models = task.models.toReversed()
    const epoch = await epochOf(task, gateway)
    const report = await wholeRun(context, gateway, suite, models, {
      ...asked,
      margin: suite.margin,
      epoch,
    })
    if (report === null) return null
    if (!context.json) context.print.out(`${reportText(report, context.print)}\n`)
    if (!report.conclusive)
      throw new CommandError(
        `More than half of the cases of a model have no verdict, so nothing was proven and ${name} stays as it is.`,
      )
    const { rows, left } = routingTable(report)
    if (left > 0 && !context.json)
      context.print.err(
        `note: ${left} results are left out, because they have no verdict or their cost is not known.`,
      )
    const graders = [
      ...new Set(report.plan.cases.flatMap(({ checks }) => checks.map((check) => check.name))),
    ]
    const judges = report.judge?.judges ?? []
    if (judges.length > 0 && !context.json)
      context.print.err(
        `note: what is proven is the share of answers that ${judges.join(', ')} ${judges.length === 1 ? 'calls' : 'call'} right. Errors of judges are not reckoned out of it: where wrong answers pass too, less of the quality is kept than is said.`,
      )
    return {
      table: tableOf(task, rows),
      asked: {
        promptHash: context.option('prompt-hash') ?? null,
        cheap: task.models.slice(0, -1),
        strong: models[0]!,
        quality: task.quality,
        confidence: task.confidence,
        seed: asked.seed,
      },
      out: context.option('out') ?? placeFor(task),
      task: name,
      more: { task: name, evals: { file: shown(task.evals), epoch, graders, judges } },
    }
  } catch (error) {
    if (error instanceof SuiteFault) throw new CommandError(error.message)
    throw error
  } finally {
    await gateway.close()
  }
}

/** @throws CommandError with what the configuration lacks */
function promisedOf(context: Context, name: string): Promised {
  const { path, inForce } = openFile(context)
  const { tasks } = inForce.current.snapshot
  const task = tasks.get(name)
  if (path === null || task === undefined)
    throw new CommandError(
      path === null
        ? 'There is no configuration, and so no task. To make one: freehold init'
        : `${shown(path)} has no task ${printable(name)}.${didYouMean(name, tasks.keys())}`,
    )
  const example = `Write for example:\n  ${name}:\n    policy: cascade\n    models: [provider/cheap, provider/strong]\n    guarantee: { quality: 0.98, confidence: 0.95, evals: evals/${name}.yaml }`
  const { routing } = task
  if (routing === null || routing.guarantee === null)
    throw new CommandError(`${name} promises nothing that could be proven. ${example}`)
  const { evals, path: policy, guarantee } = routing
  if (evals === null || policy === null)
    throw new CommandError(
      `${name} names no evals, so there are no cases to prove it with. ${example}`,
    )
  if (guarantee.quality > 0.999)
    throw new CommandError(
      `${name} promises a quality of ${guarantee.quality}, which no number of cases proves. Promise 0.99 or less.`,
    )
  const folder = dirname(path)
  const absolute = (file: string): string => (isAbsolute(file) ? file : join(folder, file))
  return {
    name,
    models: task.candidates.map(({ provider, model }) => `${provider}/${model}`),
    ...guarantee,
    evals: absolute(evals),
    policy: absolute(policy),
  }
}

const dayMs = 86_400_000
/** As long as a policy says something of its traffic; see `whyVoid` of src/routing/certificate.ts. */
const ageMaxDays = 90

/**
 * Names the time from which answers may be taken: those that were kept before a price, a model or the audits took
 * a policy back prove nothing of what is there now. Undefined: all that are kept, also by freehold eval.
 */
async function epochOf(task: Promised, gateway: Reached): Promise<string | undefined> {
  const before = writtenBefore(task.policy)
  if (before === null) return undefined
  const { routes } = await gateway.get<RoutesJson>('/api/routes')
  const outdated = routes.find((route) => route.task === task.name)?.outdated === true
  const isOld = systemClock.now() / 1_000 - Date.parse(before.made) > ageMaxDays * dayMs
  return outdated || isOld ? `after ${before.made}` : before.epoch
}

/** What the policy that is there says of the answers that it was made from; null when there is none. */
function writtenBefore(
  path: string,
): { readonly made: string; readonly epoch: string | undefined } | null {
  try {
    const { made, evals } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly made?: unknown
      readonly evals?: { readonly epoch?: unknown } | null
    }
    const epoch = evals?.epoch
    return typeof made === 'string'
      ? { made, epoch: typeof epoch === 'string' ? epoch : undefined }
      : null
  } catch {
    return null // it is not there, or says nothing that could be read
  }
}

/** @throws CommandError when nothing in it can be used */
function tableOf({ models, evals }: Promised, lines: readonly string[]): Table {
  const wanted = new Set(models)
  if (lines.length === 0)
    throw new CommandError(
      `No answer to ${shown(evals)} has both a grade and a known cost, so there is nothing to prove with. What the models cost says: freehold doctor`,
    )
  return {
    path: shown(evals),
    rows: lines.map((line) => readLine(line, wanted).row),
    hash: new Bun.CryptoHasher('sha256').update(lines.join('\n')).digest('hex'),
  }
}

/** @throws CommandError when its folder cannot be made */
function placeFor({ policy }: Promised): string {
  try {
    mkdirSync(dirname(policy), { recursive: true })
  } catch (error) {
    throw new CommandError(`${dirname(policy)} cannot be made: ${(error as Error).message}`)
  }
  return shown(policy)
}

/**
 * Cases that are missing for a proof, as far as that can be told: right answers of the strong model are what it is
 * made of. Null when there are enough, and more of the same kind would prove no more.
 */
export function casesMissing(
  { certificate, rows, rowsLeast }: Calibration,
  { table, asked: { strong } }: Pick<Prepared, 'table' | 'asked'>,
): number | null {
  if (certificate !== null) return null
  const scores = table.rows.flatMap(({ results }) => results.get(strong)?.score ?? [])
  const right = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length)
  const all = rows.fit + rows.certify
  const needed = Math.ceil(rowsLeast / (Math.max(right, 0.01) * (rows.certify / Math.max(1, all))))
  return Number.isFinite(needed) && needed > all ? needed - all : null
}

/** What to do with it, in a sentence. */
export function missingText(missing: number, evals: string): string {
  return `About ${grouped(missing)} more cases in ${printable(evals)} are missing for a proof, if the cheap model loses none of them. What was answered is kept, so only new ones are asked.`
}

/** A gateway looks at a policy within a fraction of a second of its being written. */
const takenTries = 50
const takenEveryMs = 100

/**
 * Whether a gateway that runs has taken the policy. Null where none runs, and for a policy that is written
 * elsewhere than the configuration looks.
 * @param made  of the policy, which tells it from the one before
 */
export async function takenBy(
  context: Context,
  { task }: Pick<Prepared, 'task'>,
  made: string,
): Promise<boolean | null> {
  if (task === null || context.option('out') !== undefined) return null
  if ((await addressOf(context)) === null) return null
  const client = await connect(context)
  try {
    for (let tries = 0; tries < takenTries && !context.signal.aborted; tries += 1) {
      const { routes } = await client.get<RoutesJson>('/api/routes')
      if (routes.find((route) => route.task === task)?.certificate?.made === made) return true
      await Bun.sleep(takenEveryMs)
    }
    return false
  } finally {
    await client.close()
  }
}

export function takenText(taken: boolean, { task }: Pick<Prepared, 'task'>): string {
  return taken
    ? `The running gateway decides by it from now on: freehold route status`
    : `The running gateway has not taken it yet. Is its configuration this one, with ${task} as it is here? See: freehold route status`
}

/** As whoever types it would name it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}
