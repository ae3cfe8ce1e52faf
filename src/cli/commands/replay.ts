import { readSuite } from '../../control/evals/read.ts'
import { loggedCalls } from '../../control/evals/reading/from-calls.ts'
import { SuiteFault } from '../../control/evals/fault.ts'
import { measuredBill, type Replayed } from '../../control/replay/bill.ts'
import { priceElsewhere, sameTokens } from '../../control/replay/price.ts'
import type { Target } from '../../control/replay/plan.ts'
import { add, nothing } from '../../core/money.ts'
import { connect } from '../client.ts'
import { type Command, CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { AnswerFile } from '../eval/answer-file.ts'
import { askedOf } from '../eval/asked.ts'
import { agreed } from '../eval/consent.ts'
import { filesBeside } from '../eval/files.ts'
import { judgingOf } from '../eval/judging.ts'
import { reach, type Reached } from '../eval/reach.ts'
import { wholeRun } from '../eval/whole-run.ts'
import { dollars, grouped } from '../print.ts'
import { askedAgain, type Drawn, questionOf, replayKey, wordsOf } from '../replay/ask.ts'
import { type PlanAsked, plannedReplay, targetsOf } from '../replay/plan.ts'
import { type Quality, replayJson, type ReplayReport, replayText } from '../replay/report.ts'
import { usdText } from '../../core/money.ts'

export const replay: Command = {
  name: 'replay',
  summary: 'What the traffic of the past would cost on another model, and how good it would be',
  usage: '',
  help: `Prices every logged call on the models of --on, each at the price of its own hour, and asks them a sample of the
calls again to measure how they count tokens and how long they answer. Says first what that will cost. Answers are
kept: a run that was stopped goes on where it was. Needs payloads: full or redacted, but for --dry.`,
  options: {
    on: { value: 'A[,B]', says: 'models to price and ask: provider/model' },
    task: { value: 'TASK', says: 'the calls of this task alone' },
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d (7d)' },
    until: { value: 'WHEN', says: 'as since (now)' },
    sample: { value: 'N', says: 'calls to ask again, drawn by size and cost (200)' },
    dry: { says: 'price the logged tokens, and ask nobody' },
    evals: {
      value: 'FILE',
      says: 'grade the models on these cases as well, as freehold eval does',
    },
    concurrency: { value: 'N', says: 'calls at the same time (8)' },
    seed: { value: 'N', says: 'of the draw (1)' },
    yes: { short: 'y', says: 'do not ask whether to go on' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const asked = planAsked(context)
    if (context.flag('dry')) return await dryRun(context, asked)
    const gateway = await reach(context)
    try {
      return await liveRun(context, asked, gateway)
    } catch (error) {
      if (error instanceof SuiteFault) throw new CommandError(error.message)
      throw error
    } finally {
      await gateway.close()
    }
  },
}

/** @throws UsageError */
function planAsked(context: Context): PlanAsked {
  const named = (context.option('on') ?? '').split(',').map((name) => name.trim())
  if (named.includes('') || named.some((name) => !name.includes('/')))
    throw new UsageError(
      'Say on which models: --on provider/model, several with commas between them.',
    )
  if (context.flag('dry'))
    for (const name of ['sample', 'evals'])
      if (context.option(name) !== undefined)
        throw new UsageError(`--${name} asks models, and --dry asks nobody: leave one of them out.`)
  return {
    task: context.option('task') ?? null,
    since: context.option('since') ?? '7d',
    until: context.option('until') ?? null,
    models: [...new Set(named)],
    picksMax: context.flag('dry') ? 0 : count(context, 'sample', 200, 1, 10_000),
    seed: count(context, 'seed', 1, 0, 2 ** 31 - 1),
  }
}

function count(context: Context, name: string, usual: number, least: number, most: number): number {
  const text = context.option(name)
  if (text === undefined) return usual
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not ${text}.`)
}

async function dryRun(context: Context, asked: PlanAsked): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const targets = await targetsOf(client.get, asked.models, false)
    const plan = await plannedReplay(context, client.get, targets, asked)
    refuseNothing(plan.calls, asked)
    tell(context, {
      ...asked,
      plan,
      measured: null,
      sampled: 0,
      missed: new Map(),
      failures: new Map(),
      quality: null,
      evals: null,
    })
    return 0
  } finally {
    await client.close()
  }
}

async function liveRun(context: Context, asked: PlanAsked, gateway: Reached): Promise<ExitCode> {
  const { print, json } = context
  const targets = await targetsOf(gateway.get, asked.models, true)
  const plan = await plannedReplay(context, gateway.get, targets, asked)
  refuseNothing(plan.calls, asked)
  const { drawn, missed } = await wordsOf(context, gateway, plan.sample(asked.picksMax))
  if (drawn.length === 0)
    throw new CommandError(
      `None of ${grouped(plan.calls)} calls can be asked again: ${[...missed.keys()].join('; ')}. What was asked is kept with payloads: full or payloads: redacted in freehold.yaml; --dry prices the logged tokens without it.`,
    )
  const answers = new AnswerFile(gateway.folder, 'replay', 'replay', null)
  const estimates = targets.map((target) => estimateOf(drawn, target, answers))
  if (!json) {
    if (gateway.own)
      print.err('No gateway runs, so this command serves one for as long as it takes.')
    for (const { model, calls, kept, cost } of estimates)
      print.out(
        `${model}: ${grouped(calls - kept)} calls to make, ${grouped(kept)} answered before; about ${dollars(cost === null ? null : usdText(cost))} by the logged tokens.`,
      )
  }
  if (!(await agreed(context, estimates))) {
    print.out('Nothing was asked.')
    return 1
  }
  const concurrency = count(context, 'concurrency', 8, 1, 256)
  const replayed = await askedAgain(context, drawn, targets, { gateway, answers, concurrency })
  const evals = context.option('evals') ?? null
  const quality = evals === null ? null : await graded(context, gateway, evals, asked.models)
  tell(context, {
    ...asked,
    plan,
    measured: targets.map((target) => measuredBill(plan, target, replayed)),
    sampled: drawn.length,
    missed,
    failures: failuresOf(replayed),
    quality,
    evals,
  })
  return replayed.some(({ failure }) => failure === null) ? 0 : 1
}

/** @throws CommandError */
function refuseNothing(calls: number, { task, since }: PlanAsked): void {
  if (calls > 0) return
  throw new CommandError(
    `No chat${task === null ? '' : ` of ${task}`} was answered since ${since}. Look with: freehold logs`,
  )
}

function estimateOf(drawn: readonly Drawn[], target: Target, answers: AnswerFile) {
  const fresh = drawn.filter(
    (each) => answers.get(replayKey(questionOf(each, target))) === undefined,
  )
  const prices = fresh.map(({ call }) => priceElsewhere(target.model, call, sameTokens))
  return {
    model: target.name,
    calls: drawn.length,
    kept: drawn.length - fresh.length,
    inputTokens: fresh.reduce((sum, { call }) => sum + call.prompt, 0),
    outputTokens: fresh.reduce((sum, { call }) => sum + call.output, 0),
    outputBy: 'earlier answers' as const,
    cost: prices.reduce(
      (sum, price) => (sum === null || price === null ? null : add(sum, price)),
      nothing as ReturnType<typeof priceElsewhere>,
    ),
    seconds: null,
  }
}

async function graded(
  context: Context,
  gateway: Reached,
  file: string,
  models: readonly string[],
): Promise<readonly Quality[]> {
  const asked = askedOf(context, file)
  const suite = await readSuite({
    file,
    text: asked.text,
    files: filesBeside(file),
    logged: loggedCalls(gateway.get),
    embeddings: null,
    judging: judgingOf(context),
  })
  const report = await wholeRun(context, gateway, suite, models, {
    ...asked,
    margin: asked.margin ?? suite.margin,
  })
  return (report?.models ?? []).map(({ model, score }) => ({
    model,
    score: score.mean,
    low: score.interval?.low ?? null,
    high: score.interval?.high ?? null,
    cases: score.cases,
  }))
}

function failuresOf(replayed: readonly Replayed[]): ReadonlyMap<string, number> {
  const failures = new Map<string, number>()
  for (const { model, failure } of replayed) {
    if (failure === null) continue
    const why = `${model}: ${failure}`
    failures.set(why, (failures.get(why) ?? 0) + 1)
  }
  return failures
}

function tell({ json, print }: Context, report: ReplayReport): void {
  print.out(json ? JSON.stringify(replayJson(report)) : replayText(report, print))
}
