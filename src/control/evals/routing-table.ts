import { usdText } from '../../core/money.ts'
import type { Report } from './report.ts'
import type { Result } from './run.ts'

export interface TableRows {
  /** JSON, one for each case and repetition. */
  readonly rows: readonly string[]
  /** Results that are not in it, because they have no verdict or no known cost. */
  readonly left: number
}

/** The graded answers as the rows from which routing is calibrated: `freehold route calibrate --table`. */
export function routingTable({ plan, results, repeats, suite }: Report): TableRows {
  const byRow = Map.groupBy(results, ({ job }) => `${job.repeat}\n${job.each.id}`)
  let left = 0
  const rows: string[] = []
  for (const each of plan.cases) {
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const some = byRow.get(`${repeat}\n${each.id}`) ?? []
      const entries = some.flatMap((result) => {
        const entry = entryOf(result)
        if (entry === null) left += 1
        return entry === null ? [] : [[result.job.model, entry] as const]
      })
      if (entries.length === 0) continue
      const row = {
        id: repeats === 1 ? each.id : `${each.id}#${repeat + 1}`,
        benchmark: suite.name,
        prompt: promptOf(each.messages),
        results: Object.fromEntries(entries),
      }
      rows.push(JSON.stringify(row))
    }
  }
  return { rows, left }
}

function entryOf({ answer, grade }: Result): Readonly<Record<string, unknown>> | null {
  const score = grade?.score ?? null
  if (answer === null || answer.cost === null || score === null) return null
  return {
    score,
    cost_usd: Number(usdText(answer.cost)),
    prompt_tokens: answer.inputTokens,
    completion_tokens: answer.outputTokens,
    latency_ms: Math.round(answer.latencyMs),
    ...(answer.logprobs === null ? {} : { confidence: confidenceOf(answer.logprobs) }),
    response: answer.text ?? JSON.stringify(answer.toolCalls),
  }
}

/** What of the probabilities of its tokens tells how sure an answer is. */
function confidenceOf(logprobs: readonly number[]): Readonly<Record<string, number>> {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const sorted = logprobs.toSorted((one, other) => one - other)
  return {
    mean_logprob: mean(logprobs),
    min_logprob: sorted[0]!,
    low_logprob: mean(sorted.slice(0, Math.max(1, Math.ceil(logprobs.length / 10)))),
    first_logprob: logprobs[0]!,
  }
}

/** What the user said; the system's words are the same for all cases and tell none from another. */
function promptOf(messages: Report['plan']['cases'][number]['messages']): string {
  const said = messages.filter(({ role }) => role !== 'system' && role !== 'developer')
  return said
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content ?? '')))
    .join('\n')
}
