import type { Extra } from '../../../core/extra.ts'
import type { SuiteFiles } from '../options.ts'
import { type CsvRecord, CsvFault, readCsv } from './csv.ts'
import type { Findings } from './findings.ts'
import { Spot } from './spot.ts'

/** The rows of a file of cases: JSON lines, CSV, or a list in JSON or YAML. */
export function rowsOf(
  reference: Spot,
  path: string,
  files: SuiteFiles,
  findings: Findings,
): readonly Spot[] {
  if (!/\.(?:jsonl|ndjson|csv|json|ya?ml)$/i.test(path)) {
    findings.wrong(
      reference.place,
      `${path} is none of .jsonl, .csv, .json and .yaml, so it is not known how to read it.`,
    )
    return []
  }
  let text: string
  try {
    text = files.read(path)
  } catch (error) {
    findings.wrong(reference.place, (error as Error).message)
    return []
  }
  const file = files.shown(path)
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return lines(text, file, findings)
  if (/\.csv$/i.test(path)) return records(text, file, findings)
  const list = Spot.parse(file, text)
  if (Array.isArray(list.value)) return list.items
  findings.wrong(list.place, 'Here has to be a list of cases.')
  return []
}

function lines(text: string, file: string, findings: Findings): readonly Spot[] {
  const rows: Spot[] = []
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const place = { file, line: index + 1, column: 1 }
    try {
      const value = JSON.parse(line) as unknown
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        rows.push(Spot.at(value, place))
        continue
      }
    } catch {
      // Said below.
    }
    findings.wrong(place, 'This line is no JSON object. Each line of the file has to be one.')
  }
  return rows
}

function records(text: string, file: string, findings: Findings): readonly Spot[] {
  let all: readonly CsvRecord[]
  try {
    all = readCsv(text)
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error
    findings.wrong({ file, line: error.line, column: 1 }, error.message)
    return []
  }
  const [head, ...rows] = all
  if (head === undefined) return []
  const names = head.fields.map((name) => name.trim())
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined || names.includes('')) {
    const what =
      twice === undefined || twice === ''
        ? 'A column has no name.'
        : `The column ${JSON.stringify(twice)} stands twice.`
    findings.wrong(
      { file, line: head.line, column: 1 },
      `${what} The first line has to name each column once.`,
    )
    return []
  }
  return rows.flatMap(({ line, fields }) => {
    const place = { file, line, column: 1 }
    if (fields.length !== names.length) {
      findings.wrong(
        place,
        `This row has ${fields.length} fields, and there are ${names.length} columns. Put fields with commas in quotes.`,
      )
      return []
    }
    const row: Extra = Object.fromEntries(names.map((name, index) => [name, fields[index]!]))
    return [Spot.at(row, place)]
  })
}
