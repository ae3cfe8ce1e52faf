import { writeFileSync } from 'node:fs'
import { judgeLabelOf } from '../../control/evals/judge/from-feedback.ts'
import { feedbackRow } from '../../control/evals/feedback-table.ts'
import type { WholeCallJson } from '../../server/contract/calls.ts'
import type { FeedbackJson, FeedbackPageJson } from '../../server/contract/feedback.ts'
import { type Client, connect, Refused } from '../client.ts'
import { type Command, CommandError, type Context, UsageError } from '../command.ts'
import { grouped, printable, table } from '../print.ts'

export const feedback: Command = {
  name: 'feedback',
  summary: 'What became of answers, as POST /v1/feedback was told',
  usage: '',
  help: 'A list for people, and files for what learns from it: every row as JSON lines, labels that calibrate judges, or graded answers for freehold route calibrate.',
  options: {
    task: { value: 'NAME', says: 'of this task alone' },
    model: { value: 'PROVIDER/MODEL', says: 'of answers by this model alone' },
    session: { value: 'ID', says: 'of this session alone' },
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d' },
    until: { value: 'WHEN', says: 'as since' },
    limit: { value: 'N', short: 'n', says: 'how many of the list, 1 to 1000 (20)' },
    all: { says: 'also what was said before, and said anew since' },
    out: { value: 'FILE', says: 'write all of it, a JSON object a line' },
    labels: {
      value: 'FILE',
      says: 'write scores of calls with what was asked and answered, as labels for judges',
    },
    table: { value: 'FILE', says: 'write scored answers for freehold route calibrate' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const client = await connect(context)
    try {
      const exports = (['out', 'labels', 'table'] as const).filter(
        (name) => context.option(name) !== undefined,
      )
      if (exports.length > 0) {
        const written: Record<string, unknown>[] = []
        for (const name of exports) written.push(await write(name, client, context))
        if (context.json) context.print.out(JSON.stringify({ written }))
        else
          for (const { path, rows, left } of written as unknown as readonly Written[])
            context.print.out(
              `Written: ${path}, ${grouped(rows)} rows.${left === 0 ? '' : ` ${grouped(left)} are left out: what was asked or answered is not kept, or has no known cost.`}`,
            )
        return 0
      }
      const limit = context.option('limit') ?? '20'
      if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000)
        throw new UsageError('--limit takes a whole number from 1 to 1000.')
      const page = await client.get<FeedbackPageJson>(`/api/feedback?${queryOf(context, limit)}`)
      if (context.json) context.print.out(JSON.stringify(page))
      else if (page.feedback.length === 0)
        context.print.out(
          'Nobody has said anything of an answer yet that fits. To say something: POST /v1/feedback {"call_id": "...", "score": 1}',
        )
      else context.print.out(feedbackTable(page.feedback, context))
      return 0
    } finally {
      await client.close()
    }
  },
}

interface Written {
  readonly path: string
  readonly rows: number
  readonly left: number
}

async function write(
  name: 'out' | 'labels' | 'table',
  client: Client,
  context: Context,
): Promise<Written & Record<string, unknown>> {
  const path = context.option(name)!
  const rows = await wholeList(client, context)
  const lines: string[] = []
  let left = 0
  if (name === 'out') for (const row of rows) lines.push(JSON.stringify(row))
  else {
    const seen = new Set<string>()
    for (const row of rows) {
      if (row.call_id === null || row.score === null || seen.has(row.call_id)) continue
      seen.add(row.call_id)
      if (context.signal.aborted) throw new CommandError('Stopped. Nothing was written.')
      const call = await callOf(client, row.call_id)
      const made = name === 'labels' ? judgeLabelOf(row, call) : feedbackRow(row, call)
      if (made === null) left += 1
      else lines.push(JSON.stringify(made))
    }
  }
  try {
    // It holds what people wrote.
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`)
  }
  return { kind: name, path, rows: lines.length, left }
}

/** Null where it is not kept any more. */
async function callOf(client: Client, id: string): Promise<WholeCallJson | null> {
  try {
    return await client.get<WholeCallJson>(`/api/calls/${id}`)
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null
    throw error
  }
}

async function wholeList(client: Client, context: Context): Promise<readonly FeedbackJson[]> {
  const all: FeedbackJson[] = []
  for (let next: string | null = ''; next !== null;) {
    const before: string = next === '' ? '' : `&before=${next}`
    const page: FeedbackPageJson = await client.get(
      `/api/feedback?${queryOf(context, '1000')}${before}`,
    )
    all.push(...page.feedback)
    next = page.next
  }
  return all
}

function queryOf(context: Context, limit: string): string {
  const query = new URLSearchParams({ limit })
  for (const name of ['task', 'model', 'session', 'since', 'until']) {
    const value = context.option(name)
    if (value !== undefined) query.set(name, value)
  }
  if (context.flag('all')) query.set('all', '')
  return query.toString()
}

function feedbackTable(rows: readonly FeedbackJson[], { print }: Context): string {
  return table(
    rows,
    [
      { title: 'TIME', value: ({ at }) => at.slice(0, 19).replace('T', ' ') },
      {
        title: 'ABOUT',
        value: ({ call_id: call, session }) => call ?? `session ${session}`,
      },
      { title: 'TASK', value: ({ task }) => task ?? '-', shrinks: true },
      { title: 'MODEL', value: ({ model }) => model ?? '-', shrinks: true },
      { title: 'NAME', value: ({ name }) => name },
      {
        title: 'SCORE',
        value: ({ score }) => (score === null ? '-' : String(score)),
        right: true,
      },
      { title: 'LABEL', value: ({ label }) => label ?? '-', shrinks: true },
      { title: 'BY', value: ({ source }) => source },
      { title: 'COMMENT', value: ({ comment }) => printable(comment ?? '-'), shrinks: true },
    ],
    print,
  )
}
