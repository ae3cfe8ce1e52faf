import { weightsKey } from '../../catalog/weights.ts'
import type { ModelJson } from '../../server/contract/models.ts'
import type { BenchmarkJson, BenchmarkRowJson } from '../../server/contract/performance.ts'
import type { StatusJson } from '../../server/contract/status.ts'
import { connect } from '../client.ts'
import { type Command, type Context, type ExitCode, UsageError } from '../command.ts'
import { duration, grouped, table } from '../print.ts'

export const models: Command = {
  name: 'models',
  summary: 'Tasks, and the models that are live, with limits and prices as of now',
  usage: '[FILTER]',
  help: `A filter keeps the names that hold it: freehold models flash
With --measured it is the models that were called: what they cost beside how they did, from the ledger.`,
  options: {
    provider: { value: 'ID', says: 'of this provider alone' },
    'open-weights': { says: 'those whose weights can be had' },
    weights: { value: 'NAME', says: 'who sells these open weights, such as gpt-oss-120b' },
    measured: { says: 'those that were called: speed, errors and uptime as they were measured' },
    task: { value: 'NAME', says: 'with --measured: in calls of this task alone' },
    since: { value: 'WHEN', says: 'with --measured: a date, an instant, or how long ago (30d)' },
    until: { value: 'WHEN', says: 'with --measured: as since (now)' },
  },
  positionals: { least: 0, most: 1 },
  run: async (context) => {
    if (context.flag('measured')) return await measured(context)
    for (const name of ['task', 'since', 'until'])
      if (context.option(name) !== undefined)
        throw new UsageError(`--${name} goes with --measured.`)
    const client = await connect(context)
    const { print } = context
    try {
      const [{ models: all }, { tasks }] = await Promise.all([
        client.get<{ models: readonly ModelJson[] }>('/api/models'),
        client.get<StatusJson>('/api/status'),
      ])
      const [filter = ''] = context.arguments
      const provider = context.option('provider')
      const weights = context.option('weights')
      const kept = all.filter(
        (model) =>
          model.id.toLowerCase().includes(filter.toLowerCase()) &&
          (provider === undefined || model.provider === provider) &&
          (!context.flag('open-weights') || model.open_weights === true) &&
          (weights === undefined || sells(model, weights)),
      )
      if (context.json) {
        print.out(JSON.stringify({ tasks, models: kept }))
        return 0
      }
      if (tasks.length > 0 && filter === '' && provider === undefined && weights === undefined) {
        print.out(
          `${table(
            tasks,
            [
              { title: 'TASK', value: ({ name }) => name },
              { title: 'POLICY', value: ({ policy }) => policy },
              { title: 'MODELS', value: ({ models: names }) => names.join(', '), shrinks: true },
            ],
            print,
          )}\n`,
        )
      }
      print.out(
        kept.length === 0
          ? 'No live model fits. Every model of a live provider can be called, also those that are not listed.'
          : modelTable(kept, print),
      )
      return 0
    } finally {
      await client.close()
    }
  },
}

/** As a task that names the weights finds them; a name in words counts as the id does. */
function sells({ id, provider, name }: ModelJson, weights: string): boolean {
  const key = weightsKey(weights)
  return [id.slice(provider.length + 1), name].some(
    (each) => each !== null && weightsKey(each) === key,
  )
}

function modelTable(list: readonly ModelJson[], print: Parameters<typeof table>[2]): string {
  const price = (model: ModelJson, kind: string): string => {
    if (model.price === null) return '?'
    const value = model.price[kind]
    return value === undefined
      ? '-'
      : `${value}${model.currency === 'USD' ? '' : ` ${model.currency}`}`
  }
  return table(
    list,
    [
      { title: 'MODEL', value: ({ id }) => id, shrinks: true },
      { title: 'BY', value: ({ author }) => author ?? '?' },
      {
        title: 'OPEN',
        value: ({ open_weights: open }) => (open === null ? '?' : open ? 'yes' : 'no'),
      },
      { title: 'WHERE', value: ({ jurisdiction }) => jurisdiction ?? '?' },
      {
        title: 'CONTEXT',
        value: ({ context }) => (context === null ? '?' : grouped(context)),
        right: true,
      },
      { title: 'IN $/M', value: (model) => price(model, 'input'), right: true },
      { title: 'CACHED', value: (model) => price(model, 'cache_read'), right: true },
      { title: 'OUT $/M', value: (model) => price(model, 'output'), right: true },
      { title: 'ENDS', value: ({ shutdown }) => shutdown ?? '' },
    ],
    print,
  )
}

