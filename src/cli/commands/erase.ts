import type { ErasedCountsJson, ErasureJson } from '../../server/contract/erasure.ts'
import { type Client, connect } from '../client.ts'
import { type Command, CommandError, type Context, UsageError } from '../command.ts'
import { grouped, printable, table } from '../print.ts'

const lookMs = 100

export const erase: Command = {
  name: 'erase',
  summary: 'Erases what one customer said and was answered; amounts stay on the ledger',
  usage: '--customer NAME [--yes]',
  help: 'Without --yes it says what would go, and changes nothing. Prompts, answers, comments, corrections and what calls left for calls to come are overwritten; rows of the ledger stay as they are, so that every sum stays the same. Calls that are under way, and those that come later, are not touched. Ctrl-C stops it, and the same command goes on with the rest.',
  options: {
    customer: { value: 'NAME', says: 'whose words go, as calls name it' },
    yes: { says: 'erase them; there is no way back' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const customer = context.option('customer')
    if (customer === undefined || customer === '')
      throw new UsageError('erase needs --customer NAME.')
    const client = await connect(context)
    try {
      const found = await followed(client, customer, true, context)
      const isAnything = Object.values(found.counts ?? {}).some((count) => count > 0)
      const { print, json } = context
      if (!json) print.out(foundText(found, context))
      if (!isAnything || !context.flag('yes')) {
        if (json) print.out(JSON.stringify(found))
        else if (isAnything)
          print.out('\nNothing was erased so far. To erase it, for good: say --yes as well.')
        return 0
      }
      const done = await followed(client, customer, false, context)
      print.out(json ? JSON.stringify(done) : doneText(done))
      return 0
    } finally {
      await client.close()
    }
  },
}

/** @throws CommandError when it cannot be done, or is stopped */
async function followed(
  client: Client,
  customer: string,
  dry: boolean,
  context: Context,
): Promise<ErasureJson> {
  const path = `/api/customers/${encodeURIComponent(customer)}/erase`
  let state = await client.post<ErasureJson>(path, { dry })
  while (state.state === 'running') {
    if (context.signal.aborted) {
      await client.delete(path)
      break
    }
    tell(context, state)
    await Bun.sleep(lookMs)
    state = await client.get<ErasureJson>(path)
  }
  tell(context, null)
  if (state.state === 'done') return state
  if (state.error !== null) throw new CommandError(`It cannot be erased: ${state.error}`)
  throw new CommandError(
    dry
      ? 'It was stopped. Nothing was erased.'
      : 'It was stopped. What is gone is gone; the same command goes on with the rest.',
  )
}

/** On a terminal alone, and never beside an object for machines. */
function tell({ json }: Context, state: ErasureJson | null): void {
  if (json || !process.stderr.isTTY) return
  if (state === null) {
    process.stderr.write('\r\u001b[K')
    return
  }
  const left = state.seconds_left === null ? '' : `, ${grouped(state.seconds_left)} s left`
  const what = state.dry ? 'looking' : 'erasing'
  process.stderr.write(`\r\u001b[K${what} ${Math.floor(100 * state.share)} %${left}`)
}

const rows = {
  calls: 'calls with a prompt or an answer',
  pieces: 'long pieces of prompts that nobody else needs',
  comments: 'comments and corrections',
  kept: 'kept answers, turns and conversations',
  cases: 'cases of evaluations',
} as const satisfies Record<keyof ErasedCountsJson, string>

function foundText(
  { customer, counts, not_reached: stays }: ErasureJson,
  context: Context,
): string {
  if (counts === null || Object.values(counts).every((count) => count === 0))
    return `Nothing that ${printable(customer)} said is kept.`
  const lines = Object.entries(rows).map(([name, what]) => ({
    what,
    count: counts[name as keyof ErasedCountsJson],
  }))
  return [
    table(
      lines,
      [
        { title: 'WHAT WOULD GO', value: ({ what }) => what },
        { title: 'COUNT', value: ({ count }) => grouped(count), right: true },
      ],
      context.print,
    ),
    '',
    'What stays:',
    ...stays.map((sentence) => `- ${sentence}`),
  ].join('\n')
}

function doneText({ customer, counts }: ErasureJson): string {
  const of = counts!
  return `What ${printable(customer)} said is erased: calls ${grouped(of.calls)}, pieces of prompts ${grouped(of.pieces)}, comments ${grouped(of.comments)}, kept answers and turns ${grouped(of.kept)}, cases of evaluations ${grouped(of.cases)}.`
}
