import type { CheckupJson, LedgerReportJson } from '../../server/contract/checkup.ts'
import { type Client, connect } from '../client.ts'
import { type Command, CommandError, type Context, UsageError } from '../command.ts'
import { green, grouped, printable, red, table } from '../print.ts'

const path = '/api/ledger/verify'
const lookMs = 100

export const ledger: Command = {
  name: 'ledger',
  summary: 'Checks that the ledger is whole: rows, sums, costs, and the journal behind them',
  usage: 'verify',
  help: 'Reads all of it and changes nothing; a running gateway serves on meanwhile. Exits 1 when something is wrong, and names the rows. Ctrl-C stops the check.',
  options: {},
  positionals: { least: 1, most: 1 },
  run: async (context) => {
    const [what] = context.arguments
    if (what !== 'verify')
      throw new UsageError(`ledger knows no ${JSON.stringify(what)}; it is ledger verify.`)
    const client = await connect(context)
    try {
      const report = await verified(client, context)
      const { print, json } = context
      print.out(json ? JSON.stringify(report) : reportText(report, print))
      return report.ok ? 0 : 1
    } finally {
      await client.close()
    }
  },
}

/** @throws CommandError when the check cannot be done, or is stopped */
async function verified(client: Client, context: Context): Promise<LedgerReportJson> {
  let checkup = await client.post<CheckupJson>(path, {})
  while (checkup.state === 'running') {
    if (context.signal.aborted) {
      await client.delete(path)
      break
    }
    tell(context, checkup.progress)
    await Bun.sleep(lookMs)
    checkup = await client.get<CheckupJson>(path)
  }
  tell(context, null)
  if (checkup.report) return checkup.report
  throw new CommandError(
    checkup.error === null
      ? 'The check was stopped. Nothing was changed; begin again with freehold ledger verify.'
      : `The ledger cannot be checked: ${checkup.error}`,
  )
}

/** On a terminal alone, and never beside an object for machines. */
function tell({ json }: Context, progress: CheckupJson['progress']): void {
  if (json || !process.stderr.isTTY) return
  const { check, done, of } = progress ?? { check: '', done: 0, of: null }
  const share = of === null || of === 0 ? '' : ` ${Math.floor((100 * done) / of)} %`
  process.stderr.write(progress === null ? '\r\u001b[K' : `\r\u001b[K${check}${share}`)
}

function reportText(
  { ok, checks, completeness }: LedgerReportJson,
  print: Context['print'],
): string {
  const colour = (text: string, paint: typeof red): string => (print.colour ? paint(text) : text)
  const body = table(
    checks,
    [
      { title: 'CHECK', value: ({ name }) => name },
      { title: 'LOOKED AT', value: ({ looked }) => grouped(looked), right: true },
      { title: 'WRONG', value: ({ failed }) => grouped(failed), right: true },
      { title: 'WHAT HOLDS', value: ({ promise }) => promise, shrinks: true },
    ],
    print,
  )
  const wrong = checks.flatMap(({ name, failed, failures }) =>
    failed === 0
      ? []
      : [
          '',
          colour(`${name}: ${grouped(failed)} wrong`, red),
          ...failures.map(({ where, says }) => `  ${printable(where)}: ${printable(says)}`),
          ...(failed > failures.length ? [`  and ${grouped(failed - failures.length)} more`] : []),
        ],
  )
  const verdict = ok
    ? colour('The ledger is whole.', green)
    : colour('The ledger is not whole.', red)
  return [body, ...wrong, '', ...completenessText(completeness), '', verdict].join('\n')
}

function completenessText(found: LedgerReportJson['completeness']): string[] {
  const { rows, calls, since, until } = found
  const span = since === null ? '' : `, from ${since} to ${until}`
  const notes: [number, string][] = [
    [
      found.expired,
      'attempts are in the sums alone: their rows were deleted because they were old',
    ],
    [
      found.unknown_outcome,
      'attempts were under way when their process died: their outcome is not known',
    ],
    [found.unknown_cost, 'rows have no known cost, and are in no sum of money'],
    [found.estimated, 'rows have tokens that were estimated'],
    [found.rejected, 'frames of the journal were no rows, and are kept as text'],
    [found.journal_faults, 'places of the journal could not be read when it was taken in'],
    [found.segments_unlinked, 'segments of the journal are of a version without a chain'],
    [
      found.costs_unchecked,
      'costs cannot be told again here: of another configuration, a machine, a provider that is not live, or a list that has changed',
    ],
    [found.under_way, 'attempts are under way'],
  ]
  return [
    `${grouped(rows)} rows of ${grouped(calls)} calls${span}. ${grouped(found.rows_in_journal)} of the rows are still in the journal's ${grouped(found.segments)} segments, and were compared with it.`,
    ...notes.flatMap(([count, says]) => (count === 0 ? [] : [`${grouped(count)} ${says}.`])),
  ]
}
