/** What an answer shows of itself, as numbers; nothing that is not there at run time. */

export interface Answered {
  readonly response: string | null
  readonly answer: string | null | undefined
  readonly confidence: Readonly<Record<string, number>> | null
}

const hedges =
  /\b(?:cannot|can't|unable|not sure|unclear|as an ai|probably|perhaps|might be|i think|wait|let me re|however|actually|sorry|no answer|none of)\b/gi
const hedgesMost = 6

/** Doubt stands at the beginning of an answer or at its end; a long one is not searched through. */
const endLength = 400

function endsOf(text: string): string {
  return text.length <= 2 * endLength ? text : text.slice(0, endLength) + text.slice(-endLength)
}

/** Longer JSON is not judged here: the call's own checks of schemas and tools read it anyway. */
const parsedMost = 4_000

/**
 * The signals of one answer in the order of `signalNames`.
 * @param keys  the confidences that the policy was fitted with
 */
export function signalsOf(
  { response, answer, confidence }: Answered,
  keys: readonly string[],
): number[] {
  const values: number[] = []
  for (const key of keys) {
    const value = confidence?.[key]
    values.push(value === undefined ? 0 : 1, value === undefined ? 0 : doubtOf(value))
  }
  const text = response ?? ''
  const brace = text.trimStart().charCodeAt(0)
  const structured = brace === 0x7b || brace === 0x5b
  values.push(
    Math.log1p(text.length),
    Math.min(hedgesMost, endsOf(text).match(hedges)?.length ?? 0),
    text.trim() === '' ? 1 : 0,
    structured && text.length <= parsedMost && !parses(text) ? 1 : 0,
    answer === null ? 1 : 0,
    Math.log1p(answer?.length ?? 0),
  )
  return values
}

export function signalNames(keys: readonly string[]): string[] {
  return [
    ...keys.flatMap((key) => [`has ${key}`, `doubt by ${key}`]),
    'length of the answer',
    'hedging',
    'empty',
    'malformed JSON',
    'no answer found',
    'length of the final answer',
  ]
}

/**
 * The log of the probability of being wrong, where the number can be read as one of being right: at or below
 * 0 as its logarithm, up to 1 as itself. Any other scale is taken as it is.
 */
function doubtOf(value: number): number {
  if (value > 1) return value
  const log = value <= 0 ? value : Math.log(value)
  return Math.max(-16, Math.log(-Math.expm1(Math.min(-1e-7, log))))
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Other texts longer than this agree only by chance of wording, so that they are compared by nothing. */
const comparableMost = 200

/** Whether two models said the same: null when one of them left nothing that can be compared. */
export function agree(left: Answered, right: Answered): boolean | null {
  const one = sayingOf(left)
  const other = sayingOf(right)
  return one === null || other === null ? null : one === other
}

function sayingOf({ answer, response }: Answered): string | null {
  const text = answer ?? (answer === undefined ? response : null)
  if (text === null) return null
  const document = documentOf(text)
  if (document !== null) return document
  if (text.length > comparableMost) return null
  const plain = text
    .trim()
    .replaceAll(/^["'`\s]+|["'`\s.]+$/g, '')
    .toLowerCase()
  if (plain === '') return null
  return numberOf(plain) ?? plain.replaceAll(/\s+/g, ' ')
}

/** '$1,200.50' is 1200.5; '1, 12' is a list, and an id of twenty digits is more than a number can tell apart. */
function numberOf(plain: string): string | null {
  const bare = plain.replaceAll(/[$%]/g, '').trim()
  if (!/^[-+]?(?:\d{1,3}(?:[, ]\d{3})+|\d+)?(?:\.\d+)?(?:e[-+]?\d{1,3})?$/.test(bare)) return null
  const digits = bare.replaceAll(/[, ]/g, '')
  const number = Number(digits)
  return /\d/.test(bare) && Number.isFinite(number) && digits.length <= digitsMost
    ? String(number)
    : null
}

/** Two decimal numbers of more digits can be the same double. */
const digitsMost = 15

/**
 * JSON by what it means, whatever the order of its members and the case of its texts; a text that is JSON itself, as the
 * arguments of a tool, likewise. Null for what is no object or list, or too long to be read while a call waits.
 */
function documentOf(text: string): string | null {
  const first = text.trimStart().charCodeAt(0)
  if ((first !== 0x7b && first !== 0x5b) || text.length > parsedMost) return null
  try {
    return canonical(JSON.parse(text))
  } catch {
    return null
  }
}

function canonical(value: unknown): string {
  if (typeof value === 'string')
    return documentOf(value) ?? JSON.stringify(value.trim().toLowerCase())
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each)).join()}]`
  // Two whole numbers of so many digits can be the same double: then the texts are compared.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError('too long')
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`,
  )
  return `{${members.toSorted().join()}}`
}
