import { Wrongs } from '../part.ts'
import { targets } from './targets.ts'
import type { Errand, Told } from './worker.ts'

export interface Fuzzed {
  readonly wrong: readonly string[]
  readonly inputs: number
  /** Inputs that each target read in a second of its own. */
  readonly perSecond: Readonly<Record<string, number>>
}

/** A batch takes a second at most; this long without a word is no slow machine. */
const silentMs = 60_000
/** Of a finding, what tells its kind: behind that stand places and values. */
const kindLength = 60

/** `count` inputs over all targets, by their weights. */
export function fuzzTimes(
  count: number,
  seed: number,
  tell: (done: number) => void,
): Promise<Fuzzed> {
  const all = targets.reduce((sum, { weight }) => sum + weight, 0)
  const shares = targets.map(({ weight }) => Math.ceil((count * weight) / all))
  return watch({ seed, shares, by: 'count' }, tell)
}

/** As many inputs as there is time for, the same time for each target. */
export function fuzzFor(ms: number, seed: number): Promise<Fuzzed> {
  return watch({ seed, shares: targets.map(() => ms / targets.length), by: 'time' }, () => {})
}

async function watch(errand: Errand, tell: (done: number) => void): Promise<Fuzzed> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  const wrongs = new Wrongs()
  const kinds = new Map<string, number>()
  const tried = new Map<string, { count: number; ms: number }>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let last = ''
  let inputs = 0
  const hung = (): void => {
    const at = tried.get(last)?.count ?? 0
    wrongs.add(`${last}: an input from ${at} on (seed ${errand.seed}) is read for ever`)
    resolve()
  }
  let watchdog = setTimeout(hung, silentMs)
  worker.addEventListener('error', ({ message }) => {
    wrongs.add(`${last}: ${message}`)
    resolve()
  })
  worker.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    clearTimeout(watchdog)
    if (data.done) return resolve()
    watchdog = setTimeout(hung, silentMs)
    last = data.target
    inputs += data.tried
    const known = tried.get(last) ?? { count: 0, ms: 0 }
    tried.set(last, { count: known.count + data.tried, ms: known.ms + data.tookMs })
    for (const { target, index, what, input } of data.findings) {
      const kind = `${target}: ${what.slice(0, kindLength)}`
      const times = (kinds.get(kind) ?? 0) + 1
      kinds.set(kind, times)
      // One of each kind is enough to mend it, and leaves room for the others.
      if (times > 1) continue
      wrongs.add(
        `${target}: input ${index} of seed ${errand.seed} ${what}: ${JSON.stringify(input)}`,
      )
    }
    tell(inputs)
  })
  worker.postMessage(errand)
  try {
    await promise
  } finally {
    clearTimeout(watchdog)
    worker.terminate()
  }
  const perSecond = [...tried].map(
    ([name, { count, ms }]) => [name, Math.round((count / ms) * 1_000)] as const,
  )
  return { wrong: wrongs.all(), inputs, perSecond: Object.fromEntries(perSecond) }
}