async function measured(context: Context): Promise<ExitCode> {
  if (context.flag('open-weights'))
    throw new UsageError('--measured is of the models that were called: leave out --open-weights.')
  const query = new URLSearchParams()
  for (const name of ['provider', 'task', 'since', 'until']) {
    const value = context.option(name)
    if (value !== undefined) query.set(name, value)
  }
  const client = await connect(context)
  try {
    const report = await client.get<BenchmarkJson>(`/api/benchmark?${query}`)
    const [filter = ''] = context.arguments
    const rows = report.rows.filter(({ model }) =>
      model.toLowerCase().includes(filter.toLowerCase()),
    )
    const { print } = context
    print.out(
      context.json ? JSON.stringify({ ...report, rows }) : measuredText({ ...report, rows }, print),
    )
    return 0
  } finally {
    await client.close()
  }
}

function measuredText(report: BenchmarkJson, print: Context['print']): string {
  const { since, until, rows, missing_until: missing } = report
  const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
  const span = `${minute(since)} to ${minute(until)} UTC`
  const gap =
    missing === null
      ? ''
      : `Calls up to ${minute(missing)} UTC are not in it: they are older than these sums.`
  if (rows.length === 0)
    return [`No model was called from ${span}.`, gap].filter((text) => text !== '').join('\n')
  const price = (row: BenchmarkRowJson, value: string | null): string =>
    value === null
      ? '?'
      : `${value}${row.by_the_clock ? '*' : ''}${row.currency === 'USD' ? '' : ` ${row.currency}`}`
  const body = table(
    rows,
    [
      { title: 'MODEL', value: ({ model }) => model, shrinks: true },
      { title: 'IN $/M', value: (row) => price(row, row.price_input), right: true },
      { title: 'OUT $/M', value: (row) => price(row, row.price_output), right: true },
      {
        title: 'CONTEXT',
        value: ({ context }) => (context === null ? '?' : grouped(context)),
        right: true,
      },
      { title: 'ASKED', value: ({ attempts }) => grouped(attempts), right: true },
      { title: 'TTFT P50', value: ({ ttft_us: us }) => duration(us.p50), right: true },
      { title: 'P95', value: ({ ttft_us: us }) => duration(us.p95), right: true },
      { title: 'N', value: ({ ttft_us: us }) => grouped(us.n), right: true },
      { title: 'TOTAL P50', value: ({ total_us: us }) => duration(us.p50), right: true },
      { title: 'P95', value: ({ total_us: us }) => duration(us.p95), right: true },
      { title: 'N', value: ({ total_us: us }) => grouped(us.n), right: true },
      { title: 'TOK/S', value: ({ tokens_per_s: flow }) => rate(flow.p50), right: true },
      { title: 'N', value: ({ tokens_per_s: flow }) => grouped(flow.n), right: true },
      { title: 'ERRORS', value: ({ error_rate: share }) => percent(share), right: true },
      { title: 'UP', value: ({ uptime }) => percent(uptime), right: true },
      { title: 'PRICES', value: ({ price_changes: { length } }) => changes(length), right: true },
    ],
    print,
  )
  const notes = [
    'TTFT and TOK/S are of streamed answers, TOK/S after the first content. UP is of the minutes in which it was asked.',
    rows.some(({ by_the_clock: byClock }) => byClock)
      ? '* as of now: the price goes by the clock.'
      : '',
    gap,
  ].filter((note) => note !== '')
  return [span, '', body, '', ...notes].join('\n')
}

function rate(perS: number | null): string {
  return perS === null ? '-' : perS.toFixed(perS < 10 ? 1 : 0)
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 2)} %`
}

function changes(count: number): string {
  return count === 0 ? '' : count === 1 ? '1 change' : `${count} changes`
}
