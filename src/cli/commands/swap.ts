import { connect } from '../client.ts'
import type { Command } from '../command.ts'

export const swap: Command = {
  name: 'swap',
  summary: 'Puts another model behind a task, in the file, without a restart',
  usage: 'TASK MODEL [MODEL...]',
  help: 'The first model answers; further ones stand in for it, in order. Comments in the file stay as they are. A running gateway takes the change at once, and no call fails for it.',
  options: {},
  positionals: { least: 2, most: 20 },
  run: async (context) => {
    const [task = '', ...models] = context.arguments
    const client = await connect(context)
    try {
      const { before, after } = await client.post<{
        before: readonly string[]
        after: readonly string[]
      }>('/api/swap', {
        task,
        model: models,
      })
      const { print } = context
      if (context.json)
        print.out(JSON.stringify({ task, before, after, live: client.url !== null }))
      else {
        print.out(`${task}: ${before.join(', ')} -> ${after.join(', ')}`)
        print.out(
          client.url === null ? 'Written. No gateway is running.' : 'Written, and in force.',
        )
      }
      return 0
    } finally {
      await client.close()
    }
  },
}
