import type { AdviceJson } from '../../server/contract/economics.ts'
import { connect } from '../client.ts'
import type { Context } from '../command.ts'
import { grouped, type Printer, table } from '../print.ts'

type TaskRow = AdviceJson['tasks'][number]

export async function showAdvice(context: Context): Promise<void> {
  const client = await connect(context)
  try {
    const advice = await client.get<AdviceJson>('/api/economics/advice')
    const { print, json } = context
    print.out(json ? JSON.stringify(advice) : adviceText(advice, print))
  } finally {
    await client.close()
  }
}

function adviceText({ tasks, notes, since, until }: AdviceJson, print: Printer): string {
  if (tasks.length === 0) return 'The configuration has no tasks, so there is nothing to advise.'
  const body = table(
    tasks,
    [
      { title: 'TASK', value: ({ task }) => task, shrinks: true },
      { title: 'DAYS', value: (row) => `${row.days_seen} of ${row.days_needed}`, right: true },
      { title: 'WEEKS VARY', value: (row) => row.variation?.toFixed(2) ?? '-', right: true },
      { title: 'LEAST MONTH', value: ({ least_month: least }) => grouped(least), right: true },
      { title: 'PAYS FOR GOOD FROM', value: (row) => forGood(row), right: true },
      { title: 'BY RENT', value: (row) => byRent(row), right: true },
      { title: 'COST KNOWN', value: (row) => coverage(row), right: true },
      { title: 'ADVICE', value: ({ holds }) => (holds ? 'look at it' : 'not yet') },
    ],
    print,
  )
  return [
    `Whole days from ${since.slice(0, 10)} to ${until.slice(0, 10)}, production.`,
    '',
    body,
    '',
    ...tasks.flatMap(({ text, command }) =>
      command === null ? [text] : [text, `  The study: ${command}`],
    ),
    '',
    ...notes,
  ].join('\n')
}

function volume(calls: string | null): string {
  return calls === null ? 'never' : grouped(Number(calls))
}

function forGood({ break_even: found }: TaskRow): string {
  return found === null ? '-' : volume(found.sustained_from)
}

function byRent({ break_even: found }: TaskRow): string {
  if (found === null || found.by_rent === null) return '-'
  const { lowest, highest } = found.by_rent
  return `${volume(lowest.sustained_from)} to ${volume(highest.sustained_from)}`
}

function coverage({ break_even: found }: TaskRow): string {
  const share = found?.cost_coverage ?? null
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}
