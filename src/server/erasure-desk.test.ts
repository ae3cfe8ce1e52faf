import { describe, expect, test } from 'bun:test'
import { systemClock } from '../core/clock.ts'
import { type Erasure, type ErasureStep, nothingErased } from '../store/erasure.ts'
import type { ChangeJson } from './contract/settings.ts'
import { ErasureDesk } from './erasure-desk.ts'

describe('the desk of erasures', () => {
  test('asks for step after step, and notes what came of it', async () => {
    const { desk, steps, changes, asked, until } = aDesk()
    expect(desk.look('acme')).toMatchObject({ state: 'idle', counts: null })
    expect(desk.start('acme', false, 'ops')).toMatchObject({ state: 'running', share: 0 })
    steps.push({ counts: { ...nothingErased, calls: 1 }, share: 0.5, done: false })
    await until(() => desk.look('acme').share === 0.5)
    expect(desk.look('acme')).toMatchObject({ state: 'running', counts: { calls: 1 } })
    expect(desk.look('acme').leftMs).not.toBeNull()
    expect(desk.look('globex').state).toBe('idle')
    steps.push({ counts: { ...nothingErased, calls: 2 }, share: 1, done: true })
    await until(() => desk.look('acme').state === 'done')
    expect(desk.look('acme')).toMatchObject({ counts: { calls: 2 }, leftMs: null })
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    expect(changes).toMatchObject([{ key: 'ops', summary: expect.stringContaining('calls 2') }])
  })

  test('erases for one customer at a time; what only counts gives way', async () => {
    const { desk } = aDesk()
    desk.start('acme', true, 'ops')
    expect(desk.start('globex', false, 'ops').state).toBe('running')
    expect(desk.look('acme').state).toBe('idle')
    expect(() => desk.start('acme', true, 'ops')).toThrow('"globex" said is being erased')
    expect(desk.start('globex', false, 'ops').state).toBe('running')
    expect(desk.stop('acme').state).toBe('idle')
    expect(desk.stop('globex').state).toBe('stopped')
    expect(desk.start('acme', true, 'ops').state).toBe('running')
    desk.stop('acme')
  })

  test('a step that fails is told, and the next begins anew', async () => {
    const { desk, steps, changes, asked, until } = aDesk()
    desk.start('acme', false, 'ops')
    steps.push(new Error('The disk is full.'))
    await until(() => desk.look('acme').state === 'failed')
    expect(desk.look('acme').error).toContain('The disk is full. What is gone is gone')
    expect(changes).toEqual([])
    desk.start('acme', false, 'ops')
    steps.push({ counts: nothingErased, share: 1, done: true })
    await until(() => desk.look('acme').state === 'done')
    expect(new Set(asked.map(({ id }) => id)).size).toBe(2)
  })

  test('one that was stopped asks no more', async () => {
    const { desk, steps, changes, until, asked } = aDesk()
    desk.start('acme', false, 'ops')
    steps.push({ counts: nothingErased, share: 0.1, done: false })
    await until(() => desk.look('acme').share > 0)
    await until(() => asked.length === 2)
    desk.stop('acme')
    steps.push({ counts: { ...nothingErased, calls: 9 }, share: 1, done: true })
    await Bun.sleep(20)
    expect(desk.look('acme')).toMatchObject({ state: 'stopped', share: 0.1 })
    expect([changes.length, asked.length]).toEqual([0, 2])
  })
})

function aDesk() {
  const steps: (ErasureStep | Error)[] = []
  const asked: Erasure[] = []
  const changes: Omit<ChangeJson, 'id' | 'at'>[] = []
  const until = async (holds: () => boolean): Promise<void> => {
    for (let looks = 0; !holds(); looks += 1) {
      if (looks > 1_000) throw new Error('It never came to be.')
      await Bun.sleep(1)
    }
  }
  const store = {
    eraseSome: async (erasure: Erasure): Promise<ErasureStep> => {
      asked.push(erasure)
      await until(() => steps.length > 0)
      const step = steps.shift()!
      if (step instanceof Error) throw step
      return step
    },
  }
  const desk = new ErasureDesk({
    store,
    changes: {
      add: async (change) => void changes.push(change),
      list: async () => ({ changes: [], next: null }),
    },
    clock: systemClock,
    sleep: async () => {},
  })
  return { desk, steps, asked, changes, until }
}
