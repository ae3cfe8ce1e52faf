import { expect, test } from 'bun:test'
import type { Clock, Instant } from '../core/clock.ts'
import { Guesses } from './guesses.ts'

/** A clock whose sleepers wait until they are woken. */
function scene() {
  let nowUs = 0
  const slept: number[] = []
  const sleepers: (() => void)[] = []
  const clock: Clock = {
    now: () => nowUs as Instant,
    elapsedUs: () => nowUs,
    sleep: (ms) => {
      slept.push(ms)
      return new Promise((resolve) => sleepers.push(resolve))
    },
  }
  return {
    guesses: new Guesses(clock),
    slept,
    pass: (us: number) => (nowUs += us),
    wake: () => sleepers.splice(0).forEach((resolve) => resolve()),
  }
}

async function guess(guesses: Guesses, address: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await guesses.wrong(address)
}

test('the first two hundred wrong keys are answered at once, and each after that later than the one before', async () => {
  const { guesses, slept } = scene()
  await guess(guesses, '192.0.2.1', 200)
  expect(slept).toEqual([])
  for (let time = 0; time < 3; time += 1) void guesses.wrong('192.0.2.1')
  expect(slept).toEqual([20, 40, 60])
  for (let time = 0; time < 200; time += 1) void guesses.wrong('192.0.2.1')
  expect(Math.max(...slept)).toBe(2_000)
})

test('whoever guesses slows nobody at another address', async () => {
  const { guesses, slept } = scene()
  await guess(guesses, '192.0.2.1', 200)
  for (let time = 0; time < 50; time += 1) void guesses.wrong('192.0.2.1')
  slept.length = 0
  await guesses.wrong('192.0.2.2')
  expect(slept).toEqual([])
  expect(guesses.refusal('192.0.2.2', null)).toBeNull()
})

test('while refusals wait, keys of that address that were right go on, and no other is looked at', async () => {
  const { guesses, wake } = scene()
  await guess(guesses, '192.0.2.1', 200)
  expect(guesses.refusal('192.0.2.1', 'web')).toBeNull()
  for (let time = 0; time < 16; time += 1) void guesses.wrong('192.0.2.1')
  expect(guesses.refusal('192.0.2.1', 'web')).toBeNull()
  // A right guess and a wrong one are told the same.
  const [right, wrong] = [guesses.refusal('192.0.2.1', 'ops'), guesses.refusal('192.0.2.1', null)]
  expect([right?.code, right?.status, right?.retryAfterMs]).toEqual([
    'guessed_too_often',
    429,
    2_000,
  ])
  expect(wrong?.message).toBe(right!.message)
  wake()
  await Bun.sleep(0)
  expect(guesses.refusal('192.0.2.1', 'ops')).toBeNull()
})

test('an address that stops is forgotten, and ten thousand are remembered at most', async () => {
  const { guesses, slept, pass } = scene()
  await guess(guesses, '192.0.2.1', 200)
  pass(600_000_000)
  await guesses.wrong('192.0.2.1')
  expect([slept, guesses.watched]).toEqual([[], 1])
  for (let address = 0; address < 10_050; address += 1)
    await guesses.wrong(`2001:db8::${address.toString(16)}`)
  expect(guesses.watched).toBe(10_000)
})
