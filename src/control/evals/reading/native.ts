import type { Extra } from '../../../core/extra.ts'
import { contentOf, type JudgingDefaults, type SuiteFiles } from '../options.ts'
import type { EvalCase, Suite } from '../suite.ts'
import { Checks } from './checks.ts'
import { Fields } from './fields.ts'
import type { Findings } from './findings.ts'
import type { LoggedCase, LoggedCalls } from './from-calls.ts'
import { messagesOf, orFinding, type Prompt, readMessages } from './messages.ts'
import { rowsOf } from './rows.ts'
import { Spot } from './spot.ts'

export interface Reading {
  readonly findings: Findings
  readonly files: SuiteFiles
  readonly logged: LoggedCalls
  readonly judging: JudgingDefaults
}

const known = [
  'name',
  'description',
  'task',
  'models',
  'system',
  'prompt',
  'messages',
  'params',
  'cases',
  'from_calls',
  'repeats',
  'group',
  'graders',
  'threshold',
  'metric',
  'margin',
]

/** Members of a case that are no variables. */
const reserved = new Set(['id', 'description', 'vars', 'expected', 'messages', 'graders', 'params'])

/** What may be worse by without being called worse, where the file does not say: three points of a hundred. */
export const usualMargin = 0.03

/** Reads a file of evaluations in Freehold's own format. What is wrong with it is told to `findings`. */
export async function readNative(
  root: Spot,
  file: string,
  { findings, files, logged, judging }: Reading,
): Promise<Omit<Suite, 'notes'>> {
  const fields = new Fields(root, findings)
  fields.only(known, 'An evaluation')
  const group = fields.text('group') ?? 'session'
  const checks = new Checks({ findings, files, judging })
  const graders = gradersOf(fields)
  if (graders.length === 0 && !everyCaseHasGraders(fields))
    findings.wrong(
      fields.get('graders')?.place ?? root.place,
      'There are no graders, so no answer could be right or wrong. Write, for example, graders: [exact]',
    )
  const shared: Shared = {
    prompt: promptOf(fields, findings, files),
    system: contentText(fields, 'system', findings, files),
    params: (fields.map('params')?.value ?? {}) as Extra,
    group,
    graders,
    threshold: fields.number('threshold', 0, 1),
  }
  const task = fields.text('task')
  const rows = caseRows(fields, findings, files)
  const calls = fields.map('from_calls')
  const fromCalls =
    calls === undefined ? [] : await logged(new Fields(calls, findings), findings, task)
  if (calls === undefined && rows.length === 0)
    findings.wrong(
      fields.get('cases')?.place ?? root.place,
      'There are no cases. List them under cases, name a file as cases: file://cases.jsonl, or take them from logged calls with from_calls.',
    )
  if (
    rows.length > 0 &&
    shared.prompt === null &&
    rows.some((row) => row.get('messages') === undefined)
  )
    findings.wrong(
      root.place,
      'It is not said what to ask. Give a prompt, as prompt: "What is {{question}}?", or messages.',
    )
  const reader = { findings, files }
  const cases = [
    ...rows.map((row, index) => caseOf(row, index, shared, checks, reader)),
    ...fromCalls.map((call) => caseOfCall(call, calls!, shared, checks)),
  ].filter((each) => each !== null)
  tellTwins(cases, findings)
  return {
    name: fields.text('name') ?? nameOf(file),
    file,
    format: 'freehold',
    task,
    models: fields.texts('models'),
    cases,
    repeats: fields.number('repeats', 1, 100, true) ?? 1,
    margin: fields.number('margin', 0.001, 0.5) ?? usualMargin,
    marginStated: fields.get('margin') !== undefined,
    metric: fields.choice('metric', ['score', 'pass'], 'score'),
  }
}

interface Shared {
  readonly prompt: Prompt | null
  readonly system: string | null
  readonly params: Extra
  readonly group: string
  readonly graders: readonly Spot[]
  readonly threshold: number | null
}

function gradersOf(fields: Fields): readonly Spot[] {
  const spot = fields.get('graders')
  if (spot === undefined) return []
  return Array.isArray(spot.value) ? spot.items : [spot]
}

function everyCaseHasGraders(fields: Fields): boolean {
  const items = fields.get('cases')?.items ?? []
  return items.length > 0 && items.every((item) => item.get('graders') !== undefined)
}

