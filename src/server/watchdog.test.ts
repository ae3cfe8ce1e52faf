import { expect, test } from 'bun:test'
import { Alarms } from '../alarms/alarms.ts'
import type { Instant } from '../core/clock.ts'
import { MemoryLedger } from '../store/memory/ledger.ts'
import type { AlarmRow, LedgerHealth, Store } from '../store/ports.ts'
import { Watchdog } from './watchdog.ts'

async function scene() {
  const usual = await new MemoryLedger().health()
  let now = 1_760_000_000_000_000
  let health: LedgerHealth = usual
  const told: AlarmRow[] = []
  const clock = { now: () => now as Instant, elapsedUs: () => 0, sleep: async () => {} }
  const alarms = new Alarms(clock, { putAlarm: async () => {} }, (alarm) => told.push(alarm))
  const watchdog = new Watchdog({ health: async () => health } as Store, alarms)
  /** @param changes  one look for each */
  const look = async (changes: readonly Partial<LedgerHealth>[]): Promise<void> => {
    for (const change of changes) {
      health = { ...usual, ...change }
      await watchdog.look()
      now += 5_000_000
    }
  }
  return { told, look, open: () => alarms.open().map(({ kind }) => kind) }
}

const times = <Value>(count: number, value: (at: number) => Value): Value[] =>
  Array.from({ length: count }, (_, at) => value(at))

test('losses now and then are one alarm, which is over after ten minutes without any', async () => {
  const { told, look, open } = await scene()
  await look([{}, ...times(60, (at) => ({ payloadsDropped: Math.ceil((at + 1) / 2) }))])
  expect(told.map(({ resolvedAt }) => resolvedAt)).toEqual([null])
  await look(times(110, () => ({ payloadsDropped: 30 })))
  expect(open()).toEqual(['payloads_dropped'])
  await look(times(20, () => ({ payloadsDropped: 30 })))
  expect(open()).toEqual([])
  expect(told).toHaveLength(2)
})

test('what hovers about a limit is one alarm', async () => {
  const { told, look, open } = await scene()
  await look(
    times(40, (at) => ({
      behindBytes: at % 2 === 0 ? 8_100_000 : 7_900_000,
      diskFreeBytes: at % 2 === 0 ? 990_000_000 : 1_010_000_000,
    })),
  )
  expect(told.map(({ kind }) => kind)).toEqual(['ledger_behind', 'disk_low'])
  await look([{ behindBytes: 0, diskFreeBytes: 5_000_000_000 }])
  expect(open()).toEqual([])
})
