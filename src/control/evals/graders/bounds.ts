import { usd, usdText } from '../../../core/money.ts'
import { type GraderKind, judged, noVerdict } from '../grader.ts'

/** What the call cost at most. */
export const cost: GraderKind = {
  says: 'the call cost no more than so many dollars',
  threshold: 1,
  make: (options) => {
    const most = options.number('max_usd')
    if (most === undefined && !options.has('max_usd'))
      options.wrong('max_usd', 'It needs max_usd: the dollars of one call.')
    const limit = usd((most ?? 0).toFixed(12))
    return () =>
      ({ answer }) => {
        if (answer.cost === null)
          return noVerdict(
            'What the call cost is not known. Name the price of the model under prices in freehold.yaml.',
          )
        return judged(answer.cost <= limit, `It cost $${usdText(answer.cost)}.`)
      }
  },
}

export const latency: GraderKind = {
  says: 'the whole answer came within so many milliseconds',
  threshold: 1,
  make: (options) => {
    const most = options.number('max_ms')
    if (most === undefined && !options.has('max_ms'))
      options.wrong('max_ms', 'It needs max_ms: milliseconds to the whole answer.')
    return () =>
      ({ answer }) =>
        judged(answer.latencyMs <= (most ?? 0), `It took ${Math.round(answer.latencyMs)} ms.`)
  },
}

export const length: GraderKind = {
  says: 'the answer has so many characters, words or tokens',
  threshold: 1,
  make: (options) => {
    const least = options.number('min')
    const most = options.number('max')
    const unit = options.choice('unit', ['characters', 'words', 'tokens'], 'characters')
    if (least === undefined && most === undefined)
      options.wrong('max', 'It needs min, max or both.')
    return () =>
      ({ answer }) => {
        const text = answer.text ?? ''
        const count = {
          characters: [...text].length,
          words: wordsIn(text),
          tokens: answer.outputTokens,
        }[unit]
        if (count === null) return noVerdict('The provider did not count the tokens.')
        const right = count >= (least ?? 0) && count <= (most ?? Number.MAX_VALUE)
        return judged(right, `It has ${count} ${unit}.`)
      }
  },
}

/** By the rules of Unicode, so that Chinese and Japanese have words too. */
function wordsIn(text: string): number {
  let count = 0
  for (const { isWordLike } of new Intl.Segmenter('und', { granularity: 'word' }).segment(text))
    if (isWordLike === true) count += 1
  return count
}

export const finish: GraderKind = {
  says: 'the answer ended for this reason: stop, length, tool_calls, content_filter',
  threshold: 1,
  make: (options) => {
    const wanted = options.text('value') ?? 'stop'
    return () =>
      ({ answer }) =>
        judged(answer.finish === wanted, `It ended with ${answer.finish ?? 'no reason'}.`)
  },
}
