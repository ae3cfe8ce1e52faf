// Load in a process of its own. What is asked for is its argument, as JSON; see load/protocol.ts.
// Prints a line when measuring begins and ends, for those who read clocks of others, and one with the result.
import { closedLoop } from './load/closed-loop.ts'
import { openLoop } from './load/open-loop.ts'
import type { Kinds, Kind, Order, Told } from './load/protocol.ts'
import { storm } from './load/storm.ts'
import { streams } from './load/streams.ts'

const order = JSON.parse(process.argv[2] ?? '{}') as Order
const result = await run(order)
print({ at: 'done', result })
process.exit(0)

async function run(order: Order): Promise<Kinds[Kind]['result']> {
  const tell = (at: 'begin' | 'end'): void => print({ at })
  switch (order.kind) {
    case 'closed':
      return await closedLoop(order)
    case 'open':
      return await openLoop(order)
    case 'streams':
      return await streams(order, tell)
    case 'storm':
      return await storm(order, tell)
  }
}

function print(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
