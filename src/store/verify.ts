import { join } from 'node:path'
import type { AttemptRecord } from '../core/record.ts'
import type { Cursor, Entry } from './entry.ts'
import { recordFields } from './fields.ts'
import { Findings, type LedgerReport, nameOf, type Step } from './findings.ts'
import { JournalReader } from './journal/reader.ts'
import { lanesIn } from './journal/segment.ts'
import { verifyChain } from './journal/verify.ts'
import { keptRecord } from './kept.ts'
import { laneStart } from './lanes.ts'
import { journalFolder } from './folders.ts'
import { unknownOutcome } from './sqlite/loader.ts'
import { type CostOf, DoubtfulLedger, type RowsSeen } from './sqlite/verify.ts'

export interface VerifyOptions {
  /** The store's folder. */
  readonly folder: string
  /** A gateway writes meanwhile: what is under way is no fault, and the loader may be behind. */
  readonly live: boolean
  readonly costOf: CostOf
  readonly step: Step
  readonly sleep?: (ms: number) => Promise<void>
}

/** So long the loader may lag behind the journal before a record counts as missing. */
const lagMs = 10_000
const lookMs = 100

/**
 * Checks all that has to hold of a ledger: each row by itself, rows against the journal, sums against
 * rows, and the journal against itself. Nothing is written.
 * @throws Error when the folder holds no ledger, or `step` stops it
 * @see docs/decisions/0004-ledger.md
 */
export async function verifyLedger(options: VerifyOptions): Promise<LedgerReport> {
  const { folder, step } = options
  const findings = new Findings()
  const ledger = new DoubtfulLedger(join(folder, 'ledger.db'), findings)
  try {
    await step({ check: 'structure', done: 0, of: null })
    ledger.checkStructure()
    const seen = await ledger.checkRows(options.costOf, step)
    await step({ check: 'chain', done: 0, of: null })
    const chain = verifyChain(journalFolder(folder))
    findings.looked('chain', chain.segments - chain.unlinked)
    for (const { segment, says } of chain.faults) findings.fail('chain', `segment ${segment}`, says)
    const journal = await new JournalCheck(options, ledger, findings).run()
    tellGaps(seen, ledger, findings, journal.underWay)
    ledger.checkCounts()
    const expired = await ledger.sums.checkHours(step)
    await ledger.sums.checkDays(step)
    const checks = findings.results()
    const { calls, first, last, unknownOutcome, unknownCost, estimated, costsUnchecked } = seen
    return {
      ok: checks.every(({ failed }) => failed === 0),
      checks,
      completeness: {
        rows: checks.find(({ check }) => check === 'numbers')!.looked,
        calls,
        first,
        last,
        unknownOutcome,
        unknownCost,
        estimated,
        expired,
        rejected: ledger.rejected().size,
        journalFaults: ledger.journalFaults(),
        segments: chain.segments,
        segmentsUnlinked: chain.unlinked,
        rowsInJournal: journal.rows,
        underWay: journal.underWay.size,
        costsUnchecked,
      },
    }
  } finally {
    ledger.close()
  }
}

/** An attempt that is missing in the table is a gap, unless it is still under way. */
function tellGaps(
  { gaps }: RowsSeen,
  ledger: DoubtfulLedger,
  findings: Findings,
  underWay: ReadonlySet<string>,
): void {
  for (const { callId, missing } of gaps) {
    if (underWay.has(keyOf(callId, missing)) || ledger.row(callId, missing)) continue
    findings.fail('attempts', callId, `its attempt ${missing} is not there`)
  }
}

interface JournalSeen {
  /** Records that have their row. */
  readonly rows: number
  readonly underWay: ReadonlySet<string>
}

type OpenIntent = Extract<Entry, { kind: 'intent' }>

/** Holds the database against what the journal still has. */
class JournalCheck {
  readonly #options: VerifyOptions
  readonly #ledger: DoubtfulLedger
  readonly #findings: Findings
  readonly #rejected: ReadonlySet<string>
  /** Intents without a record so far, of the writer that is being read. */
  readonly #open = new Map<string, OpenIntent>()
  readonly #underWay = new Set<string>()
  /** Those of a writer that is gone, without a row so far. */
  readonly #left: OpenIntent[] = []
  /** Records without a row so far, of a table that may still be filled. */
  readonly #late: AttemptRecord[] = []
  #rows = 0

  constructor(options: VerifyOptions, ledger: DoubtfulLedger, findings: Findings) {
    this.#options = options
    this.#ledger = ledger
    this.#findings = findings
    this.#rejected = ledger.rejected()
  }

