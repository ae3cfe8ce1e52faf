/** A number of a text. */
export interface Found {
  /** Of '12 %' it is 12. */
  readonly value: number
  readonly percent: boolean
  /** As it stands in the text. */
  readonly text: string
}

const multiples: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
}

/** What announces a final answer: the number that follows the last of them goes before the last of all. */
const announcements = /(?:####|\b(?:final answer|answer|result)\b(?:\s+is)?\s*[:=]?)/gi

/**
 * The number that an answer ends with: what stands in its last \boxed{}, what follows its last 'answer is' or
 * '####', else its last number.
 * @param comma  the decimal sign is a comma, and points part thousands
 */
export function finalNumber(text: string, comma = false): Found | null {
  // Models write minus signs and spaces of every kind.
  const even = text.replaceAll(/[\u2212\u2013]/g, '-').replaceAll(/[\u00a0\u2009\u202f]/g, ' ')
  const boxed = lastBoxed(even)
  if (boxed !== null) {
    const within = numbersIn(boxed, comma).at(-1)
    if (within !== undefined) return within
  }
  for (const match of [...even.matchAll(announcements)].toReversed()) {
    const [rest = ''] = even.slice(match.index + match[0].length).split('\n', 1)
    const after = numbersIn(rest, comma)[0]
    if (after !== undefined) return last(rest, after, comma)
  }
  return numbersIn(even, comma).at(-1) ?? null
}

/** 'the answer is 17 * 23 = 391': what stands behind the last sign of equality of a sum is the answer. */
function last(rest: string, first: Found, comma: boolean): Found {
  const [sum] = /^(?:[^=\p{L}]*=)+/u.exec(rest) ?? []
  return (sum === undefined ? undefined : numbersIn(rest.slice(sum.length), comma)[0]) ?? first
}

function lastBoxed(text: string): string | null {
  const open = text.lastIndexOf('\\boxed{')
  if (open === -1) return null
  const start = open + '\\boxed{'.length
  let depth = 1
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1
    if (text[at] === '}') depth -= 1
    if (depth === 0) return text.slice(start, at)
  }
  return null
}

// Linear: each piece begins with what the one before cannot hold.
const withPoint =
  /(?<![\w.,])([-+]?)\s?([$€£¥]?)\s?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE]([-+]?\d{1,3})|\s?[x×*]\s?10\s?\^\s?\{?([-+]?\d{1,3})\}?)?(?:\s?\/\s?(\d+(?:\.\d+)?)(?!\s?\/|\d))?\s?(%|percent\b|thousand\b|million\b|billion\b|trillion\b)?/gi
const withComma =
  /(?<![\w.,])([-+]?)\s?([$€£¥]?)\s?((?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?|,\d+)(?:[eE]([-+]?\d{1,3})|\s?[x×*]\s?10\s?\^\s?\{?([-+]?\d{1,3})\}?)?(?:\s?\/\s?(\d+(?:,\d+)?)(?!\s?\/|\d))?\s?(%|percent\b|thousand\b|million\b|billion\b|trillion\b)?/gi

function numbersIn(text: string, comma: boolean): readonly Found[] {
  const spread = text
    .replaceAll(/\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/g, '$1/$2')
    .replaceAll(/\\[,!;]|\{,\}/g, (mark) => (mark === '{,}' ? ',' : ''))
    .replaceAll('\\%', '%')
    .replaceAll('\\$', '$')
    .replaceAll('\\times', '×')
  const found: Found[] = []
  for (const match of spread.matchAll(comma ? withComma : withPoint)) {
    const [whole, sign = '', , digits = '', e, power, divisor, unit = ''] = match
    const decimal = (written: string): number =>
      Number(comma ? written.replaceAll('.', '').replace(',', '.') : written.replaceAll(',', ''))
    let value = decimal(digits)
    const exponent = e ?? power
    if (exponent !== undefined) value = Number(`${value}e${exponent}`)
    if (divisor !== undefined) value /= decimal(divisor)
    const word = unit.toLowerCase()
    value *= multiples[word] ?? 1
    if (sign === '-') value = -value
    if (!Number.isFinite(value)) continue
    found.push({ value, percent: word === '%' || word === 'percent', text: whole.trim() })
  }
  return found
}
