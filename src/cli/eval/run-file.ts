import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonOf } from '../../control/evals/json.ts'
import type { Report } from '../../control/evals/report.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import type {
  EvalAnswerJson,
  EvalCaseJson,
  EvalCaseRowJson,
  EvalRunJson,
  EvalRunWholeJson,
} from '../../server/contract/evals.ts'

/** A case in the file of rows: where its words stand in the file of cases, in bytes. */
interface KeptCaseRow extends EvalCaseRowJson {
  readonly start: number
  readonly length: number
}

interface KeptRows extends Pick<EvalRunWholeJson, 'ungradable'> {
  readonly rows: readonly KeptCaseRow[]
}

/** Older runs are dropped: with every answer a run of 1,000 cases may be some 10 MB. */
const runsMax = 200

/**
 * Keeps what a run found beside the store, for the dashboard: what is said of it in one file, a line for each
 * case in a second, and all words of the cases in a third, of which single lines are read. The first is
 * written last, so that a run is there whole or not at all. They hold what models said, so nobody else may
 * read them.
 * @returns its id
 */
export function keepRun(folder: string, report: Report, at: Instant): string {
  const runs = join(folder, 'evals', 'runs')
  mkdirSync(runs, { recursive: true, mode: 0o700 })
  const stamp = isoText(at).slice(0, 19).replaceAll(/[-:]/g, '')
  const id = `${stamp}-${crypto.randomUUID().slice(0, 8)}`
  const { results, ungradable, ...head } = jsonOf(report, at, true) as unknown as Omit<
    EvalRunJson,
    'id'
  > & { readonly results: readonly EvalCaseJson[] } & Pick<KeptRows, 'ungradable'>
  const models = head.models.map(({ model }) => model)
  const lines: string[] = []
  const rows: KeptCaseRow[] = []
  let start = 0
  for (const each of results) {
    const line = `${JSON.stringify(each)}\n`
    const bytes = Buffer.byteLength(line)
    const { id: name, description } = each
    const values = models.map((model) => valueOf(each.answers, model, head.metric))
    rows.push({ id: name, description, values, start, length: bytes - 1 })
    lines.push(line)
    start += bytes
  }
  const kept: KeptRows = { rows, ungradable }
  const write = (name: string, text: string): void =>
    writeFileSync(join(runs, name), text, { mode: 0o600 })
  write(`${id}.jsonl`, lines.join(''))
  write(`${id}.rows`, JSON.stringify(kept))
  write(`${id}.half`, JSON.stringify({ id, ...head }))
  renameSync(join(runs, `${id}.half`), join(runs, `${id}.json`))
  dropOld(runs)
  return id
}

/** The mean over its repeats; null as no verdict. */
function valueOf(
  answers: readonly EvalAnswerJson[],
  model: string,
  metric: EvalRunJson['metric'],
): number | null {
  const known = answers.flatMap(({ model: own, grade }) => {
    if (own !== model || grade === undefined) return []
    const { score, passed } = grade
    const value = metric === 'score' ? score : passed === null ? null : Number(passed)
    return value === null ? [] : [value]
  })
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length
}

function dropOld(runs: string): void {
  const heads = readdirSync(runs).filter((name) => name.endsWith('.json'))
  // Names begin with their time.
  for (const name of heads.toSorted().slice(0, -runsMax)) {
    const id = name.slice(0, -'.json'.length)
    for (const ending of ['json', 'rows', 'jsonl'])
      rmSync(join(runs, `${id}.${ending}`), { force: true })
  }
}
