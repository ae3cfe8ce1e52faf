import { seeded } from '../../core/random.ts'
import { tripsOf } from '../../routing/calibrated/calibrate.ts'
import { embeddingsOf } from '../../routing/calibrated/rule.ts'
import { qualityInterval, savingInterval, totalsOf } from '../../routing/calibrated/totals.ts'
import { CommandError, type Context, type ExitCode } from '../command.ts'
import { grouped, table as tableText } from '../print.ts'
import { breathing, progress } from './context.ts'
import { withEmbeddings } from './embed.ts'
import { between, percent } from './outcome.ts'
import { readPolicy, totalsJson } from './policy.ts'
import { readTable } from './table-file.ts'

/** What a policy keeps and saves on the rows of a table. @throws CommandError */
export async function tested(context: Context, policy: string, path: string): Promise<ExitCode> {
  const { rule, strong, quality } = readPolicy(policy)
  const models =
    rule.method === 'static'
      ? [rule.model]
      : [rule.cheap, ...(rule.second === null ? [] : [rule.second])]
  const breathe = breathing(context)
  const table = await readTable(path, [...new Set([...models, strong])], breathe)
  await breathe(`following the policy on ${table.rows.length} rows`)
  const cases = await withEmbeddings(context, embeddingsOf(rule), table.rows)
  if (cases === null) return 1
  const trips = tripsOf(rule, cases, strong)
  progress(context, null)
  if (trips.length === 0)
    throw new CommandError(
      `No row of ${path} has results of all of ${[...models, strong].join(', ')}.`,
    )
  const totals = totalsOf(trips)
  const kept = qualityInterval(trips, 0.95, seeded(1))
  const saved = savingInterval(trips, 0.95, seeded(2))
  const skipped = table.rows.length - trips.length
  if (context.json) {
    context.print.out(
      JSON.stringify({
        ...totalsJson(totals),
        method: rule.method,
        model: rule.method === 'static' ? rule.model : null,
        skipped,
        quality,
        quality_interval: [kept.low, kept.high],
        saving_interval: [saved.low, saved.high],
      }),
    )
    return 0
  }
  const rows = [
    ['method', rule.method === 'static' ? `static: ${rule.model}` : rule.method],
    [
      'rows',
      `${grouped(totals.rows)}${skipped > 0 ? `, ${grouped(skipped)} without results` : ''}`,
    ],
    [
      'quality kept',
      `${percent(totals.qualityRatio)} (${between(kept)}), target ${percent(quality)}`,
    ],
    ['saved', `${percent(totals.saving)} (${between(saved)})`],
    ['asked the strong model', percent(totals.escalated)],
    [
      'cost',
      `$${totals.costUsd.toPrecision(6)} instead of $${totals.costStrongUsd.toPrecision(6)}`,
    ],
  ] as const
  context.print.out(
    tableText(
      rows,
      [
        { title: 'WHAT', value: ([what]) => what },
        { title: 'FIGURE', value: ([, figure]) => figure, shrinks: true },
      ],
      context.print,
    ),
  )
  return 0
}
