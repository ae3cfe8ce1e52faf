import { Database } from 'bun:sqlite'
import { chmodSync } from 'node:fs'
import type { Instant } from '../../core/clock.ts'
import type { Masker } from '../mask.ts'
import type {
  ShelfChange,
  ShelfItem,
  ShelfMark,
  ShelfQuery,
  ShelfReader,
  ShelfWords,
} from '../ports.ts'
import { keptLabel } from '../kept.ts'
import { cutLog, inTransaction } from './database.ts'
import { packed, unpacked } from './pack.ts'

/** Items that are deleted in one go, then others have their turn. */
const deleteCount = 500

/**
 * The shelf on the disk: one file beside the ledger's, because what lies in it is of another kind.
 * It has no journal: `kill -9` loses what was put in the last moments, a power cut also what was not
 * synced. What was removed or has expired is overwritten.
 */
export class ShelfFile implements ShelfReader {
  readonly #db: Database
  readonly #masker: Masker | null
  readonly #bytesMax: number
  readonly #now: () => Instant
  /** Of all items of each kind. */
  readonly #bytes = new Map<string, number>()
  #dropped = 0

  /**
   * @param masker  null: words that are to be masked are not written
   * @param bytesMax  of each kind
   * @throws Error when the file cannot be opened
   */
  constructor(path: string, masker: Masker | null, bytesMax: number, now: () => Instant) {
    this.#masker = masker
    this.#bytesMax = bytesMax
    this.#now = now
    this.#db = open(path)
    for (const [kind, bytes] of this.#db.query(bytesByKind).values()) {
      this.#bytes.set(kind as string, Number(bytes))
    }
  }

  /** Items that could not be written, since this process began. */
  get dropped(): number {
    return this.#dropped
  }

  /** In their order, in one transaction. @throws SQLiteError when they cannot be written */
  change(changes: readonly ShelfChange[]): void {
    const before = new Map(this.#bytes)
    try {
      inTransaction(this.#db, () => {
        for (const change of changes) {
          if ('gone' in change) this.#remove(change.gone.kind, change.gone.id)
          else this.#put(change.item, change.words)
        }
        for (const kind of this.#bytes.keys()) this.#fit(kind)
      })
    } catch (error) {
      this.#bytes.clear()
      for (const [kind, bytes] of before) this.#bytes.set(kind, bytes)
      this.#dropped += changes.filter((change) => 'item' in change).length
      throw error
    }
  }

  async shelfItem(kind: string, id: string): Promise<ShelfItem | null> {
    const row = this.#db.query<StoredItem, [string, string]>(select).get(kind, id.toWellFormed())
    return row && row.expires_at > this.#now() ? itemOf(row) : null
  }

  async shelfItems(
    { kind, owner, limit }: ShelfQuery,
    mark: ShelfMark | null,
  ): Promise<readonly ShelfItem[]> {
    return this.#db
      .query<StoredItem, [Record<string, string | number | null>]>(selectSome)
      .all({
        kind,
        owner: owner ?? null,
        whose: owner === undefined ? 'anybody' : 'one',
        at: mark?.at ?? null,
        id: mark?.id ?? null,
        now: this.#now(),
        limit,
      })
      .map(itemOf)
  }

  /** Items that calls for a customer left before an instant. @throws SQLiteError */
  countOf(customer: string, before: Instant): number {
    const [row] = this.#db.query(countOfCustomer).values(keptLabel(customer), before)
    return Number(row?.[0] ?? 0)
  }

  /** Removes some of them. @returns how many; 0: none is left @throws SQLiteError */
  eraseSome(customer: string, before: Instant): number {
    return inTransaction(this.#db, () => {
      const rows = this.#db
        .query(selectOfCustomer)
        .values(keptLabel(customer), before, deleteCount) as [string, string][]
      for (const [kind, id] of rows) this.#remove(kind, id)
      return rows.length
    })
  }

  /** Also the log beside the file does not hold any more what was removed. @throws SQLiteError */
  cutLog(): void {
    cutLog(this.#db)
  }

  /** Forgets some of what has expired. @returns true when there is more @throws SQLiteError */
  sweep(): boolean {
    const swept = inTransaction(this.#db, () => {
      const rows = this.#db.query(selectExpired).values(this.#now(), deleteCount)
      for (const [kind, id] of rows as [string, string][]) this.#remove(kind, id)
      return rows.length
    })
    if (swept > 0) this.#db.run('PRAGMA incremental_vacuum')
    return swept === deleteCount
  }

  close(): void {
    this.#db.close()
  }

  #put(item: ShelfItem, words: ShelfWords): void {
    const { kind, id, owner, customer, value, at, expiresAt } = item
    this.#remove(kind, id)
    if (!this.#mayWrite(value, words)) return
    const stored = packed(Buffer.from(value.toWellFormed()))
    const bytes = stored.length + id.length + 100
    this.#db
      .query(insert)
      .run(
        kind,
        id.toWellFormed(),
        owner?.toWellFormed() ?? null,
        at,
        expiresAt,
        bytes,
        stored,
        customer === undefined ? null : keptLabel(customer),
      )
    this.#bytes.set(kind, (this.#bytes.get(kind) ?? 0) + bytes)
  }

