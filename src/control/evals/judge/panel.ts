import { add, type Money, nothing } from '../../../core/money.ts'
import { type Graded, type GraderTools, noVerdict } from '../grader.ts'
import { askJudge, type JudgeQuestion } from './ask.ts'

/** How the scores of several judges become one. */
export type Combine = 'mean' | 'majority'

/** What one judge made of an answer. */
export interface Opinion {
  readonly judge: string
  /** Null: its replies could not be read. */
  readonly score: number | null
  readonly why: string
  readonly cost: Money | null
  readonly positions?: { readonly first: number; readonly second: number }
}

export const unreadable = 'its reply could not be read, asked twice.'

/**
 * Asks one judge after the other the same.
 * @throws CallFailed
 */
export async function opinionsOf<Reply>(
  judges: readonly string[],
  question: JudgeQuestion<Reply>,
  meant: (reply: Reply) => Pick<Opinion, 'score' | 'why'>,
  tools: Pick<GraderTools, 'ask' | 'signal'>,
): Promise<readonly Opinion[]> {
  const opinions: Opinion[] = []
  for (const judge of judges) {
    const { reply, cost } = await askJudge(judge, question, tools)
    const said = reply === null ? { score: null, why: unreadable } : meant(reply)
    opinions.push({ judge, ...said, cost })
  }
  return opinions
}

/**
 * Several judges' opinions as one grade. One without an opinion leaves no verdict: the others are another panel
 * than the one that was calibrated.
 */
export function together(
  opinions: readonly Opinion[],
  combine: Combine,
  threshold: number,
): Graded {
  const cost = opinions.reduce<Money | null>(
    (sum, opinion) => (sum === null || opinion.cost === null ? null : add(sum, opinion.cost)),
    nothing,
  )
  const silent = opinions.find(({ score }) => score === null)
  if (silent !== undefined)
    return { ...noVerdict(`${silent.judge} gave no verdict: ${silent.why}`), cost }
  const scores = opinions.map(({ score }) => score!)
  const [first] = opinions
  const positions = opinions.flatMap((opinion) => opinion.positions ?? [])
  const only = opinions.length === 1
  return {
    score: combine === 'mean' ? meanOf(scores) : majority(scores, threshold),
    why: only ? first!.why : opinions.map(({ judge, why }) => `${judge}: ${why}`).join(' '),
    ...(only
      ? {}
      : {
          details: opinions.map(({ judge, score }) => ({
            where: judge,
            expected: '',
            found: String(score),
          })),
        }),
    ...(positions.length === 0
      ? {}
      : {
          positions: {
            first: meanOf(positions.map((each) => each.first)),
            second: meanOf(positions.map((each) => each.second)),
          },
        }),
    cost,
  }
}

/** As many for as against is neither. */
function majority(scores: readonly number[], threshold: number): number {
  const share = scores.filter((score) => score >= threshold).length / scores.length
  return share > 0.5 ? 1 : share < 0.5 ? 0 : 0.5
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