function promptOf(fields: Fields, findings: Findings, files: SuiteFiles): Prompt | null {
  const messages = fields.get('messages')
  const text = contentText(fields, 'prompt', findings, files)
  if (messages === undefined) return text === null ? null : { kind: 'text', text }
  if (text !== null)
    findings.wrong(messages.place, 'Give a prompt or messages, not both: messages hold the prompt.')
  return readMessages(messages, findings)
}

function contentText(
  fields: Fields,
  name: string,
  findings: Findings,
  files: SuiteFiles,
): string | null {
  const text = fields.text(name)
  if (text === null || !text.startsWith('file://')) return text
  try {
    const content = contentOf(text, files)
    return typeof content === 'string' ? content : JSON.stringify(content)
  } catch (error) {
    findings.wrong(fields.get(name)!.place, (error as Error).message)
    return null
  }
}

function caseRows(fields: Fields, findings: Findings, files: SuiteFiles): readonly Spot[] {
  const spot = fields.get('cases')
  if (spot === undefined) return []
  const items = Array.isArray(spot.value) ? spot.items : [spot]
  return items.flatMap((item) => {
    if (typeof item.value === 'string' && item.value.startsWith('file://'))
      return rowsIn(item, item.value.slice('file://'.length), files, findings)
    if (item.isMap) return [item]
    findings.wrong(
      item.place,
      'A case is a map of names and values, or a file of them, as file://cases.jsonl.',
    )
    return []
  })
}

function rowsIn(
  reference: Spot,
  path: string,
  files: SuiteFiles,
  findings: Findings,
): readonly Spot[] {
  const rows = rowsOf(reference, path, files, findings)
  if (!/\.csv$/i.test(path)) return rows
  // A table has no way to say that nothing is expected but an empty field.
  return rows.map((row) => {
    const { expected, ...others } = row.value as Extra
    return expected === '' ? Spot.at(others, row.place) : row
  })
}

function caseOf(
  row: Spot,
  index: number,
  shared: Shared,
  checks: Checks,
  { findings }: Pick<Reading, 'findings' | 'files'>,
): EvalCase | null {
  const fields = new Fields(row, findings)
  const plain = row.names.filter((name) => !reserved.has(name))
  const vars: Extra = {
    ...Object.fromEntries(plain.map((name) => [name, row.get(name)!.value])),
    ...(fields.map('vars')?.value as Extra | undefined),
  }
  const named = fields.text('id')
  const id = named === null || named === '' ? String(index + 1) : named
  const messages = row.get('messages')
  const prompt = messages === undefined ? shared.prompt : readMessages(messages, findings)
  if (prompt === null) return null
  const own = gradersOf(fields)
  const made = checks.read(own.length > 0 ? own : shared.graders, vars)
  const filled = orFinding(row, findings, () => messagesOf(prompt, shared.system, vars))
  if (filled === null) return null
  return {
    id,
    place: row.place,
    description: fields.text('description'),
    cluster: clusterOf(vars[shared.group], id),
    variant: null,
    vars,
    messages: filled,
    params: { ...shared.params, ...(fields.map('params')?.value as Extra | undefined) },
    expected: row.get('expected')?.value,
    checks: made,
    threshold: shared.threshold,
    ungradable: null,
  }
}

function caseOfCall(call: LoggedCase, spot: Spot, shared: Shared, checks: Checks): EvalCase {
  return {
    id: call.id,
    place: spot.place,
    description: null,
    cluster: clusterOf(call.session, call.id),
    variant: null,
    vars: call.vars,
    ...(call.logged === null ? {} : { logged: call.logged }),
    messages: call.messages,
    params: { ...call.params, ...shared.params },
    expected: call.expected,
    checks: checks.read(shared.graders, {}),
    threshold: shared.threshold,
    ungradable: null,
  }
}

function clusterOf(value: unknown, id: string): string {
  if (value === undefined || value === null || value === '') return `case ${id}`
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Two cases of one name could not be told apart, in the report or in what was answered before. */
function tellTwins(cases: readonly EvalCase[], findings: Findings): void {
  const first = new Map<string, EvalCase>()
  for (const each of cases) {
    const other = first.get(each.id)
    if (other === undefined) first.set(each.id, each)
    else
      findings.wrong(
        each.place,
        `The id ${JSON.stringify(each.id)} stands in line ${other.place.line} of ${other.place.file} already. Give each case its own.`,
      )
  }
}

export function nameOf(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.(?:ya?ml|json)$/i, '')
}