  #mayWrite(value: string, words: ShelfWords): boolean {
    switch (words) {
      case 'absent':
      case 'full':
        return true
      case 'redacted':
        return this.#masker !== null && !holdsSecrets(value, this.#masker)
      case 'none':
        return false
    }
  }

  #remove(kind: string, id: string): void {
    const [row] = this.#db.query(remove).values(kind, id.toWellFormed())
    if (row) this.#bytes.set(kind, (this.#bytes.get(kind) ?? 0) - Number(row[0]))
  }

  /** The oldest of a kind go until the others have room. */
  #fit(kind: string): void {
    while ((this.#bytes.get(kind) ?? 0) > this.#bytesMax) {
      const [oldest] = this.#db.query(selectOldest).values(kind) as [string][]
      if (!oldest) return
      this.#remove(kind, oldest[0])
    }
  }
}

/** True when there is something to mask, or no way to see that there is nothing. */
function holdsSecrets(value: string, masker: Masker): boolean {
  try {
    const whole: unknown = JSON.parse(value)
    return JSON.stringify(masker.redactJson(whole).value) !== JSON.stringify(whole)
  } catch {
    return true
  }
}

function open(path: string): Database {
  const db = new Database(path, { create: true, strict: true, safeIntegers: true })
  try {
    db.run('PRAGMA busy_timeout = 250')
    db.run('PRAGMA auto_vacuum = INCREMENTAL')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = NORMAL')
    db.run('PRAGMA secure_delete = ON')
    db.run('PRAGMA cache_size = -4000')
    db.run('PRAGMA journal_size_limit = 16777216')
    if (path !== ':memory:') chmodSync(path, 0o600)
    const version = Number((db.query('PRAGMA user_version').values()[0] as [bigint])[0])
    if (version > shelfVersion) {
      throw new Error(
        `The shelf ${path} was written by a newer version of freehold (schema ${version}, this one knows ${shelfVersion}).`,
      )
    }
    inTransaction(db, () => {
      for (const statement of schema) db.run(statement)
      if (version === 1) db.run('ALTER TABLE item ADD COLUMN customer TEXT')
      db.run(itemByCustomer)
      db.run(`PRAGMA user_version = ${shelfVersion}`)
    })
    return db
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code === undefined) throw error
    throw new Error(`The shelf ${path} cannot be opened: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

const shelfVersion = 2

const schema = [
  // Whoever looks at the columns before `value` need not read its pages; `customer` came later, and has an index.
  `CREATE TABLE IF NOT EXISTS item (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  owner TEXT,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  value BLOB NOT NULL,
  customer TEXT,
  UNIQUE (kind, id)
) STRICT`,
  'CREATE INDEX IF NOT EXISTS item_by_time ON item (kind, at, id)',
  'CREATE INDEX IF NOT EXISTS item_by_end ON item (expires_at)',
]

/** Once a shelf of version 1 has the column. */
const itemByCustomer =
  'CREATE INDEX IF NOT EXISTS item_by_customer ON item (customer, at) WHERE customer IS NOT NULL'

interface StoredItem {
  readonly kind: string
  readonly id: string
  readonly owner: string | null
  readonly at: bigint
  readonly expires_at: bigint
  readonly value: Uint8Array
  readonly customer: string | null
}

function itemOf(row: StoredItem): ShelfItem {
  const { kind, id, owner, customer, at, expires_at: expiresAt, value } = row
  return {
    kind,
    id,
    owner,
    ...(customer === null ? {} : { customer }),
    value: unpacked(value).toString('utf8'),
    at: Number(at) as Instant,
    expiresAt: Number(expiresAt) as Instant,
  }
}

const bytesByKind = 'SELECT kind, SUM(bytes) FROM item GROUP BY kind'

const insert =
  'INSERT INTO item (kind, id, owner, at, expires_at, bytes, value, customer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'

const remove = 'DELETE FROM item WHERE kind = ? AND id = ? RETURNING bytes'

const select = 'SELECT * FROM item WHERE kind = ? AND id = ?'

const selectSome = `
  SELECT * FROM item
  WHERE kind = $kind AND expires_at > $now AND ($whose = 'anybody' OR owner IS $owner)
    AND ($at IS NULL OR (at, id) < ($at, $id))
  ORDER BY at DESC, id DESC LIMIT $limit`

const selectExpired = 'SELECT kind, id FROM item WHERE expires_at <= ? LIMIT ?'

const countOfCustomer = 'SELECT COUNT(*) FROM item WHERE customer = ? AND at < ?'

const selectOfCustomer = 'SELECT kind, id FROM item WHERE customer = ? AND at < ? LIMIT ?'

const selectOldest = 'SELECT id FROM item WHERE kind = ? ORDER BY at, id LIMIT 1'
