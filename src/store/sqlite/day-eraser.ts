import type { Database } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import { idBytes } from './columns.ts'
import { cutLog, inTransaction } from './database.ts'
import { hashesIn } from './manifest.ts'

/** Calls that are looked up, and rows that are changed, in one go: some milliseconds each. */
const callCount = 50
/** Rows of others that are looked through in one go. */
const lookCount = 500

/** A day's payload file, as it is now: null when it was deleted meanwhile. */
export type OpenDay = () => Database | null

/**
 * Erases calls from the payloads of one day. Pieces go first and rows last, so that whoever begins again
 * after a crash still knows from the rows which pieces there were.
 *
 * A piece that a row of somebody else needs stays. Payloads may be kept between two steps: those that find
 * one of these pieces there say so by `isNeeded`.
 */
export class DayEraser {
  readonly #open: OpenDay
  /** Calls of which something is there, by their ids as bytes in hex. */
  readonly #calls = new Set<string>()
  /** Hashes in hex of pieces that no other call is known to need. */
  readonly #pieces = new Set<string>()

  constructor(open: OpenDay) {
    this.#open = open
  }

  get calls(): number {
    return this.#calls.size
  }

  get pieces(): number {
    return this.#pieces.size
  }

  /** Takes calls in, of which there may be nothing here. @throws SQLiteError, Error when a row is damaged */
  take(ids: readonly CallId[]): void {
    const db = this.#open()
    if (!db) return
    const select = db.query<{ request: Uint8Array | null }, [Uint8Array]>(selectWords)
    for (const id of ids) {
      const key = idBytes(id)
      const rows = select.all(key)
      if (rows.length === 0) continue
      this.#calls.add(Buffer.from(key).toString('hex'))
      for (const { request } of rows) {
        if (request === null) continue
        for (const hash of hashesIn(request)) this.#pieces.add(hash)
      }
    }
  }

  /** A payload that was kept just now needs this piece. */
  isNeeded(hash: Buffer): void {
    this.#pieces.delete(hash.toString('hex'))
  }

  /** Looks for others that need the same pieces; yields how far through the day it is. */
  *spare(): Generator<number> {
    let after: Row | null = null
    while (this.#pieces.size > 0) {
      const db = this.#open()
      if (!db) return
      const rows: readonly Row[] = db
        .query<Row, [Uint8Array, number | bigint, number]>(selectRows)
        .all(after?.call_id ?? new Uint8Array(), after?.attempt ?? -1, lookCount)
      for (const { call_id: id, request } of rows) {
        if (request === null || this.#calls.has(Buffer.from(id).toString('hex'))) continue
        for (const hash of hashesIn(request)) this.#pieces.delete(hash)
      }
      after = rows.at(-1) ?? null
      if (after === null || rows.length < lookCount) return
      yield shareOfDay(after.call_id)
    }
  }

  /** Overwrites what was taken in and is needed by nobody else. @throws SQLiteError */
  *erase(): Generator<number> {
    const whole = this.#pieces.size + this.#calls.size
    let done = 0
    for (const some of inParts([...this.#pieces])) {
      const db = this.#open()
      if (!db) return
      inTransaction(db, () => {
        for (const hash of some) {
          // Somebody may have come to need it since.
          if (this.#pieces.has(hash)) db.query(deletePiece).run(Buffer.from(hash, 'hex'))
        }
      })
      done += some.length
      yield done / whole
    }
    for (const some of inParts([...this.#calls])) {
      const db = this.#open()
      if (!db) return
      inTransaction(db, () => {
        for (const id of some) db.query(eraseRows).run(Buffer.from(id, 'hex'))
      })
      done += some.length
      yield done / whole
    }
    const db = this.#open()
    if (db) cutLog(db)
  }
}

interface Row {
  readonly call_id: Uint8Array
  readonly attempt: bigint
  readonly request: Uint8Array | null
}

const selectWords = `SELECT request FROM manifest
  WHERE call_id = ? AND (length(request) > 0 OR answer IS NOT NULL)`

const selectRows = `SELECT call_id, attempt, request FROM manifest
  WHERE (call_id, attempt) > (?, ?) ORDER BY call_id, attempt LIMIT ?`

const deletePiece = 'DELETE FROM piece WHERE hash = ?'

/** The row stays: it says that something was there, and refuses what comes late for the same attempt. */
const eraseRows = `UPDATE manifest SET request = x'', answer = NULL
  WHERE call_id = ? AND (length(request) > 0 OR answer IS NOT NULL)`

const dayMs = 86_400_000

/** Ids begin with the time of the call in milliseconds. */
function shareOfDay(id: Uint8Array): number {
  const ms = Buffer.from(id.buffer, id.byteOffset, id.length).readUIntBE(0, 6)
  return (ms % dayMs) / dayMs
}

function* inParts(all: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < all.length; at += callCount) yield all.slice(at, at + callCount)
}
