import { type Latencies, latenciesOf } from './latencies.ts'
import { startStreamVendor } from './stream-vendor.ts'
import { StreamLine } from './streams.ts'
import { until } from './until.ts'
import { streamBody, type Target } from './target.ts'

export interface StormOptions {
  readonly target: Target
  /** Where the vendor listens: it is in this process, so that both ends have one clock. */
  readonly vendorPort: number
  readonly streams: number
  readonly perSecond: number
}

export interface StormResult {
  readonly left: number
  /** Whose vendor never saw it, in the time that was waited. */
  readonly unseen: number
  /** From the client's close to that of the vendor's socket. */
  readonly closeMs: Latencies
  /** Of streams whose vendor was silent when their client left. */
  readonly silentMs: Latencies
}

/** Every other vendor says one event and is silent then; the others go on. */
const talking = { events: 10_000, everyMs: 20, firstMs: 0 }
const silent = { events: 10_000, everyMs: 600_000, firstMs: 0 }
/** How long after its first event a stream is left, at most. */
const stayMs = 50
const patienceMs = 5_000

/** Opens streams at a fixed rate, and leaves each soon after its first event. */
export async function storm(
  { target, vendorPort, streams, perSecond }: StormOptions,
  tell: (at: 'begin' | 'end') => void,
): Promise<StormResult> {
  const leftAt = new Map<number, number>()
  const taken: number[] = []
  const silentTaken: number[] = []
  const vendor = startStreamVendor({
    port: vendorPort,
    onCut: (id) => {
      const at = leftAt.get(id)
      if (at === undefined) return
      leftAt.delete(id)
      const ms = performance.now() - at
      taken.push(ms)
      if (id % 2 === 0) silentTaken.push(ms)
    },
  })
  tell('begin')
  const started = performance.now()
  let left = 0
  for (let id = 1; id <= streams; id += 1) {
    while (performance.now() - started < (id / perSecond) * 1_000) await Bun.sleep(1)
    const pattern = id % 2 === 0 ? silent : talking
    const line = new StreamLine(target, streamBody(target.model, pattern, id), () => {
      // Spread evenly and the same in each run, without chance.
      setTimeout(
        () => {
          leftAt.set(id, performance.now())
          left += 1
          line.close()
        },
        (id * 7) % stayMs,
      )
    })
  }
  await until(() => left === streams && leftAt.size === 0, patienceMs)
  tell('end')
  const unseen = leftAt.size
  // Who never saw it counts with the time that was waited; what stopping closes is none of the gateway's.
  for (const id of leftAt.keys()) {
    taken.push(patienceMs)
    if (id % 2 === 0) silentTaken.push(patienceMs)
  }
  leftAt.clear()
  vendor.stop()
  return { left, unseen, closeMs: latenciesOf(taken), silentMs: latenciesOf(silentTaken) }
}
