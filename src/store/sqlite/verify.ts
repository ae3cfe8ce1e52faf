import { Database } from 'bun:sqlite'
import type { CallId } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { type Findings, nameOf, type Step } from '../findings.ts'
import { amount, impossible } from '../impossible.ts'
import { columnNames, idBytes, recordOf } from './columns.ts'
import { inSnapshot, metaNumber } from './database.ts'
import { deletedThrough } from './loader.ts'
import { DoubtfulSums } from './verify-sums.ts'

/** Rows that are looked at in one go; then others have their turn. */
const lookRows = 4_000

/** More exchanges than any call has. */
const attemptsMax = 10_000

/** What an attempt should have cost; 'unchecked' when that cannot be told here. */
export type CostOf = (record: AttemptRecord) => Money | null | 'unchecked'

/** A call whose attempts have a gap, and those that are there. */
export interface Gap {
  readonly callId: CallId
  readonly missing: number
}

export interface RowsSeen {
  calls: number
  first: number | null
  last: number | null
  unknownOutcome: number
  unknownCost: number
  estimated: number
  costsUnchecked: number
  readonly gaps: Gap[]
}

/**
 * The ledger's database as whoever doubts it reads it: a connection of its own that cannot write.
 * Each look is a read transaction of some milliseconds, so that a gateway that runs meanwhile can
 * cut its log back.
 */
export class DoubtfulLedger {
  readonly sums: DoubtfulSums
  readonly #db: Database
  readonly #findings: Findings

  /** @throws Error when there is no database, or it cannot be read */
  constructor(path: string, findings: Findings) {
    this.#db = new Database(path, { readonly: true, strict: true, safeIntegers: true })
    this.#db.run('PRAGMA busy_timeout = 2000')
    this.#findings = findings
    this.sums = new DoubtfulSums(this.#db, findings)
  }

  close(): void {
    this.#db.close()
  }

  row(callId: CallId, attempt: number): AttemptRecord | null {
    const found = this.#db
      .query(`SELECT ${columnNames} FROM attempt WHERE call_id = ? AND attempt = ?`)
      .values(idBytes(callId), attempt)[0]
    return found ? recordOf(found) : null
  }

  isExpired(callId: CallId): boolean {
    const bound = deletedThrough(this.#db)
    return bound !== null && Buffer.compare(idBytes(callId), bound) <= 0
  }

  /** Frames that were kept as text because they are no row, by 'segment offset'. */
  rejected(): ReadonlySet<string> {
    const rows = this.#db.query('SELECT segment, offset FROM rejected').values()
    return new Set(rows.map(([segment, offset]) => `${String(segment)} ${String(offset)}`))
  }

  journalFaults(): number {
    return this.#count('SELECT COUNT(*) FROM journal_fault')
  }

  checkStructure(): void {
    this.#findings.looked('structure', this.#count('PRAGMA page_count'))
    try {
      for (const [says] of this.#db.query('PRAGMA integrity_check(20)').values()) {
        if (says !== 'ok') this.#findings.fail('structure', 'ledger.db', String(says))
      }
    } catch (error) {
      this.#findings.fail('structure', 'ledger.db', (error as Error).message)
    }
  }

  /** Each row by itself, and its place among the attempts of its call. */
  async checkRows(costOf: CostOf, step: Step): Promise<RowsSeen> {
    const of = metaNumber(this.#db, 'rows')
    const seen: RowsSeen = {
      calls: 0,
      first: null,
      last: null,
      unknownOutcome: 0,
      unknownCost: 0,
      estimated: 0,
      costsUnchecked: 0,
      gaps: [],
    }
    const noCall: { id: CallId | null; numbers: number[] } = { id: null, numbers: [] }
    let call = noCall
    const close = (): void => {
      if (call.id !== null) this.#numbered(call.id, call.numbers, seen)
    }
    let after: Uint8Array = new Uint8Array(0)
    let attempt = -1
    for (let done = 0; ;) {
      const rows = this.#db
        .query(
          `SELECT ${columnNames} FROM attempt WHERE (call_id, attempt) > (?, ?)
           ORDER BY call_id, attempt LIMIT ${lookRows}`,
        )
        .values(after, attempt)
      for (const values of rows) {
        const record = recordOf(values)
        this.#checkRow(record, costOf, seen)
        if (call.id === record.callId) call.numbers.push(record.attempt)
        else {
          close()
          call = { id: record.callId, numbers: [record.attempt] }
          seen.calls += 1
        }
      }
      done += rows.length
      if (rows.length < lookRows) break
      after = idBytes(call.id!)
      attempt = call.numbers.at(-1)!
      await step({ check: 'numbers', done, of: Math.max(of, done) })
    }
    close()
    return seen
  }

  /** As many rows as were counted. One transaction: rows come in meanwhile. */
  checkCounts(): void {
    const [real, counted] = inSnapshot(this.#db, () => [
      this.#count('SELECT COUNT(*) FROM attempt'),
      metaNumber(this.#db, 'rows'),
    ])
    this.#findings.looked('counts', counted)
    if (real !== counted) {
      const says = `${real} rows stand there, and ${counted} were counted`
      this.#findings.fail('counts', 'table attempt', says)
    }
  }

  #checkRow(record: AttemptRecord, costOf: CostOf, seen: RowsSeen): void {
    const findings = this.#findings
    findings.looked('numbers')
    const where = nameOf(record.callId, record.attempt)
    for (const says of impossible(record)) findings.fail('numbers', where, says)
    seen.first = Math.min(seen.first ?? record.at, record.at)
    seen.last = Math.max(seen.last ?? record.at, record.at)
    if (record.endState === 'unknown') seen.unknownOutcome += 1
    if (record.cost === null) seen.unknownCost += 1
    if (record.usageSource === 'estimate') seen.estimated += 1
    if (record.priceId === null) return
    const due = costOf(record)
    if (due === 'unchecked') seen.costsUnchecked += 1
    else {
      findings.looked('costs')
      if (due !== record.cost) {
        const says = `it cost ${amount(record.cost)}, and ${record.priceId} makes it ${amount(due)}`
        findings.fail('costs', where, says)
      }
    }
  }

  #numbered(callId: CallId, numbers: readonly number[], seen: RowsSeen): void {
    this.#findings.looked('attempts')
    const last = numbers.at(-1)!
    if (last > attemptsMax) {
      this.#findings.fail('attempts', callId, `it has an attempt ${last}`)
      return
    }
    for (let number = 1; number < last; number += 1) {
      if (!numbers.includes(number)) seen.gaps.push({ callId, missing: number })
    }
    if (new Set(numbers).size < numbers.length || numbers.some((number) => number < 0)) {
      const says = `its attempts are numbered ${numbers.join(', ')}`
      this.#findings.fail('attempts', callId, says)
    }
  }

  #count(sql: string): number {
    return Number((this.#db.query(sql).values()[0] as [bigint])[0])
  }
}
