import { calibrate, type Calibration, tripsOf } from '../../routing/calibrated/calibrate.ts'
import type { Report } from '../../routing/calibrated/report.ts'
import { pictureOf } from '../route/picture.ts'
import { embeddingsOf } from '../../routing/calibrated/rule.ts'
import type { Row } from '../../routing/calibrated/table.ts'
import { qualityInterval, savingInterval, totalsOf } from '../../routing/calibrated/totals.ts'
import { isoText, systemClock } from '../../core/clock.ts'
import { seeded } from '../../core/random.ts'
import { type Command, CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { dim, grouped, printable, table as tableText } from '../print.ts'
import {
  type Asked,
  readPolicy,
  summaryOf,
  totalsJson,
  writePolicy,
  writeWhole,
} from '../route/policy.ts'
import { withEmbeddings } from '../route/embed.ts'
import { explained } from '../route/explained.ts'
import { status } from '../route/status.ts'
import {
  casesMissing,
  missingText,
  type Prepared,
  tableOfTask,
  takenBy,
  takenText,
} from '../route/task.ts'
import { readTable, type Table } from '../route/table-file.ts'

export const route: Command = {
  name: 'route',
  summary: 'Finds out when a cheap model is good enough, with proof',
  usage: 'calibrate | test | explain | status',
  help: `calibrate --task NAME                          proves what a task promises: runs its evals, writes its policy
calibrate --table T --cheap A[,B] --strong C   chooses a policy and proves it on rows that did not choose it
test --policy P --table T                      what a policy keeps and saves on a table
explain --policy P --prompt TEXT               what it does with a prompt, and which words decide
status                                         what a running gateway does by its policies, and what that saves

A table has one prompt a line, as JSON, gzipped or not: {"id", "prompt", "results": {MODEL: {"score", "cost_usd"}}}, and
response, answer and confidence of each result where they are known. Scores are between 0 and 1. The answer may be 'no
routing': then the policy is one model, and says why.`,
  options: {
    task: {
      value: 'NAME',
      says: 'the task whose guarantee is proven, as the configuration has it',
    },
    table: { value: 'FILE', says: 'graded answers of the models, one prompt a line' },
    cheap: {
      value: 'A[,B]',
      says: 'the cheap model; several are tried, and compared with each other',
    },
    strong: { value: 'MODEL', says: 'the model whose quality is to be kept' },
    quality: { value: 'SHARE', says: "of the strong model's mean score, between 0 and 1 (0.95)" },
    confidence: { value: 'SHARE', says: 'that it holds, between 0.5 and 1 (0.95)' },
    seed: { value: 'NUMBER', says: 'of the split and the training; the same gives the same (1)' },
    out: { value: 'FILE', says: 'where the policy is written (policy.json; with --task its own)' },
    picture: { value: 'FILE', says: 'where the cost-quality curve is drawn, as SVG' },
    policy: { value: 'FILE', says: 'a policy that calibrate wrote' },
    prompt: { value: 'TEXT', says: 'the prompt to explain' },
    'prompt-hash': {
      value: 'HASH',
      says: 'of system prompt, tools and schema, as an alarm named it: the policy is for no other',
    },
    embeddings: {
      value: 'MODEL',
      says: 'of calibrate: also goes by the prompts most like a new one, as this model sees them',
    },
    concurrency: { value: 'N', says: 'with --task: calls at the same time (8)' },
    judge: { value: 'A[,B]', says: 'with --task: for graders that ask a model and name none' },
    labels: { value: 'FILE', says: 'with --task: what people said of answers, for judges' },
    yes: { short: 'y', says: 'with --task or --embeddings: do not ask whether to go on' },
    'no-cache': { says: 'with --task: ask anew what was answered before' },
    resume: { says: 'with --task and --no-cache: go on with the run that was stopped' },
  },
  positionals: { least: 1, most: 1 },
  run: async (context) => {
    const [verb] = context.arguments
    if (verb === 'calibrate') {
      const task = context.option('task')
      return task === undefined ? calibrated(context) : calibratedTask(context, task)
    }
    if (verb === 'test') return tested(context)
    if (verb === 'explain') {
      only(context, ['policy', 'prompt', 'yes'])
      return explained(context, needed(context, 'policy'), needed(context, 'prompt'))
    }
    if (verb === 'status') {
      only(context, [])
      return status(context)
    }
    throw new UsageError(
      `route knows calibrate, test, explain and status, not ${JSON.stringify(verb)}.`,
    )
  },
}

async function calibrated(context: Context): Promise<ExitCode> {
  only(context, [
    'table',
    'cheap',
    'strong',
    'quality',
    'confidence',
    'seed',
    'out',
    'picture',
    'prompt-hash',
    'embeddings',
    'yes',
  ])
  return proven(context, await tableFrom(context))
}

/** What the configuration says of a task takes the place of all that is named for a table. */
async function calibratedTask(context: Context, task: string): Promise<ExitCode> {
  only(context, [
    'task',
    'seed',
    'out',
    'picture',
    'prompt-hash',
    'concurrency',
    'judge',
    'labels',
    'embeddings',
    'yes',
    'no-cache',
    'resume',
  ])
  const prepared = await tableOfTask(context, task)
  return prepared === null ? 1 : proven(context, prepared)
}

async function tableFrom(context: Context): Promise<Prepared> {
  const asked = askedOf(context)
  const out = context.option('out') ?? 'policy.json'
  const models = [...asked.cheap, asked.strong]
  const table = await readTable(needed(context, 'table'), models, breathing(context))
  return { asked, out, table, task: null, more: {} }
}

async function proven(context: Context, prepared: Prepared): Promise<ExitCode> {
  const { asked, out } = prepared
  const breathe = breathing(context)
  refuse(prepared.table, asked)
  const embeddings = context.option('embeddings') ?? null
  const rows = await embedded(context, embeddings, prepared.table)
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
  writePolicy(out, summary, calibration.rule)
  const drawn = drawPicture(context.option('picture'), calibration, asked)
  const missing = casesMissing(calibration, prepared)
  const taken = await takenBy(context, prepared, made)
  if (context.json) {
    const { path } = drawn
    context.print.out(JSON.stringify({ ...summary, missing, in_force: taken, out, picture: path }))
    return 0
  }
  const { certificate, report, rule } = calibration
  const { print } = context
  print.out(
    rule.method === 'static'
      ? `No routing: use ${printable(rule.model)}.`
      : `${rule.method}: ${printable(rule.cheap)} first, ${printable(rule.strong)} where it pays.`,
  )
  print.out(printable(calibration.reason))
  if (certificate !== null) {
    const { totals, saving } = certificate
    print.out('')
    print.out(
      `On ${grouped(totals.rows)} rows kept for proof it keeps ${percent(totals.qualityRatio)} of the quality and saves ${percent(totals.saving)} (${between(saving)}).`,
    )
    print.out(
      `At least ${percent(asked.quality)} is kept with ${percent(asked.confidence)} confidence: p ${certificate.pValue.toPrecision(2)}, tested at ${certificate.level.toPrecision(2)}, also what a fresh table two thirds as large will show.`,
    )
    if (calibration.shared)
      print.out(
        'There are fewer than 2,000 rows, so all of them taught, each judged by weights that had not seen it.',
      )
  }
  if (report !== null) {
    print.out('')
    print.out(
      tableText(
        report.targets,
        [
          { title: 'QUALITY', value: ({ quality }) => percent(quality), right: true },
          { title: 'BY CHANCE', value: ({ random }) => percent(random), right: true },
          { title: 'CURVE', value: ({ curve }) => percent(curve), right: true },
          {
            title: 'INTERVAL',
            value: ({ interval }) => (interval === null ? '-' : between(interval)),
          },
          { title: 'ORACLE', value: ({ oracle }) => percent(oracle), right: true },
        ],
        print,
      ),
    )
    const note = `Savings. The curve is read off the rows it is drawn on, so it promises nothing. APGR ${figure(report.apgr)}, AIQ ${figure(report.aiq)}, calls for 50/80/95 % of the gap ${cptText(report.cpt)}.`
    print.out(print.colour ? dim(note) : note)
  }
  if (missing !== null && prepared.task !== null) print.out(missingText(missing, table.path))
  print.out(`\nWritten to ${out}.${drawn.says}`)
  if (taken !== null) print.out(takenText(taken, prepared))
  return 0
}

/** @throws CommandError when the file cannot be written */
function drawPicture(
  path: string | undefined,
  calibration: Calibration,
  asked: Asked,
): { readonly path: string | null; readonly says: string } {
  if (path === undefined) return { path: null, says: '' }
  const picture = pictureOf(calibration, asked)
  if (picture === null)
    return { path: null, says: ' There is no curve to draw, because no candidate was tested.' }
  writeWhole(path, picture)
  return { path, says: ` The curve is in ${path}.` }
}

function cptText(cpt: Report['cpt']): string {
  return [cpt['50'], cpt['80'], cpt['95']].map((share) => percent(share)).join(', ')
}

async function tested(context: Context): Promise<ExitCode> {
  only(context, ['policy', 'table', 'yes'])
  const { rule, strong, quality } = readPolicy(needed(context, 'policy'))
  const models =
    rule.method === 'static'
      ? [rule.model]
      : [rule.cheap, ...(rule.second === null ? [] : [rule.second])]
  const breathe = breathing(context)
  const path = needed(context, 'table')
  const table = await readTable(path, [...new Set([...models, strong])], breathe)
  await breathe(`following the policy on ${table.rows.length} rows`)
  const cases = await embedded(context, embeddingsOf(rule), table)
  if (cases === null) return 1
  const trips = tripsOf(rule, cases, strong)
  progress(context, null)
  if (trips.length === 0)
    throw new CommandError(
      `No row of ${path} has results of all of ${[...models, strong].join(', ')}.`,
    )
  const totals = totalsOf(trips)
  const kept = qualityInterval(trips, 0.95, seeded(1))
  const saved = savingInterval(trips, 0.95, seeded(2))
  const skipped = table.rows.length - trips.length
  if (context.json) {
    context.print.out(
      JSON.stringify({
        ...totalsJson(totals),
        method: rule.method,
        model: rule.method === 'static' ? rule.model : null,
        skipped,
        quality,
        quality_interval: [kept.low, kept.high],
        saving_interval: [saved.low, saved.high],
      }),
    )
    return 0
  }
  const rows = [
    ['method', rule.method === 'static' ? `static: ${rule.model}` : rule.method],
    [
      'rows',
      `${grouped(totals.rows)}${skipped > 0 ? `, ${grouped(skipped)} without results` : ''}`,
    ],
    [
      'quality kept',
      `${percent(totals.qualityRatio)} (${between(kept)}), target ${percent(quality)}`,
    ],
    ['saved', `${percent(totals.saving)} (${between(saved)})`],
    ['asked the strong model', percent(totals.escalated)],
    [
      'cost',
      `$${totals.costUsd.toPrecision(6)} instead of $${totals.costStrongUsd.toPrecision(6)}`,
    ],
  ] as const
  context.print.out(
    tableText(
      rows,
      [
        { title: 'WHAT', value: ([what]) => what },
        { title: 'FIGURE', value: ([, figure]) => figure, shrinks: true },
      ],
      context.print,
    ),
  )
  return 0
}

/** The rows as they are where no embeddings model is asked; null when whoever was asked did not agree. */
async function embedded(
  context: Context,
  model: string | null,
  { rows }: Table,
): Promise<readonly Row[] | null> {
  return model === null ? rows : withEmbeddings(context, model, rows)
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

function needed(context: Context, name: string): string {
  const value = context.option(name)
  if (value === undefined || value === '')
    throw new UsageError(`route ${context.arguments[0]} needs --${name}.`)
  return value
}

function only(context: Context, names: readonly string[]): void {
  const stray = Object.keys(route.options).find(
    (name) => (context.option(name) !== undefined || context.flag(name)) && !names.includes(name),
  )
  if (stray !== undefined)
    throw new UsageError(`route ${context.arguments[0]} takes no --${stray}.`)
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

/** Shows a note, lets signals arrive, and stops when one asks to. */
function breathing(context: Context): (note: string) => Promise<void> {
  return async (note) => {
    progress(context, note)
    await Bun.sleep(0)
    if (!context.signal.aborted) return
    progress(context, null)
    throw new CommandError('Stopped before the end; nothing was written.')
  }
}

/** One line that is written over, on a terminal only. */
function progress({ print, json }: Context, text: string | null): void {
  if (json || print.width === null) return
  const line = text === null ? '' : printable(text).slice(0, print.width - 1)
  process.stderr.write(`\r\u001b[K${line}`)
}

function percent(share: number | null): string {
  return share === null ? '?' : `${(100 * share).toFixed(1)} %`
}

function between({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3)
}
