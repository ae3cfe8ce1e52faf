import type { ModelJson, StatusJson } from '../../server/contract.ts'
import { connect } from '../client.ts'
import type { Command } from '../command.ts'
import { grouped, table } from '../print.ts'

export const models: Command = {
  name: 'models',
  summary: 'Tasks, and the models that are live, with limits and prices as of now',
  usage: '[FILTER]',
  help: 'A filter keeps the names that hold it: freehold models flash',
  options: {
    provider: { value: 'ID', says: 'of this provider alone' },
    'open-weights': { says: 'those whose weights can be had' },
  },
  positionals: { least: 0, most: 1 },
  run: async (context) => {
    const client = await connect(context)
    const { print } = context
    try {
      const [{ models: all }, { tasks }] = await Promise.all([
        client.get<{ models: readonly ModelJson[] }>('/api/models'),
        client.get<StatusJson>('/api/status'),
      ])
      const [filter = ''] = context.arguments
      const provider = context.option('provider')
      const kept = all.filter(
        (model) =>
          model.id.toLowerCase().includes(filter.toLowerCase()) &&
          (provider === undefined || model.provider === provider) &&
          (!context.flag('open-weights') || model.open_weights === true),
      )
      if (context.json) {
        print.out(JSON.stringify({ tasks, models: kept }))
        return 0
      }
      if (tasks.length > 0 && filter === '' && provider === undefined) {
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
