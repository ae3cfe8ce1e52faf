import type { AlarmRow, LedgerHealth } from '../store/ports.ts'
import { type Gauge, seriesMax } from './metrics.ts'

/** Where it is read. */
export interface GaugeSources {
  readonly journal: () => {
    readonly queuedBytes: number
    readonly recordsLost: number
    readonly faults: number
  }
  readonly health: () => LedgerHealth | null
  readonly resting: () => number
  readonly learnedRates?: () => readonly { readonly subject: string; readonly perMinute: number }[]
  readonly alarms: () => readonly AlarmRow[]
  readonly activeCalls: () => number
  readonly shedding: () => { readonly delayMs: number; readonly shed: number }
}

/** What is read of a gateway when somebody asks, and counted nowhere. */
export function gauges({
  journal,
  health,
  resting,
  learnedRates,
  alarms,
  activeCalls,
  shedding,
}: GaugeSources): readonly Gauge[] {
  const one = (value: number | null | undefined) =>
    value === null || value === undefined ? [] : [{ labels: {}, value }]
  const gauge = (name: string, help: string, read: Gauge['read']): Gauge => ({ name, help, read })
  return [
    gauge('freehold_active_calls', 'Calls under way.', () => one(activeCalls())),
    gauge(
      'freehold_loop_delay_seconds',
      'How late the event loop is; from 0.1 on calls are shed.',
      () => one(shedding().delayMs / 1_000),
    ),
    gauge('freehold_shed', 'Calls that were turned away because there was too much to do.', () =>
      one(shedding().shed),
    ),
    gauge('freehold_resting', 'Models and credentials that are left alone for a while.', () =>
      one(resting()),
    ),
    gauge(
      'freehold_learned_rate_per_minute',
      'How fast a credential at a model is asked since it was refused for its rate.',
      () =>
        (learnedRates?.() ?? [])
          .slice(0, seriesMax)
          .map(({ subject, perMinute }) => ({ labels: { subject }, value: perMinute })),
    ),
    gauge('freehold_alarms_open', 'Alarms that are open, by kind.', () => {
      const counts = new Map<string, number>()
      for (const { kind } of alarms()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return [...counts].map(([kind, value]) => ({ labels: { kind }, value }))
    }),
    gauge('freehold_journal_queued_bytes', 'Bytes of the journal that wait to be written.', () =>
      one(journal().queuedBytes),
    ),
    gauge(
      'freehold_journal_records_lost',
      'Records that found no room while the journal could not be written.',
      () => one(journal().recordsLost),
    ),
    gauge('freehold_journal_faults', 'Writes of the journal that failed.', () =>
      one(journal().faults),
    ),
    gauge('freehold_ledger_rows', 'Rows on the ledger.', () => one(health()?.rows)),
    gauge(
      'freehold_ledger_behind_bytes',
      'Bytes of the journal that are not in the database yet.',
      () => one(health()?.behindBytes),
    ),
    gauge('freehold_ledger_recovered', 'Attempts that an earlier process left open.', () =>
      one(health()?.recovered),
    ),
    gauge('freehold_payloads_dropped', 'Prompts and answers that were not kept.', () =>
      one(health()?.payloadsDropped),
    ),
    gauge('freehold_shelf_dropped', 'Items of the shelf that found no room.', () =>
      one(health()?.shelfDropped),
    ),
    gauge('freehold_store_bytes', 'Bytes of the store.', () => one(health()?.storeBytes)),
    gauge('freehold_disk_free_bytes', "Bytes that are free on the store's disk.", () =>
      one(health()?.diskFreeBytes),
    ),
  ]
}
