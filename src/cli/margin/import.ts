import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { CsvFault, readCsv } from '../../control/evals/reading/csv.ts'
import {
  counter,
  readRevenue,
  revenueFields,
  type SaidRevenue,
} from '../../control/economics/revenue.ts'
import { systemClock } from '../../core/clock.ts'
import { nearest } from '../../core/spelling.ts'
import type { RevenueAddedJson } from '../../server/contract/economics.ts'
import type { Client } from '../client.ts'
import { CommandError, type Context, type ExitCode } from '../command.ts'
import { grouped } from '../print.ts'

/** A line of the table that is no payment. */
interface Broken {
  readonly line: number
  readonly why: string
}

interface Table {
  readonly rows: readonly SaidRevenue[]
  readonly broken: readonly Broken[]
}

const shownMax = 20
const chunk = 5_000

/** Reads the whole table before anything is added. @throws CommandError */
export async function importRevenue(
  context: Context,
  client: Client,
  file: string,
): Promise<ExitCode> {
  const { rows, broken } = tableOf(file, context.option('currency') ?? null)
  const { print } = context
  if (broken.length > 0 && !context.flag('skip-broken')) {
    throw new CommandError(
      `${grouped(broken.length)} of ${grouped(rows.length + broken.length)} lines of ${file} cannot be read, and nothing was added.\n${brokenText(broken)}\nPut them right, or import the others with --skip-broken.`,
    )
  }
  const sum = { added: 0, known: 0, conflicts: [] as string[] }
  for (let at = 0; at < rows.length; at += chunk) {
    const part = rows.slice(at, at + chunk)
    const result = await client.post<RevenueAddedJson>('/api/revenue', { rows: part })
    sum.added += result.added
    sum.known += result.known
    sum.conflicts.push(...result.conflicts)
  }
  if (context.json) print.out(JSON.stringify({ file, ...sum, broken }))
  else {
    const known = sum.known === 0 ? '' : `, ${grouped(sum.known)} were there already`
    print.out(`${grouped(sum.added)} payments were added${known}.`)
    if (broken.length > 0)
      print.out(`${grouped(broken.length)} lines were left out.\n${brokenText(broken)}`)
    if (sum.conflicts.length > 0)
      print.out(
        `${grouped(sum.conflicts.length)} ids were there with another customer, time, amount or currency, and were left as they are: ${sum.conflicts.slice(0, shownMax).join(', ')}. A correction is a further payment under an id of its own.`,
      )
  }
  return sum.conflicts.length > 0 ? 1 : 0
}

function brokenText(broken: readonly Broken[]): string {
  const lines = broken.slice(0, shownMax).map(({ line, why }) => `  line ${line}: ${why}`)
  const more = broken.length - lines.length
  return [...lines, ...(more > 0 ? [`  and ${grouped(more)} more`] : [])].join('\n')
}

/** Other names that books have for the columns. */
const synonyms: Readonly<Record<string, (typeof revenueFields)[number]>> = {
  customer_id: 'customer',
  invoice_id: 'id',
  payment_id: 'id',
  period_start: 'from',
  period_end: 'to',
  revenue: 'amount',
}

function tableOf(file: string, currency: string | null): Table {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`)
  }
  let records
  try {
    records = readCsv(text)
  } catch (error) {
    if (error instanceof CsvFault)
      throw new CommandError(`${file}, line ${error.line}: ${error.message}`)
    throw error
  }
  const [head, ...lines] = records
  if (head === undefined) throw new CommandError(`${file} is empty. ${wanted}`)
  const columns = head.fields.map((title) => columnOf(title.trim().toLowerCase(), file, head.line))
  for (const name of ['customer', 'amount'] as const)
    if (!columns.includes(name)) throw new CommandError(`${file} has no column ${name}. ${wanted}`)
  const twice = columns.findIndex((name, at) => columns.indexOf(name) !== at)
  if (twice !== -1)
    throw new CommandError(
      `${file}, line ${head.line}: the column ${JSON.stringify(head.fields[twice]!.trim())} says ${columns[twice]!} a second time. Leave out one of the two.`,
    )
  const defaults = {
    at: systemClock.now(),
    currency,
    source: basename(file),
    nth: counter(),
  }
  const rows: SaidRevenue[] = []
  const broken: Broken[] = []
  for (const { line, fields } of lines) {
    try {
      if (fields.length !== columns.length)
        throw new RangeError(`it has ${fields.length} fields, and the head has ${columns.length}.`)
      const said = Object.fromEntries(columns.map((name, at) => [name, fields[at]!]))
      const {
        id,
        customer,
        from,
        to,
        plan,
        cohort,
        source,
        currency: unit,
      } = readRevenue(said, defaults)
      rows.push({
        id,
        customer,
        from,
        to,
        amount: said['amount'],
        currency: unit,
        plan,
        cohort,
        source,
      })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      broken.push({ line, why: error.message })
    }
  }
  return { rows, broken }
}

const wanted =
  'Its first line names the columns: customer, amount, currency, and month, or from and to; id, plan, cohort and source where they are known.'

function columnOf(title: string, file: string, line: number): string {
  const name = synonyms[title] ?? title
  if ((revenueFields as readonly string[]).includes(name)) return name
  const meant = nearest(name, revenueFields)
  throw new CommandError(
    `${file}, line ${line}: there is no column ${JSON.stringify(title)}.${meant === null ? '' : ` Did you mean ${meant}?`} ${wanted}`,
  )
}
