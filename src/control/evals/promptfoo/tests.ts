import type { Extra } from '../../../core/extra.ts'
import type { SuiteFiles } from '../options.ts'
import type { Findings } from '../reading/findings.ts'
import { rowsOf } from '../reading/rows.ts'
import { Spot } from '../reading/spot.ts'
import { assertionTypes } from './assertions.ts'

/** What stands under `tests`: tests, files of them, or one file. Each comes as an object of promptfoo's shape. */
export function readTests(
  spot: Spot | undefined,
  files: SuiteFiles,
  findings: Findings,
): readonly Spot[] {
  // Without tests promptfoo sends each prompt once, as it is.
  if (spot === undefined || spot.value === null)
    return [Spot.at({}, { file: '', line: 1, column: 1 })]
  const items = Array.isArray(spot.value) ? spot.items : [spot]
  return items.flatMap((item) => {
    if (item.isMap) return [item]
    if (typeof item.value === 'string') {
      const path = item.value.replace(/^file:\/\//, '')
      if (/^https?:|[*?]/.test(path)) {
        findings.wrong(
          item.place,
          `${path} is no file of tests by its name; others are not read here.`,
        )
        return []
      }
      const rows = rowsOf(item, path, files, findings)
      return /\.csv$/i.test(path) ? rows.map(testOfRow) : rows
    }
    findings.wrong(item.place, 'A test is a map with vars and assert, or a file of them.')
    return []
  })
}

/** A row of a table: its columns are variables, except those that begin with two underscores. */
function testOfRow(row: Spot): Spot {
  const values = row.value as Readonly<Record<string, string>>
  const vars: Record<string, string> = {}
  const asserts: Extra[] = []
  const metadata: Record<string, string> = {}
  const test: Record<string, unknown> = {}
  const options: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    if (/^__expected\d*$/.test(name)) {
      if (value !== '') asserts.push(assertionOf(value))
    } else if (name === '__description') test['description'] = value
    else if (name === '__threshold' && value !== '') test['threshold'] = Number(value)
    else if (name === '__prefix') options['prefix'] = value
    else if (name === '__suffix') options['suffix'] = value
    else if (name.startsWith('__metadata:')) metadata[name.slice('__metadata:'.length)] = value
    else if (name === '__metric') test['metric'] = value
    else if (!name.startsWith('__')) vars[name] = value
  }
  const { metric, ...rest } = test
  const named = typeof metric === 'string' && metric !== ''
  return Spot.at(
    {
      ...rest,
      vars,
      metadata,
      options,
      assert: asserts.map((each) => (named ? { ...each, metric } : each)),
    },
    row.place,
  )
}

/** 'contains: yes', 'similar(0.8): a text', 'is-json'; all else is what the answer has to be. */
export function assertionOf(text: string): Extra {
  const [, type = '', threshold, value] =
    /^\s*([\w:-]+?)(?:\((\d*\.?\d+)\))?\s*(?::\s*([\s\S]*))?$/.exec(text) ?? []
  const bare = type.replace(/^not-/, '')
  const kind = bare === 'fn' ? 'javascript' : bare === 'grade' ? 'llm-rubric' : bare
  if (!assertionTypes.has(kind)) return { type: 'equals', value: text }
  return {
    type: type.startsWith('not-') ? `not-${kind}` : kind,
    ...(value === undefined || value === '' ? {} : { value }),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
  }
}

/** Each combination of variables that are lists. */
export function expanded(vars: Extra): readonly Extra[] {
  return Object.entries(vars).reduce<readonly Extra[]>(
    (all, [name, value]) =>
      Array.isArray(value)
        ? all.flatMap((each) =>
            (value as readonly unknown[]).map((item) => ({ ...each, [name]: item })),
          )
        : all.map((each) => ({ ...each, [name]: value })),
    [{}],
  )
}
