import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { KeyRow } from '../ports.ts'

/** Oldest first. */
export function keys(db: Database): KeyRow[] {
  return db.query<StoredKey, []>('SELECT * FROM api_key ORDER BY created_at, id').all().map(keyOf)
}

/** @throws RangeError when a key of this id exists, revoked or not */
export function addKey(db: Database, key: KeyRow): void {
  const { changes } = db
    .query(
      `INSERT INTO api_key
         (id, hash, hint, role, env, tasks, budget_limit, budget_per, created_at, revoked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    .run(
      key.id,
      key.hash,
      key.hint,
      key.role,
      key.env,
      key.tasks && JSON.stringify(key.tasks),
      key.budget && key.budget.limit,
      key.budget && key.budget.per,
      key.createdAt,
      key.revokedAt,
    )
  if (changes === 0) throw new RangeError(`There is a key named ${key.id} already.`)
}

/** False when no live key has this id. */
export function revokeKey(db: Database, id: string, at: Instant): boolean {
  return (
    db.query('UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL').run(at, id)
      .changes > 0
  )
}

/** False when no live key has this id. */
export function setKeyBudget(db: Database, id: string, budget: KeyRow['budget']): boolean {
  const sql = `UPDATE api_key SET budget_limit = ?, budget_per = ?
    WHERE id = ? AND revoked_at IS NULL`
  return db.query(sql).run(budget && budget.limit, budget && budget.per, id).changes > 0
}

interface StoredKey {
  readonly id: string
  readonly hash: string
  readonly hint: string
  readonly role: KeyRow['role']
  readonly env: string | null
  readonly tasks: string | null
  readonly budget_limit: string | null
  readonly budget_per: 'day' | 'week' | 'month' | 'total' | null
  readonly created_at: bigint
  readonly revoked_at: bigint | null
}

function keyOf(row: StoredKey): KeyRow {
  const { id, hash, hint, role, env, budget_limit: limit, budget_per: per } = row
  return {
    id,
    hash,
    hint,
    role,
    env,
    tasks: row.tasks === null ? null : (JSON.parse(row.tasks) as string[]),
    budget: limit === null || per === null ? null : { limit, per },
    createdAt: Number(row.created_at) as Instant,
    revokedAt: row.revoked_at === null ? null : (Number(row.revoked_at) as Instant),
  }
}
