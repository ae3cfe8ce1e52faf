import { type GraderKind, noVerdict } from '../grader.ts'
import { textOf } from './wanted.ts'

/** What of a logged call stands in the variables of its case. */
interface Given {
  readonly name: string
  readonly source: string
  readonly score: number | null
  readonly correction?: unknown
}

/**
 * What people said of an answer, where the answer is the one that they saw, or the one that they corrected it to.
 * Of every other answer they said nothing.
 */
export const feedback: GraderKind = {
  says: 'what was said of the same answer when it was given, by POST /v1/feedback',
  threshold: 0.5,
  make: (options) => {
    const of = options.text('of') ?? 'quality'
    const sources = options.texts('sources')
    return () =>
      ({ vars, answer }) => {
        const given = vars['feedback'] as readonly Given[] | undefined
        if (!Array.isArray(given))
          return noVerdict('The case is no logged call. Take cases from calls with from_calls.')
        const counting = given.filter(
          ({ name, source }) => name === of && (sources?.includes(source) ?? true),
        )
        const text = (answer.text ?? '').trim()
        const corrected = counting.some(
          ({ correction }) =>
            correction !== undefined && correction !== null && textOf(correction).trim() === text,
        )
        if (corrected) return { score: 1, why: 'It is what the answer was corrected to.' }
        const logged = vars['logged']
        if (logged === undefined || textOf(logged).trim() !== text)
          return noVerdict('It is another answer than the one that feedback is about.')
        const scores = counting.flatMap(({ score }) => score ?? [])
        if (scores.length === 0) return noVerdict(`Nobody has given this answer a score for ${of}.`)
        const score = scores.reduce((sum, each) => sum + each, 0) / scores.length
        return { score, why: `${scores.length} said so of this answer.` }
      }
  },
}
