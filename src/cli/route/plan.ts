import type { PlanJson } from '../../server/contract/routing.ts'
import { connect } from '../client.ts'
import type { Context, ExitCode } from '../command.ts'
import { dollars, printable, table } from '../print.ts'

/** Whom a call of a task would ask now, as a running gateway knows it. */
export async function planned(context: Context, task: string): Promise<ExitCode> {
  const query = new URLSearchParams({ task })
  for (const [option, name] of Object.entries(names)) {
    const value = context.option(option)
    if (value !== undefined) query.set(name, value)
  }
  const client = await connect(context)
  try {
    const plan = await client.get<PlanJson>(`/api/plan?${query}`)
    const { print, json } = context
    print.out(json ? JSON.stringify(plan) : planText(plan, print))
    return 0
  } finally {
    await client.close()
  }
}

const names = {
  deadline: 'deadline',
  'prompt-tokens': 'prompt_tokens',
  'answer-tokens': 'answer_tokens',
}

function planText({ task, policy, steps, usual }: PlanJson, print: Context['print']): string {
  const head = `${printable(task)} is under ${policy}. A call now asks these, each when the one before fails:`
  const rows = steps.map((step, place) => ({ ...step, place: place + 1 }))
  const body = table(
    rows,
    [
      { title: '', value: ({ place }) => String(place), right: true },
      { title: 'MODEL', value: ({ model }) => model, shrinks: true },
      { title: 'TIER', value: ({ mode }) => mode ?? '' },
      { title: 'REGION', value: ({ region }) => region ?? '?' },
      {
        title: 'LIKELY',
        value: ({ likely_usd: usd }) => (usd === null ? '?' : dollars(usd)),
        right: true,
      },
      {
        title: 'P95',
        value: ({ answer_p95_s: s }) => (s === null ? '?' : `${s.toFixed(2)} s`),
        right: true,
      },
      {
        title: 'RESTS',
        value: ({ rests_s: s }) => (s === 0 ? '' : `${Math.ceil(s)} s`),
        right: true,
      },
      { title: 'WHY', value: ({ reason }) => reason, shrinks: true },
    ],
    print,
  )
  const without =
    usual === null ? [] : ['', `Were nothing done to spend less: ${printable(usual)}.`]
  return [head, '', body, ...without].join('\n')
}
