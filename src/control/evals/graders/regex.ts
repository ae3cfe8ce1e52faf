import { type GraderKind, judged, noVerdict } from '../grader.ts'
import { quoted, textOf } from './wanted.ts'

/**
 * A regular expression is found in the answer. It is run in the sandbox: an expression can take longer than
 * the age of the universe, and nothing else in the runtime can end it.
 */
export const regex: GraderKind = {
  says: 'a regular expression is found in the answer',
  threshold: 1,
  make: (options) => {
    const own = options.text('value') ?? options.text('pattern')
    const flags = options.text('flags') ?? ''
    if (own !== undefined) {
      try {
        void new RegExp(own, flags)
      } catch (error) {
        options.wrong('value', `This is no regular expression: ${(error as Error).message}`)
      }
    }
    return ({ sandbox }) =>
      async ({ answer, expected }) => {
        const source = own ?? (expected === undefined ? undefined : textOf(expected))
        if (source === undefined) return noVerdict('No regular expression is given under value.')
        const [found = false] = await sandbox.matches(source, flags, [answer.text ?? ''])
        return found
          ? judged(true, 'It is found.')
          : judged(false, `Nothing in ${quoted(answer.text ?? '')} fits it.`)
      }
  },
}
