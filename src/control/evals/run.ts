import { type Answered, type Caller, CallFailed, type Question } from '../../core/caller.ts'
import type { Clock } from '../../core/clock.ts'
import { type CaseGrade, gradeAnswer } from './grade.ts'
import type { GraderTools } from './grader.ts'
import type { AnswerStore, Job } from './plan.ts'

export interface Result {
  readonly job: Job
  /** Null when nobody answered. */
  readonly answer: Answered | null
  /** Why nobody answered. */
  readonly failure: string | null
  readonly grade: CaseGrade | null
  /** The answer was there from an earlier run. */
  readonly kept: boolean
}

export interface RunParts {
  readonly ask: Caller
  readonly tools: GraderTools
  readonly answers: AnswerStore
  readonly clock: Clock
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly onResult: (result: Result) => void
}

/** Asking again after a refusal for want of room; then the case has no answer. */
const triesMax = 6
const backoffMs = 1_000
const backoffMsMax = 60_000

/**
 * Asks, grades, and tells of each result. What was answered is kept before it is graded, so that a run that
 * is stopped goes on where it was.
 * @throws what the signal was aborted with; CallFailed when the gateway refuses the key or is gone
 */
export async function runJobs(jobs: readonly Job[], parts: RunParts): Promise<readonly Result[]> {
  const results: Result[] = Array.from({ length: jobs.length })
  const rests = new Rests(parts.clock, parts.signal)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next; at < jobs.length; at = next) {
      next += 1
      parts.signal.throwIfAborted()
      const result = await resultOf(jobs[at]!, parts, rests)
      results[at] = result
      parts.onResult(result)
    }
  }
  const count = Math.min(parts.concurrency, jobs.length)
  try {
    await Promise.all(Array.from({ length: count }, worker))
  } finally {
    // One that failed for good stops the others from beginning anew.
    next = jobs.length
  }
  return results
}

async function resultOf(job: Job, parts: RunParts, rests: Rests): Promise<Result> {
  const kept = parts.answers.get(job.key)
  let answer = kept
  if (answer === undefined) {
    try {
      answer = await asked(job, parts, rests)
    } catch (error) {
      parts.signal.throwIfAborted()
      if (!(error instanceof CallFailed) || endsAll(error)) throw error
      return { job, answer: null, failure: failureText(error), grade: null, kept: false }
    }
    parts.answers.put(job.key, answer)
  }
  const grade = await gradeAnswer(job.each, answer, parts.tools)
  return { job, answer, failure: null, grade, kept: kept !== undefined }
}

/** The key is refused, or the gateway is gone: no other case would fare better. */
function endsAll({ status }: CallFailed): boolean {
  return status === null || status === 401 || status === 403
}

function failureText({ message, code }: CallFailed): string {
  return code === null ? message : `${code}: ${message}`
}

/** For judges: one that is full for a while is asked again, as the models that are graded are. */
export function patientCaller(ask: Caller, clock: Clock, signal: AbortSignal): Caller {
  const rests = new Rests(clock, signal)
  return (question) => patiently(question, { ask, signal }, rests)
}

function asked({ question }: Job, parts: RunParts, rests: Rests): Promise<Answered> {
  return patiently(question, parts, rests)
}

async function patiently(
  question: Question,
  { ask, signal }: Pick<RunParts, 'ask' | 'signal'>,
  rests: Rests,
): Promise<Answered> {
  for (let tries = 1; ; tries += 1) {
    await rests.over(question.model)
    try {
      return await ask(question, signal)
    } catch (error) {
      if (!(error instanceof CallFailed) || tries >= triesMax || !mayPass(error)) throw error
      rests.begin(
        question.model,
        error.waitMs ?? Math.min(backoffMsMax, backoffMs * 2 ** (tries - 1)),
      )
    }
  }
}

/** Full for a while, or gone for a moment. Other errors say the same however often they are asked. */
function mayPass({ status, code }: CallFailed): boolean {
  // A budget that is spent is not refilled by waiting.
  if (code === 'budget_spent') return false
  return status === null || status === 429 || status === 503 || status === 529
}

/** A model that said it is full is left alone by every worker, not by one. */
class Rests {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #until = new Map<string, number>()

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  begin(model: string, ms: number): void {
    const until = this.#clock.elapsedUs() + ms * 1_000
    this.#until.set(model, Math.max(until, this.#until.get(model) ?? 0))
  }

  async over(model: string): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted()
      const leftMs = ((this.#until.get(model) ?? 0) - this.#clock.elapsedUs()) / 1_000
      if (leftMs <= 0) return
      // In short steps, so that whoever stops the run does not wait for the end of a long rest.
      await this.#clock.sleep(Math.min(leftMs, 200))
    }
  }
}
