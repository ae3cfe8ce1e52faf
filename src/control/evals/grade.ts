import type { Answered } from '../../core/caller.ts'
import { add, type Money, nothing } from '../../core/money.ts'
import type { Detail, GraderInput, GraderTools } from './grader.ts'
import type { Check, EvalCase } from './suite.ts'

export interface CheckGrade {
  readonly name: string
  readonly metric: string
  readonly weight: number
  readonly score: number | null
  /** Null where there is no verdict. */
  readonly passed: boolean | null
  readonly why: string
  readonly details: readonly Detail[]
}

export interface CaseGrade {
  /** The weighted mean of the checks; null as soon as one that counts has no verdict. */
  readonly score: number | null
  readonly passed: boolean | null
  readonly checks: readonly CheckGrade[]
  /** Of the grading; null when some of it is not known. */
  readonly cost: Money | null
}

/** Grades an answer to a case by all its checks. Never throws: what throws gave no verdict. */
export async function gradeAnswer(
  { messages, params, vars, expected, checks, threshold }: EvalCase,
  answer: Answered,
  tools: GraderTools,
): Promise<CaseGrade> {
  const input: GraderInput = { messages, params, vars, expected, answer }
  const graded: Tally[] = []
  // One after another: a case has few, and those that ask a model would come in a burst.
  for (const check of checks) graded.push(await tally(check, input, tools))
  const score = meanOf(graded)
  return {
    score,
    passed: passedBy(graded, score, threshold),
    checks: graded.flatMap(({ grades }) => grades),
    cost: graded.reduce<Money | null>(
      (sum, { cost }) => (sum === null || cost === null ? null : add(sum, cost)),
      nothing,
    ),
  }
}

interface Tally {
  readonly weight: number
  readonly score: number | null
  readonly passed: boolean | null
  readonly grades: readonly CheckGrade[]
  readonly cost: Money | null
}

async function tally(check: Check, input: GraderInput, tools: GraderTools): Promise<Tally> {
  const { name, weight } = check
  const metric = check.metric ?? name
  if (check.kind === 'set') {
    const inner: Tally[] = []
    for (const each of check.checks) inner.push(await tally(each, input, tools))
    const score = meanOf(inner)
    return {
      weight,
      score,
      passed: passedBy(inner, score, check.threshold),
      grades: inner.flatMap(({ grades }) => grades),
      cost: inner.reduce<Money | null>(
        (sum, { cost }) => (sum === null || cost === null ? null : add(sum, cost)),
        nothing,
      ),
    }
  }
  const { score, why, details = [], cost } = await verdictOf(check, input, tools)
  const direct = score === null ? null : score >= check.threshold
  const passed = check.inverted && direct !== null ? !direct : direct
  // The opposite of a grade between 0 and 1 is whether it passes: 'not similar' has no degrees.
  const kept = check.inverted ? (passed === null ? null : Number(passed)) : score
  return {
    weight,
    score: kept,
    passed,
    grades: [{ name, metric, weight, score: kept, passed, why, details }],
    cost: cost === undefined ? nothing : cost,
  }
}

async function verdictOf(
  check: Extract<Check, { kind: 'one' }>,
  input: GraderInput,
  tools: GraderTools,
) {
  try {
    return await check.grader(tools)(input)
  } catch (error) {
    tools.signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return { score: null, why, details: [], cost: nothing }
  }
}

/** Null when one that counts has no verdict, or none counts. */
function meanOf(parts: readonly Tally[]): number | null {
  const counting = parts.filter(({ weight }) => weight > 0)
  // With weights of 0 alone the checks are gates: the score is whether all are passed.
  if (counting.length === 0) {
    const passed = passedBy(parts, null, null)
    return passed === null ? null : Number(passed)
  }
  let sum = 0
  let weights = 0
  for (const { weight, score } of counting) {
    if (score === null) return null
    sum += weight * score
    weights += weight
  }
  // Sums of weights such as 0.1 must not leave the range.
  return Math.min(1, Math.max(0, sum / weights))
}

function passedBy(
  parts: readonly Tally[],
  score: number | null,
  threshold: number | null,
): boolean | null {
  if (threshold !== null) return score === null ? null : score >= threshold
  if (parts.length === 0 || parts.some(({ passed }) => passed === null)) return null
  return parts.every(({ passed }) => passed === true)
}
