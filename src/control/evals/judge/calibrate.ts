import type { Answered } from '../../../core/caller.ts'
import type { Clock } from '../../../core/clock.ts'
import { add, type Money, nothing } from '../../../core/money.ts'
import type { GraderInput, GraderTools, JudgeLabel } from '../grader.ts'
import { textOf } from '../graders/wanted.ts'
import { keyOf } from '../plan.ts'
import type { Result } from '../run.ts'
import type { EvalCase } from '../suite.ts'
import { type Calibration, calibrationOf, type Reading } from './calibration.ts'
import type { JudgeCheck } from './judges.ts'

/** Where calibrations are kept from run to run. */
export interface CalibrationStore {
  get(identity: string): Calibration | null
  put(calibration: Calibration): void
}

export interface CalibrateParts {
  readonly tools: GraderTools
  readonly store: CalibrationStore
  readonly clock: Pick<Clock, 'now'>
  readonly concurrency: number
}

export interface Calibrated {
  /** Null: there are no labels. */
  readonly calibration: Calibration | null
  /** Of judging the labelled answers; null when it is not known. */
  readonly cost: Money | null
  /** Labels of answers that are not there, with a sentence. */
  readonly notes: readonly string[]
}

/**
 * Has a judge grade what people have labelled, unless what is known of it holds still: same judges, same words,
 * same labels, and not too old.
 * @throws CallFailed
 */
export async function calibrate(
  { check, judging }: JudgeCheck,
  cases: readonly EvalCase[],
  results: readonly Result[],
  parts: CalibrateParts,
): Promise<Calibrated> {
  const { labels, validDays, judges } = judging
  if (labels.length === 0) return { calibration: null, cost: nothing, notes: [] }
  const byId = new Map(cases.map((each) => [each.id, each]))
  const inputs: { readonly label: JudgeLabel; readonly input: GraderInput }[] = []
  const missing = new Map<string, number>()
  for (const label of labels) {
    const input = inputOf(label, byId, results)
    if (typeof input === 'string') missing.set(input, (missing.get(input) ?? 0) + 1)
    else inputs.push({ label, input })
  }
  const notes = [...missing].map(
    ([why, count]) => `${count} ${count === 1 ? 'label was' : 'labels were'} left out: ${why}.`,
  )
  const { threshold, inverted } = check
  const seen = inputs.map(({ label, input }) => [
    label.label,
    input.messages,
    input.expected ?? null,
    input.reference ?? null,
    input.answer.text,
  ])
  const identity = keyOf([judging.identity, threshold, inverted, seen])
  const now = parts.clock.now()
  const known = parts.store.get(identity)
  if (known !== null && now < known.validUntil) return { calibration: known, cost: nothing, notes }
  const grader = check.grader(parts.tools)
  const readings: Reading[] = []
  let cost: Money | null = nothing
  let silent = 0
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next; at < inputs.length; at = next) {
      next += 1
      parts.tools.signal.throwIfAborted()
      const { label, input } = inputs[at]!
      const graded = await grader(input)
      const spent = graded.cost === undefined ? nothing : graded.cost
      cost = cost === null || spent === null ? null : add(cost, spent)
      if (graded.score === null) {
        silent += 1
        continue
      }
      const passed = graded.score >= threshold
      readings.push({
        right: label.label >= 0.5,
        said: inverted ? !passed : passed,
        length: (input.answer.text ?? '').length,
        positions: graded.positions ?? null,
      })
    }
  }
  const count = Math.min(parts.concurrency, inputs.length)
  await Promise.all(Array.from({ length: count }, worker))
  const at = parts.clock.now()
  const calibration = calibrationOf(readings, { identity, judges, at, validDays, silent })
  parts.store.put(calibration)
  return { calibration, cost, notes }
}

/** @returns why the label cannot be used, where it cannot */
function inputOf(
  label: JudgeLabel,
  cases: ReadonlyMap<string, EvalCase>,
  results: readonly Result[],
): GraderInput | string {
  const each = label.case === null ? undefined : cases.get(label.case)
  if (label.case !== null && each === undefined && label.question === null)
    return 'their cases are not in this run'
  const text = answerOf(label, results)
  if (text === null) return 'nobody has given the answers that they are of'
  const expected = label.expected === undefined ? each?.expected : label.expected
  return {
    messages: each?.messages ?? [{ role: 'user', content: label.question ?? '' }],
    params: each?.params ?? {},
    vars: each?.vars ?? {},
    expected,
    answer: { ...nobody, text },
    ...(label.expected === undefined ? {} : { reference: textOf(label.expected) }),
  }
}

/** The labelled words, else what the model said first in this run. */
export function answerOf(
  { answer, model, case: id }: JudgeLabel,
  results: readonly Result[],
): string | null {
  if (answer !== null) return answer
  const found = results.find(
    ({ job }) => job.repeat === 0 && job.model === model && job.each.id === id,
  )
  return found?.answer?.text ?? null
}

const nobody: Answered = {
  callId: null,
  model: null,
  text: null,
  refusal: null,
  toolCalls: [],
  finish: null,
  inputTokens: null,
  outputTokens: null,
  cost: null,
  latencyMs: 0,
  logprobs: null,
}
