import { expect, test } from 'bun:test'
import { type Clock, type Instant, instant } from '../../core/clock.ts'
import { MemoryShelf } from '../../store/memory-shelf.ts'
import type { Shelf } from '../../store/ports.ts'
import { Experiments } from './experiments.ts'
import { newState } from './state.ts'

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

test('what is kept of a task is found behind that of a thousand others', async () => {
  const now = instant('2026-11-22T00:00:00Z')
  const shelf = new MemoryShelf(() => now, 32_000_000)
  const keep = (task: string, at: Instant): void => {
    const state = newState(null, now)
    if (task === 'support') state.voided = { why: 'it is another', at: now }
    const expiresAt = (now + 3_600_000_000) as Instant
    shelf.put({ kind: 'route', id: task, owner: null, value: JSON.stringify(state), at, expiresAt })
  }
  keep('support', (now - 1) as Instant)
  for (let other = 0; other < 1_000; other += 1) keep(`other-${other}`, now)
  const around = {
    shelf,
    clock: { now: () => now },
    alarms: { raise: () => {}, resolve: () => {} },
  }
  const experiments = new Experiments(around as never)
  await experiments.load()
  const task = { name: 'support', models: [], routing: null, shadow: null, canary: null }
  expect(experiments.of(task, () => task).state.voided?.why).toBe('it is another')
})