  async run(): Promise<JournalSeen> {
    const folder = journalFolder(this.#options.folder)
    for (const lane of lanesIn(folder)) {
      await this.#readLane(folder, lane)
      if (this.#options.live) for (const key of this.#open.keys()) this.#underWay.add(key)
      else this.#overFor()
      this.#open.clear()
    }
    if (this.#options.live) await this.#waitForLoader()
    for (const record of this.#late) this.#missing(record)
    for (const intent of this.#left) this.#unbooked(intent)
    return { rows: this.#rows, underWay: this.#underWay }
  }

  async #readLane(folder: string, lane: number): Promise<void> {
    const { live, step } = this.#options
    const reader = new JournalReader(folder, lane)
    try {
      let cursor: Cursor = { segment: laneStart(lane), offset: 0 }
      const bytes = reader.bytesAfter(cursor)
      let run: string | null = null
      for (let done = 0; ;) {
        const batch = reader.read(cursor, !live)
        if (batch.run !== null && run !== null && batch.run !== run) this.#overFor()
        run = batch.run ?? run
        for (const { kind, start, bytes: length } of batch.faults) {
          const where = placeOf(start)
          // What a write left that failed is behind the bytes that the next segment's link counts.
          const isLast = batch.next.segment === start.segment
          if (kind === 'torn' && !isLast) continue
          // Beside a gateway old segments are deleted as this is read; the chain tells what else is gone.
          if (kind === 'missing' && live) continue
          this.#findings.fail('frames', where, said[kind](length))
        }
        for (const entry of batch.entries) this.#take(entry)
        const { segment, offset } = batch.next
        if (segment === cursor.segment) done += Math.max(0, offset - cursor.offset)
        cursor = batch.next
        if (!batch.more) break
        await step({ check: 'records', done, of: Math.max(bytes, done) })
      }
    } finally {
      reader.close()
    }
  }

  #take(entry: Entry): void {
    this.#findings.looked('frames')
    const at = placeOf(entry.start)
    if (entry.kind === 'strange') {
      if (!this.#isRejected(entry.start))
        this.#findings.fail('frames', at, 'it is neither an intent nor a record')
      return
    }
    if (entry.kind === 'intent') {
      this.#findings.looked('intents')
      this.#open.set(entry.key, entry)
      return
    }
    this.#open.delete(entry.key)
    this.#findings.looked('records')
    let record: AttemptRecord
    try {
      record = keptRecord(entry.read())
    } catch (error) {
      if (!this.#isRejected(entry.start))
        this.#findings.fail('records', at, `it is no record: ${(error as Error).message}`)
      return
    }
    const row = this.#ledger.row(record.callId, record.attempt)
    if (row) this.#compare(record, row)
    else if (this.#options.live) this.#late.push(record)
    else this.#missing(record)
  }

  #compare(record: AttemptRecord, row: AttemptRecord): void {
    this.#rows += 1
    const differing = (Object.keys(recordFields) as (keyof AttemptRecord)[]).filter(
      (field) => !isSame(record[field], row[field]),
    )
    if (differing.length === 0) return
    const says = differing
      .map((field) => `${field} ${shown(row[field])} instead of ${shown(record[field])}`)
      .join(', ')
    const where = nameOf(record.callId, record.attempt)
    this.#findings.fail('records', where, `its row has ${says}`)
  }

  #missing({ callId, attempt }: AttemptRecord): void {
    if (this.#ledger.isExpired(callId)) return
    this.#findings.fail('records', nameOf(callId, attempt), 'it has no row')
  }

  /** Who wrote is gone: what it left open has to be booked as unknown. */
  #overFor(): void {
    for (const entry of this.#open.values()) if (!this.#isBooked(entry)) this.#left.push(entry)
    this.#open.clear()
  }

  #isBooked({ start, read }: OpenIntent): boolean {
    try {
      const intent = read()
      const { callId, attempt } = intent
      const row = this.#ledger.row(callId, attempt)
      if (row) this.#compare(keptRecord(unknownOutcome(intent)), row)
      return row !== null || this.#ledger.isExpired(callId)
    } catch (error) {
      if (this.#isRejected(start)) return true
      const says = `it is no intent: ${(error as Error).message}`
      this.#findings.fail('intents', placeOf(start), says)
      return true
    }
  }

  #unbooked({ read }: OpenIntent): void {
    const { callId, attempt } = read()
    const says = 'it was begun, and neither ended nor counted as unknown'
    this.#findings.fail('intents', nameOf(callId, attempt), says)
  }

  /** What was written lately is on its way into the table. */
  async #waitForLoader(): Promise<void> {
    const sleep = this.#options.sleep ?? Bun.sleep
    const waiting = (): number => this.#late.length + this.#left.length
    for (let waited = 0; waited < lagMs && waiting() > 0; waited += lookMs) {
      const late = this.#late.splice(0)
      for (const record of late) {
        const row = this.#ledger.row(record.callId, record.attempt)
        if (row) this.#compare(record, row)
        else this.#late.push(record)
      }
      const left = this.#left.splice(0)
      this.#left.push(...left.filter((intent) => !this.#isBooked(intent)))
      if (waiting() === 0) return
      await sleep(lookMs)
      await this.#options.step({ check: 'records', done: 0, of: null })
    }
  }

  #isRejected({ segment, offset }: Cursor): boolean {
    return this.#rejected.has(`${segment} ${offset}`)
  }
}

const said = {
  corrupt: (bytes: number) => `${bytes} bytes hold no frame that can be read`,
  torn: (bytes: number) =>
    `the last ${bytes} bytes hold no whole frame: damage, or what a power cut left`,
  missing: () => 'the segment is gone',
}

function placeOf({ segment, offset }: Cursor): string {
  return `segment ${segment} byte ${offset}`
}

/** As the journal's frames name an attempt: see `headOf`. */
function keyOf(callId: string, attempt: number): string {
  return `${callId}",${attempt}`
}

function isSame(one: AttemptRecord[keyof AttemptRecord], other: typeof one): boolean {
  if (typeof one === 'object' && one !== null && typeof other === 'object' && other !== null)
    return JSON.stringify(one) === JSON.stringify(other)
  return Object.is(one, other)
}

function shown(value: AttemptRecord[keyof AttemptRecord]): string {
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
