/** One of promptfoo's assertions in the words of a grader here. */
export interface Mapped {
  readonly grader: string
  readonly settings: Readonly<Record<string, unknown>>
  /** From which score it passes, where promptfoo has another usual one. */
  readonly threshold?: number
}

export interface Assertion {
  /** With its templates filled, unless it names a file. */
  readonly value: unknown
  readonly threshold: number | null
  /** For assertions that compare embeddings. */
  readonly embeddings: string | null
  /** For assertions that ask a model to judge. */
  readonly judges: readonly string[]
  /** The provider that the file names first; null: it names none. */
  readonly first: string | null
}

/** @returns a sentence where it cannot be read as it is meant */
type Read = (assertion: Assertion) => Mapped | string

const binary =
  (grader: string, settings: Readonly<Record<string, unknown>> = {}): Read =>
  ({ value }) => ({ grader, settings: { ...settings, value } })

const someOf =
  (member: 'any' | 'all', ignoreCase: boolean): Read =>
  ({ value }) => ({
    grader: 'contains',
    settings: {
      [member]: typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value,
      ignore_case: ignoreCase,
    },
  })

const json =
  (search: boolean): Read =>
  ({ value }) => ({
    grader: 'json_schema',
    settings: { search, ...(value === undefined ? {} : { schema: value }) },
  })

const similar: Read = ({ value, threshold, embeddings }) => {
  if (typeof value !== 'string')
    return 'compares with one text only; here it is given none, or several.'
  if (embeddings === null)
    return 'needs a model of embeddings. Name one: --embeddings openai/text-embedding-3-small'
  return {
    grader: 'similarity',
    settings: { value, model: embeddings },
    threshold: threshold ?? 0.75,
  }
}

const bound =
  (grader: string, setting: string): Read =>
  ({ threshold }) =>
    threshold === null
      ? 'needs a threshold.'
      : { grader, settings: { [setting]: threshold }, threshold: 1 }

const wordCount: Read = ({ value }) => {
  const exact = Number(value)
  if (typeof value !== 'object' && Number.isFinite(exact))
    return { grader: 'length', settings: { min: exact, max: exact, unit: 'words' } }
  return typeof value === 'object' && value !== null
    ? { grader: 'length', settings: { ...value, unit: 'words' } }
    : 'needs a number, or min and max.'
}

const javascript: Read = ({ value }) =>
  typeof value === 'string' && value.startsWith('file://')
    ? { grader: 'code', settings: { file: value, calls: 'grade(output, context)' } }
    : 'stands in the file as text, and code is only run from a file of its own. Put it into check.ts as export default (output, context) => ..., and write value: file://check.ts'

const read: Readonly<Record<string, Read>> = {
  equals: binary('exact'),
  contains: binary('contains'),
  icontains: binary('contains', { ignore_case: true }),
  'contains-any': someOf('any', false),
  'contains-all': someOf('all', false),
  'icontains-any': someOf('any', true),
  'icontains-all': someOf('all', true),
  'starts-with': binary('starts_with'),
  regex: binary('regex'),
  'is-json': json(false),
  'contains-json': json(true),
  'is-valid-openai-tools-call': () => ({ grader: 'valid_tool_calls', settings: {} }),
  javascript,
  levenshtein: ({ value, threshold }) => ({
    grader: 'levenshtein',
    settings: { value, max_distance: threshold ?? 5 },
    threshold: 1,
  }),
  latency: bound('latency', 'max_ms'),
  cost: bound('cost', 'max_usd'),
  'is-refusal': () => ({ grader: 'refusal', settings: {} }),
  similar,
  'similar:cosine': similar,
  'finish-reason': binary('finish'),
  'word-count': wordCount,
}

/** The two steps of a question that is answered by yes or no. */
const closedScale = ['the answer does not meet the criterion', 'the answer meets the criterion']

const judged =
  (grader: string, settings: (value: unknown) => Readonly<Record<string, unknown>>): Read =>
  ({ value, threshold, judges }) =>
    judges.length === 0
      ? 'asks a model to judge. Name one of another family than those it grades: --judge provider/model'
      : {
          grader,
          settings: { ...settings(value), judges },
          ...(threshold === null ? {} : { threshold }),
        }

const byRubric = judged('rubric', (rubric) => ({ rubric }))
const byFacts = judged('factuality', (value) => ({ value }))

/** Assertions that ask a model to judge. */
const judges: Readonly<Record<string, Read>> = {
  'llm-rubric': byRubric,
  'g-eval': byRubric,
  'model-graded-closedqa': judged('rubric', (rubric) => ({ rubric, scale: closedScale })),
  factuality: byFacts,
  'model-graded-factuality': byFacts,
  'select-best': (assertion) =>
    assertion.first === null
      ? 'compares the models of the file, and the file names none.'
      : judged('pairwise', (criteria) => ({ criteria, against: assertion.first }))(assertion),
}

export const assertionTypes: ReadonlySet<string> = new Set([
  ...Object.keys(read),
  ...Object.keys(judges),
])

/** @param type  without `not-` @returns a sentence for one that is not supported */
export function mapped(type: string, assertion: Assertion): Mapped | string {
  const readers = Object.hasOwn(read, type) ? read : judges
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader === undefined) return `The assertion ${type} is not supported here.`
  const made = reader(assertion)
  return typeof made === 'string' ? `The assertion ${type} ${made}` : made
}
