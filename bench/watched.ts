// The gateway as it is, with a window in it: a line on its stdin makes it write what is in its threads to
// its stderr, as one JSON object behind a mark. 'look' collects all garbage first, 'count' leaves it there and
// looks at the main thread alone.
//   bun bench/watched.ts serve --config FILE
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import {
  allocatedBytes,
  type Counted,
  count,
  countLive,
  type Inside,
  mark,
  type ThreadInside,
  threadsAsked,
  threadsTold,
} from './soak/inside.ts'

const loop = monitorEventLoopDelay({ resolution: 20 })
loop.enable()

const threadWindow = join(import.meta.dir, 'soak', 'thread-window.ts')
/** How long they may take to answer. */
const threadsMs = 5_000
let threads = 0

/** Each thread of the gateway gets a window of its own. */
class WatchedWorker extends Worker {
  constructor(script: string | URL, options?: WorkerOptions) {
    super(script, { ...options, preload: [threadWindow] })
    threads += 1
    this.addEventListener('close', () => {
      threads -= 1
    })
  }
}
globalThis.Worker = WatchedWorker

void (async () => {
  for await (const line of console) {
    const inside =
      line === 'count' ? withDelay(count(), []) : withDelay(countLive(), await lookIntoThreads())
    process.stderr.write(`${mark}${JSON.stringify(inside)}\n`)
  }
})()

await import('../src/main.ts')

function withDelay(inside: Counted, threads: readonly ThreadInside[]): Inside {
  const delay = {
    p50: loop.percentile(50) / 1e6,
    p99: loop.percentile(99) / 1e6,
    max: loop.max / 1e6,
  }
  loop.reset()
  return { ...inside, allocatedBytes: allocatedBytes(), loopDelayMs: delay, threads }
}

/** Those that have answered after a while; one that ends meanwhile never does. */
async function lookIntoThreads(): Promise<ThreadInside[]> {
  const found: ThreadInside[] = []
  const asked = new BroadcastChannel(threadsAsked)
  const told = new BroadcastChannel(threadsTold)
  const all = Promise.withResolvers<void>()
  told.addEventListener('message', ({ data }) => {
    found.push(data as ThreadInside)
    if (found.length >= threads) all.resolve()
  })
  asked.postMessage(null)
  await Promise.race([all.promise, Bun.sleep(threadsMs)])
  asked.close()
  told.close()
  return found
}
