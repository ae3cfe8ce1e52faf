import { type GraderKind, judged, noVerdict } from '../grader.ts'
import { nothingWanted, quoted, textOf } from './wanted.ts'

/** The answer holds a text, one of several, or all of them. */
export const contains: GraderKind = {
  says: 'the answer holds a text; any or all of several',
  threshold: 1,
  make: (options) => {
    const own = options.texts('value')
    const any = options.texts('any')
    const all = options.texts('all')
    const ignoreCase = options.flag('ignore_case', false)
    if ([own, any, all].filter((list) => list !== undefined).length > 1)
      options.wrong('value', 'Give one of value, any and all.')
    return () =>
      ({ answer, expected }) => {
        const texts = own ?? any ?? all ?? (expected === undefined ? undefined : [textOf(expected)])
        if (texts === undefined || texts.length === 0) return noVerdict(nothingWanted)
        const text = ignoreCase ? (answer.text ?? '').toLowerCase() : (answer.text ?? '')
        const missing = texts.filter(
          (each) => !text.includes(ignoreCase ? each.toLowerCase() : each),
        )
        if (any !== undefined)
          return missing.length < texts.length
            ? judged(true, 'One of the texts is there.')
            : judged(false, `None of the ${texts.length} texts is there.`)
        return missing.length === 0
          ? judged(true, texts.length === 1 ? 'It is there.' : 'All of them are there.')
          : judged(false, `${quoted(missing[0]!)} is missing.`)
      }
  },
}

export const startsWith: GraderKind = {
  says: 'the answer begins with a text',
  threshold: 1,
  make: (options) => {
    const own = options.text('value')
    const ignoreCase = options.flag('ignore_case', false)
    return () =>
      ({ answer, expected }) => {
        const wanted = own ?? (expected === undefined ? undefined : textOf(expected))
        if (wanted === undefined) return noVerdict(nothingWanted)
        const text = (answer.text ?? '').trimStart()
        const right = ignoreCase
          ? text.toLowerCase().startsWith(wanted.toLowerCase())
          : text.startsWith(wanted)
        return judged(right, right ? 'It does.' : `It begins with ${quoted(text.slice(0, 60))}.`)
      }
  },
}
