import * as units from '../units.ts'
import { matching, section, value } from './form.ts'
import { day, share } from './values.ts'

const hedgeAfterWords = 'a time such as 800ms, or a percentile such as p95'

const hedgeAfter = value(
  hedgeAfterWords,
  matching(`${units.patterns.duration}|^p[5-9][0-9]$`),
  (text): { readonly ms: number } | { readonly quantile: number } | null => {
    const percentile = /^p([5-9]\d)$/.exec(text)?.[1]
    if (percentile !== undefined) return { quantile: Number(percentile) / 100 }
    const ms = units.durationMs(text)
    return ms !== null && ms > 0 && ms <= day ? { ms } : null
  },
)

export const hedge = section({
  after: hedgeAfter.describe(
    "When the next model is asked beside one that has said nothing yet: a time, or a percentile of the model's own times to the first content, which are known of streams.",
  ),
  most: value(
    'a share above 0 and up to 1 such as 0.05',
    { anyOf: [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, matching('^[0-9.]+$')] },
    (text) => {
      const number = share(text)
      return number !== null && number <= 1 ? number : null
    },
  )
    .prefault('0.05')
    .describe("The most of the task's calls for which that is done."),
})
  .optional()
  .describe(
    'Asks a second model beside one that is slow; whoever says something first answers, and the other is cancelled. Both are paid for. Unset: nobody is asked twice.',
  )
