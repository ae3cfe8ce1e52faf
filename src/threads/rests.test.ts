import { expect, test } from 'bun:test'
import { Rests } from './rests.ts'

function aThread() {
  let nowMs = 0
  const slept: number[] = []
  const rests = new Rests(
    () => nowMs,
    (ms) => {
      slept.push(nowMs)
      nowMs += ms
    },
  )
  const work = (ms: number): void => {
    nowMs += ms
    rests.rest()
  }
  return { rests, slept, work }
}

test('after each bit of work it sleeps once, and works on', () => {
  const { slept, work } = aThread()
  for (let row = 0; row < 100; row += 1) work(0.02)
  expect(slept.length).toBeGreaterThanOrEqual(8)
  expect(slept.length).toBeLessThanOrEqual(10)
  for (const [at, ms] of slept.entries())
    if (at > 0) expect(ms - slept[at - 1]!).toBeCloseTo(0.4, 1)
})

test('who is behind does not rest', () => {
  const { rests, slept, work } = aThread()
  rests.isHurried = true
  work(1)
  expect(slept).toEqual([])
  rests.isHurried = false
  work(0)
  expect(slept).toEqual([1])
})

test('who begins after a pause works first', () => {
  const { slept, work } = aThread()
  work(500)
  expect(slept).toEqual([])
  work(0.3)
  expect(slept.length).toBe(1)
})
