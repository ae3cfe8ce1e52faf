import { writeFileSync } from 'node:fs'
import { SuiteFault } from '../../control/evals/fault.ts'
import { htmlOf } from '../../control/evals/html/page.ts'
import { jsonOf } from '../../control/evals/json.ts'
import { loggedCalls } from '../../control/evals/reading/from-calls.ts'
import { readSuite } from '../../control/evals/read.ts'
import type { Report } from '../../control/evals/report.ts'
import { routingTable } from '../../control/evals/routing-table.ts'
import { systemClock } from '../../core/clock.ts'
import { type Command, CommandError, type Context, type ExitCode } from '../command.ts'
import { type Asked, askedOf } from '../eval/asked.ts'
import { filesBeside } from '../eval/files.ts'
import { modelsOf } from '../eval/models.ts'
import { reach, type Reached } from '../eval/reach.ts'
import { reportText } from '../eval/text.ts'
import { wholeRun } from '../eval/whole-run.ts'
import { judgingOf } from '../eval/judging.ts'

export const evaluate: Command = {
  name: 'eval',
  summary: 'Asks models the cases of a file, grades the answers, and says which is good enough',
  usage: 'FILE',
  help: `FILE is YAML with cases and graders, or a promptfoo configuration as it is. The first model is the one that the
others are compared with. Says first what it will cost. Answers are kept: a second run asks only what is new, and
one that was stopped goes on where it was. Its calls are on the ledger under the feature eval.`,
  options: {
    models: { value: 'A[,B]', says: 'tasks or models to ask; before those that the file names' },
    repeat: { value: 'N', says: 'ask each case so often; before repeats of the file (1)' },
    concurrency: { value: 'N', says: 'calls at the same time (8)' },
    limit: { value: 'N', says: 'take so many cases, drawn at random' },
    seed: { value: 'N', says: 'of the order, the draw and the bootstrap (1)' },
    margin: {
      value: 'SHARE',
      says: 'how much worse is still no worse; before margin of the file (0.03)',
    },
    embeddings: { value: 'MODEL', says: 'for graders of similarity that name no model' },
    judge: { value: 'A[,B]', says: 'for graders that ask a model to judge and name none' },
    labels: {
      value: 'FILE',
      says: 'what people said of answers, a JSON object a line: calibrates judges without labels',
    },
    out: { value: 'FILE', says: 'write the whole report as JSON' },
    html: { value: 'FILE', says: 'write the report as one page, with every answer' },
    table: {
      value: 'FILE',
      says: 'write graded answers for freehold route calibrate; .gz is compressed',
    },
    yes: { short: 'y', says: 'do not ask whether to go on' },
    'no-cache': { says: 'ask anew what was answered before' },
    resume: { says: 'with --no-cache: go on with the run that was stopped' },
  },
  positionals: { least: 1, most: 1 },
  run: async (context) => {
    const asked = askedOf(context, context.arguments[0] ?? '')
    const gateway = await reach(context)
    try {
      return await evaluated(context, asked, gateway)
    } catch (error) {
      if (error instanceof SuiteFault) throw new CommandError(error.message)
      throw error
    } finally {
      await gateway.close()
    }
  },
}

async function evaluated(context: Context, asked: Asked, gateway: Reached): Promise<ExitCode> {
  const { print, json } = context
  const { file } = asked
  const suite = await readSuite({
    file,
    text: asked.text,
    files: filesBeside(file),
    logged: loggedCalls(gateway.get),
    embeddings: context.option('embeddings') ?? null,
    judging: judgingOf(context),
  })
  const models = await modelsOf(context.option('models'), suite, gateway)
  const margin = asked.margin ?? suite.margin
  const report = await wholeRun(context, gateway, suite, models, { ...asked, margin })
  if (report === null) return 1
  const written = writeFiles(context, report)
  const summary = jsonOf(report, systemClock.now(), false)
  if (json) print.out(JSON.stringify({ ...summary, written }))
  else {
    print.out(reportText(report, print))
    for (const line of written) print.out(`Written: ${line}`)
  }
  return report.conclusive ? 0 : 1
}

function writeFiles(context: Context, report: Report): readonly string[] {
  const written: string[] = []
  const write = (
    option: string,
    make: (path: string) => string | Uint8Array<ArrayBuffer>,
  ): void => {
    const path = context.option(option)
    if (path === undefined) return
    try {
      // Reports hold prompts and answers.
      writeFileSync(path, make(path), { mode: 0o600 })
    } catch (error) {
      throw new CommandError(`${path} cannot be written: ${(error as Error).message}`)
    }
    written.push(path)
  }
  const now = systemClock.now()
  write('out', () => `${JSON.stringify(jsonOf(report, now, true))}\n`)
  write('html', () => htmlOf(report, now))
  write('table', (path) => {
    const { rows, left } = routingTable(report)
    if (left > 0 && !context.json)
      context.print.err(
        `note: ${left} results are not in the table, because they have no verdict or their cost is not known.`,
      )
    const text = rows.map((row) => `${row}\n`).join('')
    return path.endsWith('.gz') ? Bun.gzipSync(text) : text
  })
  return written
}
