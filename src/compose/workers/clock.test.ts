import { expect, test } from 'bun:test'
import { type Clock, type Instant, WallTime } from '../../core/clock.ts'
import { CommonClock } from './clock.ts'

test('of eight answers the one that came fastest sets the clock', () => {
  let ownUs = 1_000
  const own: Clock = { now: () => 0 as Instant, elapsedUs: () => ownUs, sleep: async () => {} }
  const mainUs = (): number => ownUs + 3_600_000_000
  const originUs = 1_795_000_000_000_000
  const wallTime = new WallTime(originUs, () => (originUs + mainUs()) / 1_000)
  const clock = new CommonClock(originUs, own, wallTime)
  // There and back, in microseconds: the main thread is busy now and then, and answers late.
  const ways = [900, 20_000, 40, 5_000, 60, 80_000, 200, 300]
  const asked = ways.map((wayUs) => {
    clock.ask()
    ownUs += wayUs / 2
    const says = mainUs()
    ownUs += wayUs / 2
    return clock.hear(says)
  })
  expect(asked).toEqual([true, true, true, true, true, true, true, false])
  expect(clock.elapsedUs()).toBe(mainUs())
  ownUs += 7
  expect(clock.now()).toBe((originUs + mainUs()) as Instant)
})

test('it is wrong by half of the fastest way at most, whichever half took longer', () => {
  let ownUs = 0
  const own: Clock = { now: () => 0 as Instant, elapsedUs: () => ownUs, sleep: async () => {} }
  const clock = new CommonClock(0, own)
  for (let round = 0; round < 8; round += 1) {
    clock.ask()
    const says = ownUs // answered at once, and the answer was long on its way
    ownUs += 100
    clock.hear(says)
  }
  expect(Math.abs(clock.elapsedUs() - ownUs)).toBe(50)
})
