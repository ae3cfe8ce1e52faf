import { OpenMetrics } from '../../control/exports/open-metrics.ts'
import { connect } from '../client.ts'
import { type Command, type Context, UsageError } from '../command.ts'
import { reconciled, reconciledText, tell } from '../exports/charges.ts'
import { csvSink, parquetSink, type Sink } from '../exports/files.ts'

const formats = {
  focus: ['csv', 'parquet'],
  openmetrics: ['text'],
} as const

export const exporting: Command = {
  name: 'export',
  summary: 'What was charged, for the tools of others: FOCUS as CSV or Parquet, OpenMetrics',
  usage: 'focus|openmetrics --out FILE',
  help: `One row for each day, customer, feature, seller, model, region, mode, context tier and meter.

export focus --since 2026-10-01 --until 2026-11-01 --out october.csv
export focus --format parquet --out october.parquet
export openmetrics --since 24h --out charged.txt
export focus --verify                      adds everything up, and writes nothing

Each export is held against the ledger: sum by customer, sum of calls and sum of its rows have to be the same to
the last digit, or it exits 1.`,
  options: {
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d (30d)' },
    until: { value: 'WHEN', says: 'as since (now)' },
    format: { value: 'FORMAT', says: 'csv or parquet (by the ending of the file)' },
    out: { value: 'FILE', says: 'where it is written' },
    verify: { says: 'only whether the sums agree' },
  },
  positionals: { least: 1, most: 1 },
  run: async (context) => {
    const [what] = context.arguments
    if (what !== 'focus' && what !== 'openmetrics')
      throw new UsageError(
        `export knows no ${JSON.stringify(what)}; it is export focus or openmetrics.`,
      )
    const out = context.option('out')
    const verify = context.flag('verify')
    if (out === undefined && !verify)
      throw new UsageError(`export ${what} needs --out FILE, or --verify.`)
    const format = formatOf(what, context, out)
    const client = await connect(context)
    let sink: Sink | null = null
    try {
      const found = await reconciled(client, context, async (day) => {
        if (verify || out === undefined) return
        if (day === null) {
          await sink?.drop()
          sink = await sinkOf(format, out)
        } else await sink?.write(day)
      })
      await (sink as Sink | null)?.end()
      sink = null
      const { print, json } = context
      const written = verify ? null : (out ?? null)
      if (json) print.out(JSON.stringify({ written, format, ...found }))
      else {
        if (written !== null) print.out(`${written} is written.`)
        print.out(reconciledText(found))
      }
      return found.ok ? 0 : 1
    } catch (error) {
      tell(context, null)
      await (sink as Sink | null)?.drop()
      throw error
    } finally {
      await client.close()
    }
  },
}

type Format = (typeof formats)[keyof typeof formats][number]

function formatOf(what: keyof typeof formats, context: Context, out: string | undefined): Format {
  const known: readonly Format[] = formats[what]
  const named = context.option('format')
  if (named === undefined)
    return known.find((format) => out?.endsWith(`.${format}`) === true) ?? known[0]!
  const format = known.find((each) => each === named)
  if (format === undefined)
    throw new UsageError(`--format of ${what} is ${known.join(' or ')}, not ${named}.`)
  return format
}

async function sinkOf(format: Format, out: string): Promise<Sink> {
  if (format === 'parquet') return parquetSink(out)
  if (format === 'csv') return csvSink(out)
  const metrics = new OpenMetrics()
  return {
    write: ({ lines }) => metrics.add(lines),
    end: async () => void (await Bun.write(out, metrics.text())),
    drop: async () => {},
  }
}
