import { type GraderKind, judged, noVerdict } from '../grader.ts'
import { finalNumber, type Found } from './numbers.ts'
import { nothingWanted, quoted, textOf, wantedOf } from './wanted.ts'

/**
 * The final number of the answer is the expected one, within a tolerance. A share and its percentage are the
 * same number: 0.12 and 12 %.
 */
export const numeric: GraderKind = {
  says: 'the final number of the answer is the expected one, within a tolerance',
  threshold: 1,
  make: (options) => {
    const wanted = wantedOf(options)
    const absolute = options.number('tolerance') ?? 0
    const relative = options.number('relative', 0, 1) ?? 0
    const comma = options.choice('decimal', ['point', 'comma'], 'point') === 'comma'
    return () => (input) => {
      const expected = wanted(input)
      if (expected === undefined) return noVerdict(nothingWanted)
      const right =
        typeof expected === 'number' ? plain(expected) : finalNumber(textOf(expected), comma)
      if (right === null)
        return noVerdict(`The expected answer ${quoted(textOf(expected))} holds no number.`)
      const text = input.answer.text ?? ''
      const found = finalNumber(text, comma)
      if (found === null) return judged(false, `There is no number in ${quoted(text)}.`)
      const near = readings(found, right).some(
        // What binary fractions add to a decimal difference is no difference.
        (value) =>
          Math.abs(value - right.value) <=
          Math.max(absolute, relative * Math.abs(right.value)) + Math.abs(right.value) * 1e-12,
      )
      return judged(near, near ? `It is ${found.text}.` : `It is ${found.text}, not ${right.text}.`)
    }
  },
}

function plain(value: number): Found {
  return { value, percent: false, text: String(value) }
}

/** What a number may mean beside another one, in the other's terms. */
function readings(found: Found, right: Found): readonly number[] {
  if (found.percent === right.percent) return [found.value]
  return found.percent ? [found.value, found.value / 100] : [found.value, found.value * 100]
}
