import type { Instant } from '../../core/clock.ts'
import { type Interval, wilson } from '../../stats/intervals.ts'
import { normalQuantile } from '../../stats/special.ts'
import type { FeedbackBook, FeedbackRate } from '../../store/feedback.ts'

/** How a model's answers fared with those who were given them. */
export interface SuccessRate {
  /** 'provider/model' */
  readonly model: string
  /** Answers of which somebody gave a score. */
  readonly scores: number
  readonly mean: number
  readonly interval: Interval
}

export interface SuccessQuery {
  readonly task: string
  /** Null: all that is kept. */
  readonly since: Instant | null
  /** Of what: 'quality'. */
  readonly name?: string
}

/**
 * The success rate of each model at a task, as users told it. They who speak are not drawn by chance: two rates of
 * models that got their calls by chance may be compared, one alone says little of those who were silent.
 */
export async function successRates(
  book: Pick<FeedbackBook, 'feedbackRates'>,
  { task, since, name = 'quality' }: SuccessQuery,
): Promise<readonly SuccessRate[]> {
  const rates = await book.feedbackRates({ task, ...(since === null ? {} : { since }) })
  return rates.flatMap((rate) =>
    rate.model === null || rate.name !== name
      ? []
      : [
          {
            model: rate.model,
            scores: rate.scores,
            mean: rate.sum / rate.scores,
            interval: intervalOf(rate),
          },
        ],
  )
}

/** Wilson's, with the spread of scores that are more than right and wrong. */
function intervalOf({ scores, sum, squares }: FeedbackRate): Interval {
  const mean = sum / scores
  const asBinary = mean * (1 - mean)
  const variance = scores < 2 ? asBinary : (squares - sum * mean) / (scores - 1)
  // Few scores that are all alike say little of how far others are from them.
  if (scores < 30 || variance <= 0 || asBinary === 0) return wilson(sum, scores)
  const half = normalQuantile(0.975) * Math.sqrt(variance / scores)
  return { low: Math.max(0, mean - half), high: Math.min(1, mean + half) }
}
