import { httpCaller } from '../../compose/http-caller.ts'
import { caseOf, type LoggedCase, type WholeCall } from '../../control/evals/reading/from-calls.ts'
import { keyOf } from '../../control/evals/plan.ts'
import { patientCaller } from '../../control/evals/run.ts'
import type { Replayed } from '../../control/replay/bill.ts'
import type { PastCall } from '../../control/replay/calls.ts'
import type { Target } from '../../control/replay/plan.ts'
import { CallFailed, type Question } from '../../core/caller.ts'
import { systemClock } from '../../core/clock.ts'
import { CommandError, type Context } from '../command.ts'
import type { AnswerFile } from '../eval/answer-file.ts'
import type { Reached } from '../eval/reach.ts'
import { grouped } from '../print.ts'
import { Line } from './progress.ts'

/** A call that was drawn, with its words. */
export interface Drawn {
  readonly stratum: string
  readonly call: PastCall
  readonly logged: LoggedCase
}

export interface Words {
  readonly drawn: readonly Drawn[]
  /** Why calls cannot be asked again, and how many. */
  readonly missed: ReadonlyMap<string, number>
}

/** On the ledger, replays are this feature, so that they are told apart from users' calls. */
const feature = 'replay'
const readAtOnce = 8

export async function wordsOf(
  context: Context,
  gateway: Reached,
  sample: readonly { readonly stratum: string; readonly call: PastCall }[],
): Promise<Words> {
  const drawn: Drawn[] = []
  const missed = new Map<string, number>()
  const line = new Line(context, 'Reading what was asked:', sample.length)
  for (let at = 0; at < sample.length; at += readAtOnce) {
    if (context.signal.aborted) throw new CommandError('Stopped. Nothing was asked.')
    const some = sample.slice(at, at + readAtOnce)
    const calls = await Promise.all(
      some.map(({ call }) => gateway.get<WholeCall>(`/api/calls/${call.id}`)),
    )
    for (const [index, call] of calls.entries()) {
      const read = caseOf(call, false)
      if (typeof read === 'string') missed.set(read, (missed.get(read) ?? 0) + 1)
      else drawn.push({ ...some[index]!, logged: read })
    }
    line.add(some.length)
  }
  line.end()
  return { drawn, missed }
}

export interface Asking {
  readonly gateway: Reached
  readonly answers: AnswerFile
  readonly concurrency: number
}

export function questionOf({ logged }: Drawn, target: Target): Question {
  const { messages, params } = logged
  return { model: target.name, messages, params, feature }
}

export function replayKey(question: Question): string {
  return keyOf(['replay', question.model, question.messages, question.params])
}

/**
 * Asks what was asked, of other models. Tools are offered as they were, and none is run. Answers are kept
 * as they come: the same again goes on where it was stopped.
 * @throws CommandError after Ctrl-C, or when the gateway refuses the key
 */
export async function askedAgain(
  context: Context,
  drawn: readonly Drawn[],
  targets: readonly Target[],
  { gateway, answers, concurrency }: Asking,
): Promise<readonly Replayed[]> {
  const { signal } = context
  const ask = patientCaller(httpCaller(gateway), systemClock, signal)
  const jobs = drawn.flatMap((each) => targets.map((target) => ({ each, target })))
  const results: Replayed[] = []
  const line = new Line(context, 'Asking:', jobs.length)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next; at < jobs.length; at = next) {
      next += 1
      signal.throwIfAborted()
      const { each, target } = jobs[at]!
      const question = questionOf(each, target)
      const key = replayKey(question)
      const kept = answers.get(key)
      const facts = { stratum: each.stratum, call: each.call, model: target.name }
      try {
        const answer = kept ?? (await ask(question, signal))
        if (kept === undefined) answers.put(key, answer)
        const { inputTokens, outputTokens, latencyMs } = answer
        results.push({ ...facts, inputTokens, outputTokens, latencyMs, failure: null })
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof CallFailed)) throw error
        if (error.status === null || error.status === 401 || error.status === 403)
          throw new CommandError(error.message)
        const failure = error.code === null ? error.message : error.code
        const nothing = { inputTokens: null, outputTokens: null, latencyMs: null }
        results.push({ ...facts, ...nothing, failure })
      }
      line.add(1, kept !== undefined)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new CommandError(
      `Stopped after ${grouped(line.done)} of ${grouped(jobs.length)} calls. What was answered is kept: run the same again to go on.`,
    )
  } finally {
    next = jobs.length
    line.end()
  }
  return results
}
