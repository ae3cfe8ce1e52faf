import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { keptLabel, keptText } from '../kept.ts'
import type { AlarmRow } from '../ports.ts'

/** Writes or replaces the row of (kind, subject, firstAt). */
export function putAlarm(db: Database, row: AlarmRow): void {
  db.query(
    `INSERT INTO alarm (kind, subject, first_at, severity, text, last_at, count, resolved_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (kind, subject, first_at)
     DO UPDATE SET severity = ?4, text = ?5, last_at = ?6, count = ?7, resolved_at = ?8`,
  ).run(
    row.kind,
    keptLabel(row.subject),
    row.firstAt,
    row.severity,
    keptText(row.text),
    row.lastAt,
    row.count,
    row.resolvedAt,
  )
}

/** The latest first. */
export function alarms(db: Database, openOnly: boolean, limit: number): AlarmRow[] {
  const open = openOnly ? 'WHERE resolved_at IS NULL' : ''
  return db
    .query<StoredAlarm, [number]>(
      `SELECT * FROM alarm ${open} ORDER BY last_at DESC, kind, subject LIMIT ?`,
    )
    .all(limit)
    .map(alarmOf)
}

interface StoredAlarm {
  readonly kind: string
  readonly subject: string
  readonly first_at: bigint
  readonly severity: AlarmRow['severity']
  readonly text: string
  readonly last_at: bigint
  readonly count: bigint
  readonly resolved_at: bigint | null
}

function alarmOf(row: StoredAlarm): AlarmRow {
  const { kind, subject, severity, text } = row
  return {
    kind,
    subject,
    severity,
    text,
    firstAt: Number(row.first_at) as Instant,
    lastAt: Number(row.last_at) as Instant,
    count: Number(row.count),
    resolvedAt: row.resolved_at === null ? null : (Number(row.resolved_at) as Instant),
  }
}
