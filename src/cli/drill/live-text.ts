import type { LiveDrillJson, LivePlanJson } from '../../server/contract/drill.ts'
import { timeText } from '../eval/progress.ts'
import { dollars, grouped, type Printer, table } from '../print.ts'

export function livePlanText(plan: LivePlanJson, print: Printer): string {
  const { leave, share, for_ms: forMs, tasks, left_out: leftOut, expected } = plan
  const out = leftOut.map(({ task, why }) => `${task} stays: ${why}.`)
  if (tasks.length === 0) return out.join('\n')
  const body = table(
    tasks,
    [
      { title: 'TASK', value: ({ task }) => task, shrinks: true },
      { title: 'ANSWERED BY', value: ({ model }) => model, shrinks: true },
      { title: 'TESTED', value: ({ tested_at: at }) => at.slice(0, 10) },
      { title: 'CALLS', value: ({ calls }) => `~${grouped(calls)}`, right: true },
      { title: 'COST', value: ({ cost_usd: usd }) => dollars(usd), right: true },
      { title: 'INSTEAD OF', value: ({ instead_usd: usd }) => dollars(usd), right: true },
    ],
    print,
  )
  return [
    `${percent(share)} of the calls that ${leave} answers go to tested substitutes for ${timeText(forMs / 1_000)}. Who fails there is answered by ${leave} after all.`,
    '',
    body,
    '',
    `At the pace of the last day: ${grouped(expected.calls)} calls, ${dollars(expected.cost_usd)} in place of ${dollars(expected.instead_usd)}.`,
    `It ends by itself, with Ctrl-C, and for a task whose substitute fails, refuses, breaks its schema 2 points more often than ${leave}, or takes twice its 95th percentile.`,
    ...out,
  ].join('\n')
}

export function liveDrillText(drill: LiveDrillJson, print: Printer): string {
  const { total, leave, tasks } = drill
  const body = table(
    tasks,
    [
      { title: 'TASK', value: ({ task }) => task, shrinks: true },
      { title: 'ANSWERED BY', value: ({ model }) => model, shrinks: true },
      { title: 'CALLS', value: ({ calls }) => grouped(calls), right: true },
      { title: 'BREAKS', value: ({ break_rate: rate }) => shareText(rate), right: true },
      {
        title: `BREAKS AT ${leave.toUpperCase()}`,
        value: ({ others }) => shareText(others.break_rate),
        right: true,
      },
      { title: 'COST', value: ({ cost_usd: usd }) => dollars(usd), right: true },
      { title: 'INSTEAD OF', value: ({ instead_usd: usd }) => dollars(usd), right: true },
      { title: 'TAKEN BACK', value: ({ taken_back: why }) => why ?? '-', shrinks: true },
    ],
    print,
  )
  const reasons = [
    [total.failed, 'failed'],
    [total.invalid, 'did not fit their schema'],
    [total.refused, 'were refused'],
    [total.unable, 'could not be taken'],
  ] as const
  const broken = reasons.flatMap(([count, what]) =>
    count > 0 ? [`${grouped(count)} ${what}`] : [],
  )
  return [
    `Drill ${drill.id}: ${percent(drill.share)} of the calls of ${leave}, from ${drill.started_at}, ${stateText(drill)}.`,
    '',
    body,
    '',
    `${grouped(total.calls)} calls, of which ${rateText(total)} broke${broken.length > 0 ? ` (${broken.join(', ')})` : ''}; of those that ${leave} answered meanwhile ${rateText(total.others)}.`,
    `They cost ${dollars(total.cost_usd)} in place of ${dollars(total.instead_usd)}: ${netText(total.net_usd)}.`,
    ...(total.cost_unknown > 0
      ? [
          `Of ${grouped(total.cost_unknown)} calls one of the two is not known: they are in neither.`,
        ]
      : []),
    `Their rows say why they went there: the reason begins with "drill ${drill.id}".`,
  ].join('\n')
}

function stateText({ state, until, ended_at: ended, why }: LiveDrillJson): string {
  if (state === 'running') return `until ${until}`
  return state === 'done' ? `to its end at ${until}` : `stopped at ${ended ?? until}: ${why ?? '?'}`
}

type Rate = Pick<LiveDrillJson['total'], 'calls' | 'break_rate' | 'break_interval'>

function rateText({ break_rate: rate, break_interval: interval }: Rate): string {
  if (rate === null || interval === null) return '-'
  return `${percent(rate)} (${percent(interval[0])} to ${percent(interval[1])})`
}

function shareText(share: number | null): string {
  return share === null ? '-' : percent(share)
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(share < 0.001 ? 3 : 1))} %`
}

function netText(usd: string): string {
  const value = Number(usd)
  if (value === 0) return 'as much'
  return value < 0 ? `${dollars(usd.slice(1))} less` : `${dollars(usd)} more`
}
