import { expect, test } from 'bun:test'
import type { Clock } from '../../core/clock.ts'
import type { Shelf } from '../../store/ports.ts'
import { Experiments } from './experiments.ts'

test('a shelf that cannot be read for a while is looked at again, and nothing breaks', async () => {
  let looks = 0
  const turns: (() => void)[] = []
  const shelf: Pick<Shelf, 'list' | 'settled'> = {
    settled: () => null,
    list: ({ kind }) => {
      if (kind !== 'route') return Promise.resolve([])
      looks += 1
      return looks === 2 ? Promise.reject(new Error('the thread ended')) : Promise.resolve([])
    },
  }
  const clock: Pick<Clock, 'sleep'> = {
    sleep: () => new Promise((wake) => turns.push(wake)),
  }
  const experiments = new Experiments({ shelf, clock, lane: 0, lanes: 2 } as never)
  await experiments.load()
  expect(looks).toBe(1)
  for (const expected of [2, 3]) {
    turns.shift()!()
    await Bun.sleep(1)
    expect(looks).toBe(expected)
    expect(turns.length).toBe(1)
  }
})
