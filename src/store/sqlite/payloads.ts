import type { Database, Statement } from 'bun:sqlite'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import { masked, type Masker } from '../mask.ts'
import type { DroppedPayload, Payload } from '../ports.ts'
import { byDay, dayOf } from './by-day.ts'
import { idBytes, putId } from './columns.ts'
import { cut, pieceMin } from './cut.ts'
import { inTransaction } from './database.ts'
import { DayEraser } from './day-eraser.ts'
import { hashOf, manifestOf, manifestOfOne, partsOf } from './manifest.ts'
import { packed, unpacked } from './pack.ts'
import { openPayloads } from './payload-file.ts'

/** Files that are open at once: today's, yesterday's, and one that somebody looks into. */
const openMax = 3
/** The size of all files is looked at again after this much. */
const lookBytes = 16_000_000

export interface FoundPayload {
  /** The parsed request; its text when it is no JSON; null when none was kept. */
  readonly request: unknown
  readonly answers: ReadonlyMap<number, string>
  readonly dropped: boolean
  readonly erased: boolean
}

/** A day that was deleted, and how many payloads with it. */
export interface DroppedDay {
  readonly day: string
  readonly payloads: number
}

/**
 * What was said, one SQLite file for each UTC day: to forget a day is to delete a file.
 *
 * The long pieces of a request are kept under their hash and once a day, so that a history which is
 * sent anew with each turn, a system prompt or a list of tools takes its place once. A row per
 * attempt has the answer, and says of which pieces the request is made. What is to be masked is
 * masked before it is hashed, so nothing else ever reaches the disk.
 */
export class PayloadFiles {
  readonly #folder: string
  readonly #masker: Masker | null
  readonly #bytesMax: number
  readonly #rest: () => void
  readonly #open = new Map<string, Database>()
  /** Days that somebody is being erased from. */
  readonly #erasing = new Map<string, DayEraser>()
  #bytesSinceLook = Infinity
  #full = false

  /**
   * @param masker  null: payloads that are to be masked cannot be kept
   * @param bytesMax  of all files together
   * @param rest  called behind each payload
   */
  constructor(
    folder: string,
    masker: Masker | null,
    bytesMax: number,
    rest: () => void = () => {},
  ) {
    this.#folder = folder
    this.#masker = masker
    this.#bytesMax = bytesMax
    this.#rest = rest
  }

