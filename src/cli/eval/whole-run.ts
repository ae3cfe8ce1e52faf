import { httpCaller, httpEmbedder } from '../../compose/http-caller.ts'
import { ProcessSandbox } from '../../compose/sandbox.ts'
import { type ModelEstimate, estimateOf } from '../../control/evals/estimate.ts'
import { issueText } from '../../control/evals/fault.ts'
import { calibrate } from '../../control/evals/judge/calibrate.ts'
import { judgeEstimates } from '../../control/evals/judge/calls.ts'
import { withJudge } from '../../control/evals/judge/correct.ts'
import { familyFault } from '../../control/evals/judge/family.ts'
import { askedByJudges, judgesOf, soleJudge } from '../../control/evals/judge/judges.ts'
import { keptCaller, withLogged } from '../../control/evals/kept-caller.ts'
import { type AnswerStore, keyOf, type Plan, planOf } from '../../control/evals/plan.ts'
import { reportOf, type Report } from '../../control/evals/report.ts'
import { patientCaller, runJobs } from '../../control/evals/run.ts'
import type { Suite } from '../../control/evals/suite.ts'
import { systemClock } from '../../core/clock.ts'
import { CommandError, type Context } from '../command.ts'
import { grouped } from '../print.ts'
import { AnswerFile, RunMark } from './answer-file.ts'
import { CalibrationFiles } from './calibration-file.ts'
import { agreed } from './consent.ts'
import { type Known, knownModels } from './models.ts'
import { Progress } from './progress.ts'
import type { Reached } from './reach.ts'
import { keepRun } from './run-file.ts'
import { estimateText } from './text.ts'

export interface RunAsked {
  readonly repeats: number | null
  readonly concurrency: number
  readonly limit: number | null
  readonly seed: number
  readonly margin: number
  /** Answers that were kept for another epoch are not taken. Absent: those that every run may take. */
  readonly epoch?: string | undefined
  /** The level at which verdicts on these cases are given. Absent: the usual one. */
  readonly levelOf?: (plan: Plan) => number
}

/**
 * Asks the cases of a suite of some models, and grades: says first what it costs, goes on where a run was stopped,
 * and lets nobody judge its own family.
 * @returns null when whoever was asked did not agree
 * @throws CommandError, UsageError
 */
export async function wholeRun(
  context: Context,
  gateway: Reached,
  suite: Suite,
  models: readonly string[],
  { repeats: wished, concurrency, limit, seed, margin, epoch, levelOf }: RunAsked,
): Promise<Report | null> {
  const { json, signal } = context
  const judges = askedByJudges(suite)
  const known = await knownModels(gateway, [...new Set([...models, ...judges])])
  refuseFamily(suite, models, known)
  const repeats = wished ?? suite.repeats
  const version = (model: string): string =>
    epoch === undefined ? known.version(model) : `${known.version(model)} ${epoch}`
  const plan = planOf(suite, { models, repeats, limit, seed, version })
  refuseNothing(suite, plan)

  const mark = new RunMark(gateway.folder, suite.name)
  const unfinished = context.flag('resume') ? mark.get() : null
  if (context.flag('resume') && unfinished === null)
    throw new CommandError(
      `No run of ${suite.name} was stopped before its end. Leave out --resume.`,
    )
  const run = unfinished ?? crypto.randomUUID()
  const only = context.flag('no-cache') ? run : null
  const answers = withLogged(plan, new AnswerFile(gateway.folder, suite.name, run, only))

  const estimates = [
    ...estimateOf(plan, models, { ...known, answers, concurrency }),
    ...judgeEstimates(plan, known.prices, answers),
  ]
  if (!json) tellBefore(context, suite, plan, estimates, gateway, margin)
  if (!(await agreed(context, estimates))) {
    context.print.out('Nothing was asked.')
    return null
  }

  mark.set(run)
  const sandbox = new ProcessSandbox(context.env)
  const progress = new Progress(context, plan, models, suite.metric)
  const ask = httpCaller(gateway)
  const asPatient = patientCaller(ask, systemClock, signal)
  const tools = {
    ask: keptCaller(asPatient, answers),
    embed: httpEmbedder(gateway, 'eval'),
    sandbox,
    signal,
  }
  try {
    const results = await runJobs(plan.jobs, {
      ask,
      tools,
      answers,
      clock: systemClock,
      concurrency,
      signal,
      onResult: (result) => progress.add(result),
    })
    progress.end()
    const alpha = levelOf === undefined ? {} : { alpha: levelOf(plan) }
    const report = reportOf(suite, plan, results, { models, repeats, seed, margin, ...alpha })
    const judge = soleJudge({ cases: plan.cases, metric: suite.metric })
    if (judge === null) {
      mark.clear()
      keepRun(gateway.folder, report, systemClock.now())
      return report
    }
    const store = new CalibrationFiles(gateway.folder)
    const calibrated =
      typeof judge === 'string'
        ? { calibration: null, cost: null, notes: [] }
        : await calibrate(judge, suite.cases, results, {
            // What a judge said long ago says nothing of the judge of today.
            tools: {
              ...tools,
              ask: keptCaller(asPatient, inPeriod(answers, judge.judging.validDays)),
            },
            store,
            clock: systemClock,
            concurrency,
          })
    mark.clear()
    const judged = withJudge(report, judge, calibrated, systemClock.now())
    keepRun(gateway.folder, judged, systemClock.now())
    return judged
  } catch (error) {
    progress.end()
    if (!signal.aborted) throw error
    throw new CommandError(
      `Stopped after ${grouped(progress.done)} of ${grouped(plan.jobs.length)} calls. What was answered is kept: run the same again to go on${context.flag('no-cache') ? ', with --no-cache --resume' : ''}.`,
    )
  } finally {
    sandbox.close()
  }
}

const dayUs = 86_400_000_000

/** Replies of this period alone: a run that was stopped goes on, and one of the next begins anew. */
function inPeriod(answers: AnswerStore, days: number): AnswerStore {
  const period = Math.floor(systemClock.now() / (days * dayUs))
  const own = (key: string): string => keyOf(['calibration', period, key])
  return {
    get: (key) => answers.get(own(key)),
    put: (key, answer) => answers.put(own(key), answer),
  }
}

/** @throws CommandError where a model would be judged by its own family */
function refuseFamily(suite: Suite, models: readonly string[], known: Known): void {
  for (const { judging } of judgesOf(suite)) {
    const graded = judging.against === null ? models : [...models, judging.against]
    const fault = familyFault(judging.judges, graded, known.author, known.models)
    if (fault !== null) throw new CommandError(`Nobody was asked. ${fault}`)
  }
}

/** @throws CommandError when nothing in it can be graded */
function refuseNothing({ file }: Suite, { cases, ungradable }: Plan): void {
  if (cases.length > 0) return
  const reasons = [...new Set(ungradable.map((each) => each.ungradable))].join(' ')
  throw new CommandError(`No case of ${file} can be graded here. ${reasons}`)
}

function tellBefore(
  { print }: Context,
  suite: Suite,
  plan: Plan,
  estimates: readonly ModelEstimate[],
  gateway: Reached,
  margin: number,
): void {
  for (const note of suite.notes) print.err(`note: ${issueText(note)}`)
  if (gateway.own) print.err('No gateway runs, so this command serves one for as long as it takes.')
  print.out(estimateText(suite, plan, estimates, margin, print))
}
