import { type Client, connect } from '../client.ts'
import { type Command, CommandError, type Context, UsageError } from '../command.ts'
import { importTables } from '../prices/import.ts'
import { holdInvoice } from '../prices/invoice.ts'
import { rateAnew } from '../prices/rerate.ts'
import { cardText, versionsText } from '../prices/text.ts'
import type { CardJson, PriceVersionJson } from '../../server/prices-json.ts'

type Act = (context: Context, client: Client, words: readonly string[]) => Promise<0 | 1>

const acts: Readonly<Record<string, Act>> = {
  list,
  show,
  history,
  import: importTables,
  confirm: (context, client, words) => decide(context, client, words, true),
  reject: (context, client, words) => decide(context, client, words, false),
  rerate: rateAnew,
  invoice: holdInvoice,
}

export const prices: Command = {
  name: 'prices',
  summary: 'The price book: what was charged when, what was believed when, and what that changes',
  usage:
    '[list | show MODEL | import FILE... | confirm ID... | reject ID... | rerate | invoice FILE]',
  help: `prices                                     every version that was put into the book
prices show deepseek/deepseek-v4-flash --at 2026-08-16T15:59Z
prices history deepseek/deepseek-v4-flash
prices import table.json [more.json]       our catalog's shape, LiteLLM's table, api.json of models.dev,
                                           or data.json of genai-prices
prices confirm 7                           a price that was held back is in force, without a restart
prices rerate --since 2026-11-01 --kind table_error --dry
prices invoice october.csv --provider deepseek --month 2026-10

A change of price never touches the past. An error of the table does: rerate books the difference as rows of its
own, and the rows of before stay as they are.`,
  options: {
    at: { value: 'WHEN', says: 'show: valid at this instant (now)' },
    known: { value: 'WHEN', says: 'show: as it was believed at this instant (now)' },
    mode: { value: 'NAME', says: 'show: the card of batch, flex or priority (standard)' },
    region: { value: 'NAME', says: 'show: the card of a region (standard)' },
    kind: {
      value: 'KIND',
      says: 'import: price_change, table_error, contract; rerate: table_error, usage_error, contract',
    },
    from: { value: 'WHEN', says: 'import: since when it holds (now)' },
    'read-on': { value: 'DAY', says: 'import: the day of the table (today)' },
    since: { value: 'WHEN', says: 'rerate: calls from here' },
    until: { value: 'WHEN', says: 'rerate: calls before this (now)' },
    provider: { value: 'NAME', says: 'rerate, invoice: of this provider' },
    usages: {
      value: 'FILE',
      says: 'rerate --kind usage_error: JSON lines of what was really used',
    },
    month: { value: 'MONTH', says: 'invoice: 2026-10 (the month before this one)' },
    columns: {
      value: 'A=TITLE,...',
      says: 'invoice: the titles of model, meter, quantity and amount, where they are not found',
    },
    unit: { value: 'COUNT', says: 'invoice: tokens in one of its quantities (1)' },
    'per-usd': { value: 'RATE', says: 'invoice: of its currency for a dollar (1)' },
    tolerance: { value: 'SHARE', says: 'invoice: what may be off without an alarm (0.01)' },
    dry: { says: 'import, rerate: shows what would be, and keeps nothing' },
    yes: { says: 'rerate: books it' },
  },
  positionals: { least: 0, most: 50 },
  run: async (context) => {
    const [what = 'list', ...words] = context.arguments
    const act = Object.hasOwn(acts, what) ? acts[what] : undefined
    if (act === undefined) {
      throw new UsageError(
        `prices knows no ${JSON.stringify(what)}; it knows ${Object.keys(acts).join(', ')}.`,
      )
    }
    const client = await connect(context)
    try {
      return await act(context, client, words)
    } finally {
      await client.close()
    }
  },
}

async function list({ json, print }: Context, client: Client): Promise<0> {
  const found = await client.get<{ versions: readonly PriceVersionJson[] }>('/api/prices')
  print.out(json ? JSON.stringify(found) : versionsText(found.versions, print))
  return 0
}

/** @throws CommandError when nothing is known of the model */
async function show(context: Context, client: Client, words: readonly string[]): Promise<0> {
  const { json, print } = context
  const model = modelOf(words)
  const query = new URLSearchParams({ model })
  for (const name of ['at', 'known', 'region', 'mode']) {
    const value = context.option(name)
    if (value !== undefined) query.set(name, value)
  }
  const { card } = await client.get<{ card: CardJson | null }>(`/api/prices/card?${query}`)
  const where = [context.option('region'), context.option('mode')]
    .filter((name) => name !== undefined)
    .join(', ')
  if (card === null) {
    throw new CommandError(
      `Nobody knows a price of ${model}${where === '' ? '' : ` (${where})`}. Name it under prices: in freehold.yaml, or import a table: freehold prices import FILE`,
    )
  }
  print.out(json ? JSON.stringify(card) : cardText(card, print))
  return 0
}

async function history(
  { json, print }: Context,
  client: Client,
  words: readonly string[],
): Promise<0> {
  const model = modelOf(words)
  const found = await client.get<{ versions: readonly PriceVersionJson[] }>('/api/prices')
  const versions = found.versions.filter((each) => `${each.provider}/${each.model}` === model)
  if (json) print.out(JSON.stringify({ versions }))
  else if (versions.length > 0) print.out(versionsText(versions, print))
  else print.out(`The book has no version of ${model}: its price is that of the shipped catalog.`)
  return 0
}

async function decide(
  { json, print }: Context,
  client: Client,
  words: readonly string[],
  confirmed: boolean,
): Promise<0 | 1> {
  const verb = confirmed ? 'confirm' : 'reject'
  if (words.length === 0) throw new UsageError(`prices ${verb} needs an ID, as prices lists them.`)
  const decided: PriceVersionJson[] = []
  const not: string[] = []
  const refused = new Set<string>()
  for (const id of words) {
    if (!/^\d{1,9}$/.test(id)) throw new UsageError(`${JSON.stringify(id)} is no ID of a price.`)
    const { decided: found } = await client.post<{
      decided: { version: PriceVersionJson; refused: readonly string[] } | null
    }>(`/api/prices/${id}/${verb}`, {})
    if (found === null) not.push(id)
    else decided.push(found.version)
    for (const why of found?.refused ?? []) refused.add(why)
  }
  if (json) print.out(JSON.stringify({ decided, not_held: not, refused: [...refused] }))
  else {
    for (const { id, provider, model, state } of decided) {
      print.out(`${id} ${provider}/${model}: ${state === 'known' ? 'in force' : state}`)
    }
    for (const id of not) print.out(`${id} is not held back: there is nothing to ${verb}.`)
    for (const why of refused) print.out(`Not in force yet: ${why}`)
  }
  return not.length > 0 || refused.size > 0 ? 1 : 0
}

function modelOf(words: readonly string[]): string {
  const [model] = words
  if (model === undefined || !model.includes('/'))
    throw new UsageError('Name a model: provider/model, such as deepseek/deepseek-v4-flash.')
  return model
}
