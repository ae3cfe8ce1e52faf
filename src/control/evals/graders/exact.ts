import { type GraderKind, judged, noVerdict } from '../grader.ts'
import { jsonIn } from './json.ts'
import { nothingWanted, quoted, textOf, wantedOf } from './wanted.ts'

/** The answer is the expected one. What is expected as an object or a list is compared as JSON. */
export const exact: GraderKind = {
  says: 'the answer is the expected one',
  threshold: 1,
  make: (options) => {
    const wanted = wantedOf(options)
    const ignoreCase = options.flag('ignore_case', false)
    const ignorePunctuation = options.flag('ignore_punctuation', false)
    const ignoreSpace = options.flag('ignore_space', false)
    const normal = (text: string): string => {
      let out = text.normalize('NFC').trim()
      if (ignoreCase) out = out.toLowerCase()
      if (ignorePunctuation) out = out.replaceAll(/\p{P}/gu, '').trim()
      return ignoreSpace ? out.replaceAll(/\s+/gu, ' ') : out
    }
    return () => (input) => {
      const expected = wanted(input)
      if (expected === undefined) return noVerdict(nothingWanted)
      const text = input.answer.text ?? ''
      if (typeof expected === 'object' && expected !== null) {
        const found = jsonIn(text, false)
        if (found === undefined) return judged(false, 'The answer is no JSON.')
        return Bun.deepEquals(found, expected)
          ? judged(true, 'Both are the same JSON.')
          : judged(false, `It is ${quoted(text)}, not ${quoted(JSON.stringify(expected))}.`)
      }
      const right = textOf(expected)
      return normal(text) === normal(right)
        ? judged(true, 'Both are the same.')
        : judged(false, `It is ${quoted(text)}, not ${quoted(right)}.`)
    }
  },
}
