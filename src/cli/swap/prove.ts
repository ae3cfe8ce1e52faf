import { SuiteFault } from '../../control/evals/fault.ts'
import { jsonOf } from '../../control/evals/json.ts'
import { loggedCalls } from '../../control/evals/reading/from-calls.ts'
import { readSuite } from '../../control/evals/read.ts'
import type { Plan } from '../../control/evals/plan.ts'
import { alphaUsual } from '../../control/evals/report.ts'
import { verdictText } from '../../control/evals/words.ts'
import { systemClock } from '../../core/clock.ts'
import type { CertificateJson } from '../../server/contract/certificates.ts'
import type { ModelJson } from '../../server/contract/models.ts'
import type { StatusJson } from '../../server/contract/status.ts'
import { CommandError, type Context, type ExitCode } from '../command.ts'
import { type Asked, askedOf } from '../eval/asked.ts'
import { filesBeside } from '../eval/files.ts'
import { judgingOf } from '../eval/judging.ts'
import { reach, type Reached } from '../eval/reach.ts'
import { reportText } from '../eval/text.ts'
import { wholeRun } from '../eval/whole-run.ts'
import { printable } from '../print.ts'
import { casesHash, proofOf, validDays } from './certificate.ts'
import { certificateText } from './text.ts'
import { levelAfter, Tries } from './tries.ts'

/** How much worse is still no worse, where neither the evaluation nor the task says it. */
const marginUsual = 0.05

/** Swaps when an evaluation proves that the first of the models is no worse than the one that answers now. */
export async function prove(
  context: Context,
  task: string,
  models: readonly string[],
): Promise<ExitCode> {
  const asked = askedOf(context, context.option('prove') ?? '')
  const gateway = await reach(context)
  try {
    return await proven(context, task, models, asked, gateway)
  } catch (error) {
    if (error instanceof SuiteFault) throw new CommandError(error.message)
    throw error
  } finally {
    await gateway.close()
  }
}

async function proven(
  context: Context,
  task: string,
  models: readonly string[],
  asked: Asked,
  gateway: Reached,
): Promise<ExitCode> {
  const { print, json } = context
  const { tasks } = await gateway.get<StatusJson>('/api/status')
  const written = tasks.find(({ name }) => name === task)
  if (written === undefined)
    throw new CommandError(
      `There is no task ${task}. There are ${tasks.map(({ name }) => name).join(', ') || 'none'}.`,
    )
  const before = written.models
  const [incumbent, candidate] = [before[0], models[0]!]
  if (incumbent === undefined) throw new CommandError(`${task} has no model to compare with.`)
  if (incumbent === candidate)
    throw new CommandError(`${candidate} answers ${task} already: there is nothing to prove.`)
  const suite = await readSuite({
    file: asked.file,
    text: asked.text,
    files: filesBeside(asked.file),
    logged: loggedCalls(gateway.get),
    embeddings: context.option('embeddings') ?? null,
    judging: judgingOf(context),
  })
  if (suite.task !== null && suite.task !== task)
    throw new CommandError(
      `${asked.file} is an evaluation of ${suite.task}, which says nothing of ${task}. Name another file, or its task: in this one.`,
    )
  const margin =
    asked.margin ?? (suite.marginStated ? suite.margin : (written.margin ?? marginUsual))
  const tries = new Tries(gateway.folder)
  const claim = { task, incumbent, candidate }
  const now = systemClock.now()
  // Asked anew the same cases are other evidence, and so another look.
  const anew = context.flag('no-cache') ? ` ${crypto.randomUUID()}` : ''
  const lookAt = (plan: Plan): string => `${casesHash(plan)}${anew}`
  const earlierTo = (plan: Plan): number => tries.earlier(claim, lookAt(plan), now, validDays)
  const report = await wholeRun(context, gateway, suite, [incumbent, candidate], {
    ...asked,
    margin,
    levelOf: (plan) => levelAfter(earlierTo(plan), alphaUsual),
  })
  if (report === null) return 1
  const earlierTries = earlierTo(report.plan)
  tries.note(claim, lookAt(report.plan), now)
  const comparison = report.comparisons[0]!
  const summary = jsonOf(report, systemClock.now(), false)
  if (!json) print.out(`${reportText(report, print)}\n`)
  if (comparison.verdict !== 'better' && comparison.verdict !== 'no worse') {
    const why = verdictText(comparison, margin)
    if (json) print.out(JSON.stringify({ task, swapped: false, why, report: summary }))
    else print.out(`Nothing was changed. ${printable(why)}`)
    return 1
  }
  const { models: listed } = await gateway.get<{ models: readonly ModelJson[] }>('/api/models')
  const judge = (summary['judge'] ?? null) as Readonly<Record<string, unknown>> | null
  const proof = proofOf({
    before,
    report,
    comparison,
    text: asked.text,
    listed,
    judge,
    earlierTries,
  })
  const { certificate } = await gateway.post<{ readonly certificate: CertificateJson }>(
    '/api/swap',
    { task, model: models, proof },
  )
  if (json) {
    print.out(JSON.stringify({ task, swapped: true, certificate, report: summary }))
    return 0
  }
  print.out(certificateText(certificate))
  print.out(
    `\n${task}: ${before.join(', ')} -> ${certificate.models.after.join(', ')}. ${gateway.own ? 'Written. No gateway is running.' : 'Written, and in force.'}`,
  )
  return 0
}
