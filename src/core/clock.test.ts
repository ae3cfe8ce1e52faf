import { expect, test } from 'bun:test'
import { type Instant, systemClock, WallTime } from './clock.ts'

const minuteUs = 60_000_000
const originUs = 1_795_000_000_000_000

function aClock() {
  let elapsedUs = 0
  let systemMs = originUs / 1_000
  const wallTime = new WallTime(originUs, () => systemMs)
  const pass = (us: number): void => {
    elapsedUs += us
    systemMs += us / 1_000
  }
  const set = (us: number): void => void (systemMs += us / 1_000)
  return { now: () => wallTime.at(elapsedUs), pass, set }
}

test('wall time goes on with the monotonic clock, to the microsecond', () => {
  const { now, pass } = aClock()
  pass(minuteUs + 7)
  expect(now()).toBe((originUs + minuteUs + 7) as Instant)
})

test('it follows a clock that is set, either way, and a machine that slept', () => {
  const { now, pass, set } = aClock()
  pass(minuteUs)
  set(3_600_000_000)
  expect(now()).toBe((originUs + minuteUs + 3_600_000_000) as Instant)
  pass(7)
  expect(now()).toBe((originUs + minuteUs + 3_600_000_007) as Instant)
  set(-7_200_000_000)
  expect(now()).toBe((originUs + minuteUs - 3_599_999_993) as Instant)
})

test('it does not tremble with a system clock that is being drawn to the right time', () => {
  const { now, pass, set } = aClock()
  const steps = Array.from({ length: 50 }, (_, step) => {
    set(step % 2 === 0 ? 900_000 : -900_000)
    pass(1_000)
    return now()
  })
  expect(steps.every((at, step) => step === 0 || at - (steps[step - 1] ?? 0) === 1_000)).toBe(true)
})

test('the clock of this machine is the one of its system', () => {
  const before = Date.now()
  const nowMs = systemClock.now() / 1_000
  expect(nowMs).toBeGreaterThan(before - 1_001)
  expect(nowMs).toBeLessThan(Date.now() + 1_001)
})
