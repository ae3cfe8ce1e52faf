import { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { PriceDraft, PriceRow } from '../prices.ts'
import { inTransaction } from './database.ts'

export function prices(db: Database): PriceRow[] {
  return db.query<Stored, []>('SELECT * FROM price ORDER BY id').all().map(rowOf)
}

/** The same from a database that somebody else has open. */
export function pricesIn(path: string): PriceRow[] {
  const db = new Database(path, { readonly: true, strict: true, safeIntegers: true })
  try {
    db.run('PRAGMA busy_timeout = 2000')
    const has = db.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'price'")
    return has.values().length === 0 ? [] : prices(db)
  } finally {
    db.close()
  }
}

export function addPrices(db: Database, drafts: readonly PriceDraft[], at: Instant): PriceRow[] {
  return inTransaction(db, () =>
    drafts.map((draft) => {
      const isKnown = draft.doubts.length === 0
      if (isKnown) closeLast(db, draft, at)
      const { provider, model, region, mode, kind, body, source, readOn, confidence } = draft
      const { lastInsertRowid } = db
        .query(
          `INSERT INTO price (provider, model, region, mode, kind, body, source, read_on, confidence,
                              doubts, added_at, state, known_from)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          provider,
          model,
          region,
          mode,
          kind,
          body,
          source,
          readOn,
          confidence,
          JSON.stringify(draft.doubts),
          at,
          isKnown ? 'known' : 'held',
          isKnown ? at : null,
        )
      return one(db, Number(lastInsertRowid))!
    }),
  )
}

export function decidePrice(
  db: Database,
  id: number,
  confirmed: boolean,
  at: Instant,
): PriceRow | null {
  return inTransaction(db, () => {
    const held = one(db, id)
    if (held?.state !== 'held') return null
    if (confirmed) closeLast(db, held, at)
    db.query('UPDATE price SET state = ?2, known_from = ?3 WHERE id = ?1').run(
      id,
      confirmed ? 'known' : 'rejected',
      confirmed ? at : null,
    )
    return one(db, id)
  })
}

/** What was believed so far was believed until now. */
function closeLast(db: Database, { provider, model, region, mode }: PriceDraft, at: Instant): void {
  db.query(
    `UPDATE price SET known_to = ?5
     WHERE provider = ?1 AND model = ?2 AND region = ?3 AND mode = ?4
       AND state = 'known' AND known_to IS NULL`,
  ).run(provider, model, region, mode, at)
}

function one(db: Database, id: number): PriceRow | null {
  const row = db.query<Stored, [number]>('SELECT * FROM price WHERE id = ?').get(id)
  return row && rowOf(row)
}

interface Stored {
  readonly id: bigint
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
  readonly kind: PriceRow['kind']
  readonly body: string
  readonly source: string
  readonly read_on: string
  readonly confidence: PriceRow['confidence']
  readonly doubts: string
  readonly added_at: bigint
  readonly state: PriceRow['state']
  readonly known_from: bigint | null
  readonly known_to: bigint | null
}

function rowOf(row: Stored): PriceRow {
  const { id, read_on: readOn, doubts, added_at, known_from, known_to, ...same } = row
  const moment = (at: bigint | null): Instant | null =>
    at === null ? null : (Number(at) as Instant)
  return {
    ...same,
    id: Number(id),
    readOn,
    doubts: JSON.parse(doubts) as string[],
    addedAt: Number(added_at) as Instant,
    knownFrom: moment(known_from),
    knownTo: moment(known_to),
  }
}
