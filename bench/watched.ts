// The gateway as it is, with a window in it: a line on its stdin makes it collect all garbage of the main
// thread and write what is left to its stderr, as one JSON object behind a mark.
//   bun bench/watched.ts serve --config FILE
import { heapStats } from 'bun:jsc'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Inside, mark } from './soak/inside.ts'

const loop = monitorEventLoopDelay({ resolution: 20 })
loop.enable()

void (async () => {
  for await (const _ of Bun.stdin.stream())
    process.stderr.write(`${mark}${JSON.stringify(look())}\n`)
})()

await import('../src/main.ts')

function look(): Inside {
  const delay = {
    p50: loop.percentile(50) / 1e6,
    p99: loop.percentile(99) / 1e6,
    max: loop.max / 1e6,
  }
  loop.reset()
  // What a collection finalises may free more: the third finds nothing new.
  for (let round = 0; round < 3; round += 1) Bun.gc(true)
  const { heapSize, objectCount, objectTypeCounts } = heapStats()
  return { loopDelayMs: delay, heapBytes: heapSize, objects: objectCount, types: objectTypeCounts }
}
