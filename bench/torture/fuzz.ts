import { fuzzTimes } from './fuzz/watched.ts'
import type { Part } from './part.ts'

export const fuzz: Part = {
  says: 'inputs made wrong, for every reader of what strangers and providers send: read, or refused in words',
  count: 10_000_000,
  run: async ({ count, seed, tell }) => {
    const startedMs = performance.now()
    const { wrong, inputs, perSecond } = await fuzzTimes(count, seed, tell)
    const rates = Object.entries(perSecond).toSorted(([, left], [, right]) => left - right)
    const [slowest = ['', 0]] = rates
    const [fastest = ['', 0]] = rates.toReversed()
    return {
      wrong,
      figures: {
        inputs,
        readers: rates.length,
        inputs_per_second: Math.round((inputs / (performance.now() - startedMs)) * 1_000),
        slowest_reader: `${slowest[0]}, ${slowest[1]} a second`,
        fastest_reader: `${fastest[0]}, ${fastest[1]} a second`,
      },
    }
  },
}
