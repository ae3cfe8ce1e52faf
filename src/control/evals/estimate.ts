import type { Decimal, Money } from '../../core/money.ts'
import { add, nothing, times } from '../../core/money.ts'
import type { Answered } from '../../core/caller.ts'
import type { AnswerStore, Plan } from './plan.ts'

/** What a model's answers were like before: what is to come is told by it. */
export interface PastCalls {
  readonly calls: number
  /** Means; null when no call said. */
  readonly outputTokens: number | null
  readonly latencyMs: number | null
}

/** USD per million tokens; null where it is not known. */
export interface TokenPrices {
  readonly input: Decimal | null
  readonly output: Decimal | null
}

export interface ModelEstimate {
  readonly model: string
  readonly calls: number
  /** Answered by an earlier run: they cost nothing again. */
  readonly kept: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** From where the length of answers is taken. */
  readonly outputBy: 'earlier answers' | 'max_tokens' | 'expected answers' | 'assumption'
  /** Null: the price is not known. */
  readonly cost: Money | null
  /** Null when nothing is known of how long the model takes. */
  readonly seconds: number | null
}

export interface EstimateSources {
  readonly prices: (model: string) => TokenPrices | null
  readonly past: (model: string) => PastCalls
  readonly answers: AnswerStore
  readonly concurrency: number
}

/** Characters that a token has on average, in English and in code. */
const charactersPerToken = 4
/** Tokens of an answer of which nothing is known. */
const outputUsual = 256

export function estimateOf(
  plan: Plan,
  models: readonly string[],
  sources: EstimateSources,
): readonly ModelEstimate[] {
  return models.map((model) => {
    const jobs = plan.jobs.filter((job) => job.model === model)
    const fresh = jobs.filter(({ key }) => sources.answers.get(key) === undefined)
    const known = jobs
      .map(({ key }) => sources.answers.get(key))
      .filter((answer): answer is Answered => answer !== undefined)
    const past = pastOf(known, sources.past(model))
    const sizes = fresh.map(({ each }) => {
      const { messages, params, expected } = each
      const tools = params['tools'] === undefined ? '' : JSON.stringify(params['tools'])
      const input = Math.ceil((JSON.stringify(messages).length + tools.length) / charactersPerToken)
      return {
        input,
        output: outputTokensOf(
          params['max_tokens'] ?? params['max_completion_tokens'],
          expected,
          past,
        ),
      }
    })
    const inputTokens = sizes.reduce((sum, { input }) => sum + input, 0)
    const outputTokens = Math.ceil(sizes.reduce((sum, { output }) => sum + output.tokens, 0))
    return {
      model,
      calls: fresh.length,
      kept: known.length,
      inputTokens,
      outputTokens,
      outputBy: sizes[0]?.output.by ?? 'earlier answers',
      cost: costOf(sources.prices(model), inputTokens, outputTokens),
      seconds:
        fresh.length === 0
          ? 0
          : past.latencyMs === null
            ? null
            : (fresh.length * past.latencyMs) /
              1_000 /
              Math.max(1, sources.concurrency / models.length),
    }
  })
}

/** The sum of all; null as soon as one is not known. */
export function wholeCost(estimates: readonly ModelEstimate[]): Money | null {
  return estimates.reduce<Money | null>(
    (sum, { cost }) => (sum === null || cost === null ? null : add(sum, cost)),
    nothing,
  )
}

function pastOf(known: readonly Answered[], logged: PastCalls): PastCalls {
  const tokens = known.flatMap(({ outputTokens }) => (outputTokens === null ? [] : [outputTokens]))
  if (tokens.length === 0) return logged
  return {
    calls: known.length,
    outputTokens: mean(tokens),
    latencyMs: mean(known.map(({ latencyMs }) => latencyMs)),
  }
}

function outputTokensOf(
  max: unknown,
  expected: unknown,
  { outputTokens }: PastCalls,
): { readonly tokens: number; readonly by: ModelEstimate['outputBy'] } {
  const bound = typeof max === 'number' ? max : Number.POSITIVE_INFINITY
  if (outputTokens !== null) return { tokens: Math.min(bound, outputTokens), by: 'earlier answers' }
  if (Number.isFinite(bound)) return { tokens: bound, by: 'max_tokens' }
  const text = expected === undefined ? '' : JSON.stringify(expected)
  // An answer of one word mostly comes in a sentence.
  const tokens = Math.ceil(text.length / charactersPerToken) + 50
  return text.length > outputUsual
    ? { tokens, by: 'expected answers' }
    : { tokens: outputUsual, by: 'assumption' }
}

function costOf(prices: TokenPrices | null, input: number, output: number): Money | null {
  if (input === 0 && output === 0) return nothing
  if (prices === null || prices.input === null || prices.output === null) return null
  return add(times(prices.input, input), times(prices.output, output))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
