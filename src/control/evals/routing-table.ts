import type { Answered } from '../../core/caller.ts'
import { usdText } from '../../core/money.ts'
import { confidenceOfTokens, promptOfMessages } from '../../routing/answers.ts'
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
        prompt: promptOfMessages(each.messages),
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
  const confidence = answer.logprobs === null ? null : confidenceOfTokens(answer.logprobs)
  return {
    score,
    cost_usd: Number(usdText(answer.cost)),
    prompt_tokens: answer.inputTokens,
    completion_tokens: answer.outputTokens,
    latency_ms: Math.round(answer.latencyMs),
    ...(confidence === null ? {} : { confidence }),
    response: sayingOf(answer),
  }
}

/** As `sayingOf` of src/routing/answers.ts has it of a live answer. */
function sayingOf({ text, toolCalls }: Answered): string | null {
  if (text !== null && text.trim() !== '') return text
  if (toolCalls.length === 0) return null
  return JSON.stringify(toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given })))
}
