import type { ConcentrationJson } from '../../server/contract/economics.ts'
import { type Printer, table } from '../print.ts'
import { cents, percent } from './text.ts'

export function concentrationText(report: ConcentrationJson, print: Printer): string {
  const views = [
    ['seller', report.by_seller],
    ['who serves', report.by_host],
    ['author', report.by_author],
    ['jurisdiction', report.by_jurisdiction],
  ] as const
  const spread = table(
    views,
    [
      { title: 'BY', value: ([name]) => name },
      { title: 'HHI', value: ([, { hhi }]) => (hhi === null ? '-' : hhi.toFixed(0)), right: true },
      {
        title: 'EFFECTIVE',
        value: ([, { effective_vendors: count }]) => (count === null ? '-' : count.toFixed(2)),
        right: true,
      },
      { title: 'TOP', value: ([, { top }]) => top ?? '-' },
      { title: 'SHARE', value: ([, { top_share: share }]) => percent(share), right: true },
      { title: 'NOT KNOWN', value: ([, { unknown_share: share }]) => percent(share), right: true },
    ],
    print,
  )
  const tasks = table(
    report.tasks,
    [
      { title: 'TASK', value: ({ task }) => task ?? '(models by name)', shrinks: true },
      { title: 'MOST ON', value: ({ model }) => model, shrinks: true },
      { title: 'SPENT', value: ({ spend_usd: usd }) => cents(usd), right: true },
      { title: 'LOCK-IN', value: ({ lock_in: score }) => String(score), right: true },
      {
        title: 'ONLY THERE',
        value: ({ features }) =>
          features
            .flatMap(({ feature, second }) => (second === 'nobody' ? [feature] : []))
            .join(', '),
        shrinks: true,
      },
      { title: 'SUBSTITUTE', value: ({ substitute }) => substitute ?? 'none', shrinks: true },
      {
        title: 'TESTED',
        value: ({ tested_at: at }) => (at === null ? 'no' : at.slice(0, 10)),
      },
      { title: 'DAYS', value: ({ days_to_move: count }) => String(count), right: true },
      {
        title: 'MORE A MONTH',
        value: ({ move_usd_per_month: usd }) => cents(usd),
        right: true,
      },
    ],
    print,
  )
  return [
    `${report.since.slice(0, 10)} to ${report.until.slice(0, 10)}, ${report.env === 'all' ? 'all environments' : report.env}: ${cents(report.spend_usd)} spent, cost known of ${percent(report.coverage.share)} of the attempts.`,
    '',
    spread,
    'HHI is 0 to 10,000; over 2,500 counts as highly concentrated.',
    '',
    `Without a tested substitute: ${cents(report.untested_usd)}, ${percent(report.untested_share)} of the spending.`,
    '',
    ...(report.tasks.length === 0 ? [] : [tasks, '']),
    `Source: ${report.source}; ${report.confidence}.`,
    ...report.notes,
  ].join('\n')
}
