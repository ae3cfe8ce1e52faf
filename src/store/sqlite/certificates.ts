import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import { type CertificateDraft, type CertificateRow, linkedTo } from '../certificate.ts'
import { inTransaction } from './database.ts'

export function addCertificate(db: Database, draft: CertificateDraft): CertificateRow {
  return inTransaction(db, () => {
    const last = db.query<Stored, []>('SELECT * FROM certificate ORDER BY seq DESC LIMIT 1').get()
    const row = linkedTo(last === null ? null : rowOf(last), draft)
    db.query(
      `INSERT INTO certificate (seq, at, task, body, previous, hash)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
    ).run(row.seq, row.at, row.task, row.body, row.previous, row.hash)
    return row
  })
}

/** The first link first. */
export function certificates(db: Database): CertificateRow[] {
  return db.query<Stored, []>('SELECT * FROM certificate ORDER BY seq').all().map(rowOf)
}

interface Stored {
  readonly seq: bigint
  readonly at: bigint
  readonly task: string
  readonly body: string
  readonly previous: string
  readonly hash: string
}

function rowOf({ seq, at, task, body, previous, hash }: Stored): CertificateRow {
  return { seq: Number(seq), at: Number(at) as Instant, task, body, previous, hash }
}