  /**
   * Keeps payloads, in one transaction a day.
   * @returns how many were kept; the others found no room
   * @throws SQLiteError when they cannot be written
   */
  keep(payloads: readonly Payload[]): number {
    if (this.#full) return 0
    let kept = 0
    for (const [start, ofDay] of byDay(payloads)) {
      const day = dayOf(start)
      const db = this.#file(day)
      kept += inTransaction(db, () => {
        const insert = db.query<unknown, InsertedPayload>(insertManifest)
        let count = 0
        for (const payload of ofDay) {
          if (this.#put(payload, { db, day, insert })) count += 1
          this.#rest()
        }
        return count
      })
    }
    return kept
  }

  /** Notes that these were not kept, so that a look for them can say so. @throws SQLiteError */
  note(dropped: readonly DroppedPayload[]): void {
    for (const [day, ofDay] of Map.groupBy(dropped, ({ at }) => dayOf(at))) {
      const db = this.#file(day)
      inTransaction(db, () => {
        for (const { callId, attempt } of ofDay) {
          db.query(insertManifest).run(idBytes(callId), attempt, null, null)
        }
      })
    }
  }

  /** @throws SQLiteError when a file is damaged */
  find(callId: CallId, times: readonly Instant[]): FoundPayload | null {
    const days = new Set(times.map(dayOf))
    const rows = [...days]
      .filter((day) => existsSync(this.#path(day)))
      .flatMap((day) => {
        const db = this.#file(day)
        return db
          .query<Manifest, [Uint8Array]>(selectManifest)
          .all(idBytes(callId))
          .map((row) => ({
            attempt: Number(row.attempt),
            erased: row.request !== null && row.request.length === 0,
            request: row.request && joined(db, row.request),
            answer: row.answer && unpacked(row.answer).toString('utf8'),
          }))
      })
    if (rows.length === 0) return null
    const request = rows.find((row) => row.request !== null && !row.erased)?.request ?? null
    const answers = rows.flatMap(({ attempt, answer }) =>
      answer === null ? [] : [[attempt, answer] as const],
    )
    return {
      request: request === null ? null : valueOf(request),
      answers: new Map(answers),
      dropped: rows.every((row) => row.request === null && row.answer === null),
      erased: rows.some((row) => row.erased),
    }
  }

  /** The days of which there is a file, the oldest first. */
  days(): readonly string[] {
    return this.#days()
  }

  /** Erases from one day; end it with `erased`. */
  erasing(day: string): DayEraser {
    const eraser = new DayEraser(() => (existsSync(this.#path(day)) ? this.#file(day) : null))
    this.#erasing.set(day, eraser)
    return eraser
  }

  erased(day: string): void {
    this.#erasing.delete(day)
  }

  /** Deletes days that are older than an instant. */
  dropBefore(before: Instant): DroppedDay[] {
    const first = dayOf(before)
    return this.#days()
      .filter((day) => day < first)
      .map((day) => this.#drop(day))
  }

  /**
   * Deletes the oldest days until all files are within their cap. Today's stays: when it is too large
   * alone, nothing more is kept until tomorrow.
   * @param force  look at the sizes now, not only when much was written
   */
  dropOverCap(now: Instant, force = false): DroppedDay[] {
    if (!force && this.#bytesSinceLook < lookBytes) return []
    this.#bytesSinceLook = 0
    const dropped: DroppedDay[] = []
    const past = this.#days().filter((day) => day < dayOf(now))
    let bytes = this.bytes()
    for (const day of past) {
      if (bytes <= this.#bytesMax) break
      dropped.push(this.#drop(day))
      bytes = this.bytes()
    }
    this.#full = bytes > this.#bytesMax
    return dropped
  }

  /** Of all files on the disk. */
  bytes(): number {
    return names(this.#folder)
      .map((name) => statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0)
  }

  close(): void {
    for (const db of this.#open.values()) db.close()
    this.#open.clear()
  }

  /** False when there was nothing to keep, or no way to mask it. */
  #put(payload: Payload, day: OpenDay): boolean {
    if (payload.request === null && payload.answer === null) return false
    const toKeep = this.#masked(payload)
    if (!toKeep) return false
    const { callId, attempt, request, answer } = toKeep
    this.#bytesSinceLook += (request?.length ?? 0) + (answer?.length ?? 0)
    const { changes } = day.insert.run(
      putId(callId, idBinding),
      attempt,
      request === null ? null : packed(this.#manifest(day, request)),
      answer === null ? null : packed(bytesOf(answer)),
    )
    return changes > 0
  }

  /** Null when it cannot be masked: then it is not kept at all. */
  #masked(payload: Payload): Payload | null {
    if (payload.mode === 'full') return payload
    try {
      return this.#masker && masked(payload, this.#masker)
    } catch {
      return null
    }
  }

  #manifest(day: OpenDay, request: string): Buffer {
    if (request.length < pieceMin) return manifestOfOne(request)
    return manifestOf(
      cut(request).map((piece) =>
        piece.length >= pieceMin
          ? { isHash: true, bytes: this.#keepPiece(day, piece) }
          : { isHash: false, bytes: Buffer.from(piece) },
      ),
    )
  }

  /** Keeps a piece, unless this day has it already. @returns its hash */
  #keepPiece({ db, day }: OpenDay, piece: string): Buffer {
    const hash = hashOf(piece)
    this.#erasing.get(day)?.isNeeded(hash)
    if (!db.query('SELECT 1 FROM piece WHERE hash = ?').get(hash)) {
      const bytes = packed(Buffer.from(piece))
      db.query('INSERT INTO piece (hash, bytes) VALUES (?, ?)').run(hash, bytes)
    }
    return hash
  }

  #file(day: string): Database {
    const known = this.#open.get(day)
    if (known) {
      // To the end of the map: the first is the one not used for longest.
      this.#open.delete(day)
      this.#open.set(day, known)
      return known
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const db = openPayloads(this.#path(day))
    this.#open.set(day, db)
    if (this.#open.size > openMax) this.#close(this.#open.keys().next().value!)
    return db
  }

  #close(day: string): void {
    this.#open.get(day)?.close()
    this.#open.delete(day)
  }

  #drop(day: string): DroppedDay {
    const payloads = this.#count(day)
    this.#close(day)
    for (const end of ['', '-wal', '-shm']) rmSync(this.#path(day) + end, { force: true })
    return { day, payloads }
  }

  /** 0 for a file that is damaged. */
  #count(day: string): number {
    try {
      return Number(this.#file(day).query('SELECT COUNT(*) FROM manifest').values()[0]?.[0] ?? 0)
    } catch {
      return 0
    }
  }

  /** The oldest first. */
  #days(): string[] {
    return names(this.#folder)
      .flatMap((name) => /^(\d{4}-\d\d-\d\d)\.db$/.exec(name)?.[1] ?? [])
      .toSorted()
  }

  #path(day: string): string {
    return join(this.#folder, `${day}.db`)
  }
}

/** The file of a day while payloads are put into it. */
interface OpenDay {
  readonly db: Database
  readonly day: string
  readonly insert: Statement<unknown, InsertedPayload>
}

/** Short ones are good until the next: to make room for each takes as long as to write it. */
function bytesOf(answer: string): Buffer {
  if (answer.length > shortMax) return Buffer.from(answer)
  return answerBinding.subarray(0, answerBinding.write(answer))
}

const shortMax = 2_000
/** Filled anew for each payload. */
const answerBinding = Buffer.allocUnsafeSlow(3 * shortMax)
const idBinding = new Uint8Array(16)

type InsertedPayload = [
  callId: Uint8Array,
  attempt: number,
  request: Uint8Array | null,
  answer: Uint8Array | null,
]

interface Manifest {
  readonly attempt: bigint
  readonly request: Uint8Array | null
  readonly answer: Uint8Array | null
}

const insertManifest =
  'INSERT INTO manifest (call_id, attempt, request, answer) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'

const selectManifest =
  'SELECT attempt, request, answer FROM manifest WHERE call_id = ? ORDER BY attempt'

/** The text that a manifest stands for. @throws Error when a piece is gone */
function joined(db: Database, stored: Uint8Array): string {
  const parts = [...partsOf(stored)].map(({ isHash, bytes }) =>
    isHash ? pieceOf(db, bytes) : bytes,
  )
  return Buffer.concat(parts).toString('utf8')
}

function pieceOf(db: Database, hash: Buffer): Buffer {
  const [row] = db.query('SELECT bytes FROM piece WHERE hash = ?').values(hash)
  if (!row) throw new Error(`The piece ${hash.toString('hex')} is gone.`)
  return unpacked(row[0] as Uint8Array)
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
