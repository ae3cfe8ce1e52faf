// The gateway as it is, with a window in it: a line on its stdin makes it write what is in its main thread to
// its stderr, as one JSON object behind a mark. 'look' collects all garbage first, 'count' leaves it there.
//   bun bench/watched.ts serve --config FILE
import { heapStats } from 'bun:jsc'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Inside, mark } from './soak/inside.ts'

const loop = monitorEventLoopDelay({ resolution: 20 })
loop.enable()

void (async () => {
  for await (const line of console) {
    const inside = line === 'count' ? count() : look()
    process.stderr.write(`${mark}${JSON.stringify(inside)}\n`)
  }
})()

await import('../src/main.ts')

function look(): Inside {
  // What a collection finalises may free more: the third finds nothing new.
  for (let round = 0; round < 3; round += 1) Bun.gc(true)
  return count()
}

function count(): Inside {
  const delay = {
    p50: loop.percentile(50) / 1e6,
    p99: loop.percentile(99) / 1e6,
    max: loop.max / 1e6,
  }
  loop.reset()
  const { heapSize, objectCount, objectTypeCounts } = heapStats()
  return { loopDelayMs: delay, heapBytes: heapSize, objects: objectCount, types: objectTypeCounts }
}
