import { classesOf, digit, letter, upper } from './characters.ts'

/**
 * True when something in a stretch of text looks drawn by lot: a run of letters and digits mixed, or
 * of letters whose case keeps changing. Names that people make ('sk-learn-tutorial-2024') have
 * neither.
 */
export function isRandom(text: string, from: number, to: number): boolean {
  let length = 0
  let digits = 0
  let changes = 0
  let last = 0
  for (let at = from; at < to; at += 1) {
    const classes = classesOf(text.charCodeAt(at))
    if ((classes & (digit | letter)) === 0) {
      length = 0
      digits = 0
      changes = 0
    } else {
      length += 1
      if ((classes & digit) !== 0) digits += 1
      else if (length > 1 && (last & digit) === 0 && ((last ^ classes) & upper) !== 0) changes += 1
      if (length >= 8 && digits > 0 && digits < length) return true
      if (length >= 16 && (digits === length || changes * 4 >= length)) return true
    }
    last = classes
  }
  return false
}
