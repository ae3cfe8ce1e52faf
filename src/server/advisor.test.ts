import { expect, test } from 'bun:test'
import { Alarms } from '../alarms/alarms.ts'
import type { Instant } from '../core/clock.ts'
import type { AlarmRow } from '../store/ports.ts'
import { Advisor } from './advisor.ts'
import type { AdviceJson } from './contract/economics.ts'

const dayUs = 86_400_000_000

function scene() {
  let now = 1_760_000_000_000_000
  let [holds, isWatched] = [true, true]
  const told: AlarmRow[] = []
  const clock = { now: () => now as Instant, elapsedUs: () => 0, sleep: async () => {} }
  const alarms = new Alarms(clock, { putAlarm: async () => {} }, (alarm) => told.push(alarm))
  const task = { task: 'support', holds: true, text: 'It pays.', command: 'freehold breakeven' }
  const advisor = new Advisor({
    alarms,
    clock,
    advise: async () =>
      ({
        tasks: [
          { ...task, holds },
          { ...task, task: 'sums', holds: false },
        ],
      }) as never as AdviceJson,
    isWatched: () => isWatched,
  })
  return {
    advisor,
    alarms,
    told,
    pass: (days: number) => (now += days * dayUs),
    end: () => (holds = false),
    switchOff: () => (isWatched = false),
  }
}

test('a task that pays raises one notice, told again after a week', async () => {
  const { advisor, told, pass } = scene()
  for (let day = 0; day < 9; day += 1) {
    await advisor.look()
    pass(1)
  }
  expect(
    told.map(({ kind, subject, severity, count }) => [kind, subject, severity, count]),
  ).toEqual([
    ['own_machines_pay', 'support', 'notice', 1],
    ['own_machines_pay', 'support', 'notice', 2],
  ])
  expect(told[0]!.text).toBe('It pays. The study: freehold breakeven')
})

test('it is over when it holds no more, and when the look is switched off', async () => {
  const first = scene()
  await first.advisor.look()
  first.end()
  await first.advisor.look()
  expect(first.told.at(-1)!.resolvedAt).not.toBeNull()
  const second = scene()
  await second.advisor.look()
  second.switchOff()
  await second.advisor.look()
  expect(second.alarms.open()).toEqual([])
  await second.advisor.look()
  expect(second.told.length).toBe(2)
})
