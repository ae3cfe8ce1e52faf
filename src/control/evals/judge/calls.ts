import type { AnswerStore, Plan } from '../plan.ts'
import type { ModelEstimate, TokenPrices } from '../estimate.ts'
import { add, nothing, times } from '../../../core/money.ts'
import { judgesIn, judgesOf } from './judges.ts'

/** Tokens of a verdict: a reason of two sentences and a number, as JSON. */
const verdictTokens = 90
const charactersPerToken = 4
/** Characters of an answer that is not there yet. */
const answerUsual = 1_000

/** What judges will be asked, before they are. Kept verdicts are not looked up: they make it less. */
export function judgeEstimates(
  plan: Plan,
  prices: (model: string) => TokenPrices | null,
  answers: AnswerStore,
): readonly ModelEstimate[] {
  const calls = new Map<string, { calls: number; characters: number }>()
  const book = (judges: readonly string[], each: number, characters: number): void => {
    for (const judge of judges) {
      const known = calls.get(judge) ?? { calls: 0, characters: 0 }
      const share = each / judges.length
      calls.set(judge, {
        calls: known.calls + share,
        characters: known.characters + share * characters,
      })
    }
  }
  for (const { each, key } of plan.jobs)
    for (const { judging } of judgesIn(each.checks)) {
      const answer = answers.get(key)?.text?.length ?? answerUsual
      const asked = JSON.stringify(each.messages).length
      book(judging.judges, judging.calls, judging.words + asked + answer)
    }
  for (const { judging } of judgesOf(plan))
    book(judging.judges, judging.calls * judging.labels.length, judging.words + answerUsual)
  return [...calls].map(([model, { calls: count, characters }]) => {
    const inputTokens = Math.ceil(characters / charactersPerToken)
    const outputTokens = count * verdictTokens
    const price = prices(model)
    return {
      model: `${model} as judge`,
      calls: count,
      kept: 0,
      inputTokens,
      outputTokens,
      outputBy: 'assumption',
      cost:
        count === 0
          ? nothing
          : price === null || price.input === null || price.output === null
            ? null
            : add(times(price.input, inputTokens), times(price.output, outputTokens)),
      seconds: null,
    }
  })
}
