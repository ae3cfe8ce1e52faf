import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { seeded } from '../../core/random.ts'
import { MemoryShelf } from '../../store/memory-shelf.ts'
import type { CallOutcome } from '../../routing/canary.ts'
import { bookDrilled, type Drill, type DrilledCall, newDrillState } from './drill.ts'
import { Experiments } from './experiments.ts'

const began = Date.parse('2026-11-22T06:00:00Z') * 1_000
const hourUs = 3_600_000_000
const substitute = { provider: 'birch', model: 'small', weight: 1 }

function scene(shelf = new MemoryShelf(() => began as Instant, 1_000_000)) {
  let now = began
  const raised: string[] = []
  const clock = {
    now: () => now as Instant,
    elapsedUs: () => 0,
    sleep: () => new Promise<void>(() => {}),
  }
  const alarms = {
    raise: (kind: string, subject: string, text: string) =>
      void raised.push(`${kind} ${subject}: ${text}`),
    resolve: (kind: string, subject: string) => void raised.push(`over ${kind} ${subject}`),
  }
  const experiments = new Experiments({
    clock,
    random: seeded(1),
    shelf,
    alarms: alarms as never,
  })
  // The same object each time, as long as the configuration is the same.
  const written = { name: 'support' }
  const live = () =>
    experiments.of(written, () => ({
      ...written,
      models: ['acme/large', 'birch/small'],
      routing: null,
      shadow: null,
      canary: experiments.drills.of('support'),
    }))
  return { experiments, shelf, raised, live, pass: (us: number) => (now += us) }
}

function drill(changes: Partial<Drill> = {}): Drill {
  return {
    id: 'd1',
    provider: 'acme',
    share: 0.25,
    startedAt: began as Instant,
    until: (began + hourUs) as Instant,
    by: 'ops',
    tasks: [{ task: 'support', model: substitute }],
    ended: null,
    ...changes,
  }
}

const fine: CallOutcome = {
  failed: false,
  schemaValid: null,
  refused: false,
  latencyUs: 100,
  cost: 1,
}
const call = (changes: Partial<DrilledCall> = {}): DrilledCall => ({
  id: 'd1',
  side: 'drawn',
  first: fine,
  cost: 5n as never,
  instead: 8n as never,
  ...changes,
})

describe('a drill', () => {
  test('takes its share of the calls of its tasks, and no other task', () => {
    const { experiments, live } = scene()
    expect(experiments.drills.of('support')).toBeNull()
    experiments.drills.start(drill())
    expect(experiments.drills.of('other')).toBeNull()
    const { canary } = live()
    const taken = Array.from({ length: 4_000 }, (_, at) => canary!.takes(`call ${at}`))
    expect(taken.filter(Boolean).length / 4_000).toBeCloseTo(0.25, 1)
  })

  test('is over when its time is, without anybody looking', () => {
    const { experiments, pass } = scene()
    experiments.drills.start(drill())
    pass(hourUs - 1)
    expect(experiments.drills.running?.id).toBe('d1')
    pass(1)
    expect([experiments.drills.running, experiments.drills.of('support')]).toEqual([null, null])
  })

  test('is alone', () => {
    const { experiments, pass } = scene()
    experiments.drills.start(drill())
    expect(() => experiments.drills.start(drill({ id: 'd2' }))).toThrow('runs already')
    pass(hourUs)
    experiments.drills.start(drill({ id: 'd2', until: (began + 2 * hourUs) as Instant }))
    expect(experiments.drills.running?.id).toBe('d2')
  })

  test('goes on after a restart until the end that it had, with what was counted', async () => {
    const before = scene()
    before.experiments.drills.start(drill())
    before.live().drilled(call())
    await before.experiments.stop()
    const after = scene(before.shelf)
    await after.experiments.load()
    expect(after.experiments.drills.running).toEqual(drill())
    after.live().drilled(call())
    const [{ task, state } = { task: '', state: null }] = await after.experiments.drillStates('d1')
    expect([task, state!.calls, state!.cost]).toEqual(['support', 2, '10'])
    after.pass(hourUs)
    expect(after.experiments.drills.running).toBeNull()
    // What it came to stays to be told.
    expect((await after.experiments.drillStates('d1'))[0]!.state.calls).toBe(2)
  })

  test('that was ended does not come back with a restart', async () => {
    const before = scene()
    before.experiments.drills.start(drill())
    expect(before.experiments.drills.stop('d9', 'me')).toBeNull()
    expect(before.experiments.drills.stop('d1', 'ops ended it')?.ended?.why).toBe('ops ended it')
    expect(before.experiments.drills.of('support')).toBeNull()
    const after = scene(before.shelf)
    await after.experiments.load()
    expect(after.experiments.drills.running).toBeNull()
    expect((await after.experiments.drills.list())[0]!.ended!.why).toBe('ops ended it')
  })

  test('of a task is over when its substitute fails, told once, and the file is not blamed', () => {
    const { experiments, live, raised } = scene()
    experiments.drills.start(drill())
    const task = live()
    for (let at = 0; at < 60; at += 1) {
      task.canary!.observe('incumbent', fine)
      task.canary!.observe('canary', { ...fine, failed: true })
      task.drilled(call({ first: { ...fine, failed: true } }))
    }
    const told = raised.filter((text) => text.startsWith('drill_stopped'))
    expect(told.length).toBe(1)
    expect(told[0]).toContain('birch/small no longer answers for acme')
    expect(task.canary!.takes('any')).toBe(false)
    expect(task.state.drill!.takenBack!.why).toContain('it fails more often')
    experiments.drills.stop('d1', 'ops ended it')
    expect(raised.at(-1)).toBe('over drill_stopped support')
  })
})

describe('what a drill counts', () => {
  const booked = (...calls: readonly DrilledCall[]) => {
    const state = newDrillState('d1')
    for (const each of calls) bookDrilled(state, each)
    return state
  }

  test('an answer breaks once, for whatever it lacks', () => {
    const first = { ...fine, schemaValid: false, refused: true }
    expect(booked(call(), call({ first }))).toMatchObject({
      calls: 2,
      broken: 1,
      invalid: 1,
      refused: 1,
      cost: '10',
      instead: '16',
    })
  })

  test('calls that the substitute cannot take are none that it was asked', () => {
    const state = booked(call({ side: 'unable', first: null }), call({ side: 'other' }))
    expect(state).toMatchObject({ calls: 0, unable: 1, others: 1, othersBroken: 0, cost: '0' })
  })

  test('a caller who left tells nothing, and a cost that is not known is in no sum', () => {
    const state = booked(call({ first: null }), call({ cost: null }), call({ instead: null }))
    expect(state).toMatchObject({ calls: 2, unknown: 2, cost: '0', instead: '0' })
  })

  test('a call that began under an earlier drill is not of the next', () => {
    const { experiments, live } = scene()
    experiments.drills.start(drill())
    live().drilled(call({ id: 'd0' }))
    expect(live().state.drill).toMatchObject({ id: 'd1', calls: 0 })
  })
})
