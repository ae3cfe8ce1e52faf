import { mkdirSync } from 'node:fs'
import { type Clock, systemClock, systemTimers, type Timer, type Timers } from '../../core/clock.ts'
import { type GatewayError, ledgerUnavailable } from '../../core/errors.ts'
import { newCallId } from '../../core/ids.ts'
import type { AttemptRecord, Intent } from '../../core/record.ts'
import type { LedgerWriter } from '../ports.ts'
import { encodeIntent, encodeRecord } from './codec.ts'
import { type JournalFiles, systemFiles } from './files.ts'
import { fittingText } from './fitting.ts'
import { Block, headBytes } from './frame.ts'
import { encodeLink, hashOf, type Link, noSegmentBefore } from './link.ts'
import { laneStart } from '../lanes.ts'
import { encodeHead, segmentNumbers, segmentPath } from './segment.ts'
import { cutTornTail } from './tail.ts'

export interface JournalOptions {
  readonly folder: string
  /** Each thread that serves has a lane of its own; 0 where there is one alone. */
  readonly lane?: number
  /** The first segment gets a number above this one, and above every segment there is. */
  readonly after?: number
  readonly clock?: Clock
  readonly timers?: Timers
  readonly files?: JournalFiles
  /** A segment is closed when it has grown to this. */
  readonly segmentBytesMax?: number
  /** What may wait in memory while nothing can be written. */
  readonly queueBytesMax?: number
  /**
   * What becomes of calls while nothing can be written: 'refuse', the usual, turns them away; 'serve'
   * lets them go on as long as there is room in memory, where a death of the process loses their rows.
   */
  readonly whenUnavailable?: 'refuse' | 'serve'
  /** Something was written: whoever reads the journal may look. */
  readonly onWritten?: () => void
  /** The journal cannot be written, and why; null when it can again. */
  readonly onFault?: (error: Error | null) => void
}

export interface JournalStats {
  readonly queuedBytes: number
  /** Records that found no room while nothing could be written. Their intents come back as unknown. */
  readonly recordsLost: number
  readonly writes: number
  readonly faults: number
  readonly slowestWriteUs: number
}

const blockBytes = 1024 * 1024
const burstBytes = 4 * blockBytes
const retryMsMin = 100
const retryMsMax = 2000
/** After so many failures it is left to the timer: a sick disk holds up this thread with every try. */
const failuresMax = 3

/**
 * Writes the journal, on the thread that serves calls: what is taken during one turn of the event
 * loop is encoded at once and written by one system call when the turn ends. `kill -9` after
 * `flushed()` loses nothing; a power cut may lose what another thread has not synced yet.
 *
 * When a write fails the file is cut back to the last whole frame, nothing that was taken is
 * forgotten, and the write is tried again with the next turns, then by a timer.
 * @see docs/decisions/0004-ledger.md
 */
export class JournalWriter implements LedgerWriter {
  readonly #folder: string
  readonly #files: JournalFiles
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #segmentBytesMax: number
  readonly #queueBytesMax: number
  readonly #serves: boolean
  readonly #onWritten: () => void
  readonly #onFault: (error: Error | null) => void
  readonly #run = newCallId().replaceAll('-', '')

  /** The last number that was used; the open segment has it, unless a newer one could not be begun. */
  #number: number
  #writing = 0
  #fd = -1
  /** Bytes of whole frames in the open segment. */
  #size = 0
  /** Of these bytes; the segment that comes next begins with it. */
  #hash: Bun.CryptoHasher | null = null
  /** Above this a new segment is begun. */
  #rotateAt: number
  /** The last write failed and its bytes could not be cut off: they have to go before the next one. */
  #ragged = false

  /** Frames that are not written yet; they are added to the last block. */
  #queue: Block[] = []
  #queuedBytes = 0
  /** Kept from one turn to the next, so that a turn makes no garbage. */
  #spare: Block | null = new Block(blockBytes)

  #turn: PromiseWithResolvers<void> | null = null
  #scheduled = false
  readonly #endTurn = (): void => {
    this.#scheduled = false
    this.#commit()
  }
  #retry: Timer | null = null
  #retryMs = retryMsMin
  /** Since the last write that went well. */
  #failures = 0
  #fault: Error | null = null
  /** A record found no room since the last write. */
  #overflow = false
  #closed = false

  #recordsLost = 0
  #writes = 0
  #faults = 0
  #slowestWriteUs = 0

  /**
   * Cuts the torn end of the last segment and begins a new one.
   * Only the owner of the store may do this: see `sqlite/lock.ts`.
   * @throws Error when the folder cannot be written
   */
  constructor(options: JournalOptions) {
    this.#folder = options.folder
    this.#files = options.files ?? systemFiles
    this.#clock = options.clock ?? systemClock
    this.#timers = options.timers ?? systemTimers
    this.#segmentBytesMax = options.segmentBytesMax ?? 64 * 1024 * 1024
    this.#queueBytesMax = options.queueBytesMax ?? 64 * 1024 * 1024
    this.#serves = options.whenUnavailable === 'serve'
    this.#onWritten = options.onWritten ?? (() => {})
    this.#onFault = options.onFault ?? (() => {})
    this.#rotateAt = this.#segmentBytesMax
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const lane = options.lane ?? 0
    cutTornTail(this.#folder, lane)
    const last = segmentNumbers(this.#folder, lane).at(-1) ?? laneStart(lane)
    const before = hashOf(this.#folder, last)
    this.#number = Math.max(options.after ?? 0, last)
    this.#begin(
      before
        ? { segment: last, bytes: before.bytes, sha256: before.hash.digest('hex') }
        : noSegmentBefore,
    )
  }

  /** @throws ledger_unavailable when nothing can be written and the queue is half full */
  intend(intent: Intent): void {
    // The other half is kept for the records of calls that are already under way.
    if (this.#closed || this.#queuedBytes > this.#queueBytesMax / 2) throw this.#unavailable()
    this.#take(fittingText(intent, encodeIntent))
  }

  append(record: AttemptRecord): void {
    if (this.#closed || this.#queuedBytes > this.#queueBytesMax) {
      this.#recordsLost += 1
      this.#overflow = true
      return
    }
    this.#take(fittingText(record, encodeRecord))
  }

  flushed(): Promise<void> {
    if (this.#queue.length === 0 && !this.#overflow) return done
    if (this.#overflow) return Promise.reject(this.#unavailable())
    if (this.#resting) return this.#serves ? done : Promise.reject(this.#unavailable())
    this.#turn ??= Promise.withResolvers()
    this.#schedule()
    return this.#turn.promise
  }

  /**
   * Writes what was taken, and takes nothing any more.
   * @throws ledger_unavailable when it cannot be written
   */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#commit()
    this.#timers.stop(this.#retry)
    this.#files.close(this.#fd)
    this.#fd = -1
    if (this.#queue.length > 0) throw this.#unavailable()
  }

  stats(): JournalStats {
    return {
      queuedBytes: this.#queuedBytes,
      recordsLost: this.#recordsLost,
      writes: this.#writes,
      faults: this.#faults,
      slowestWriteUs: this.#slowestWriteUs,
    }
  }

  #take(text: string): void {
    const last = this.#queue.at(-1)
    const before = last?.used ?? 0
    if (last?.add(text)) this.#queuedBytes += last.used - before
    else {
      const block = this.#blockFor(text)
      block.add(text)
      this.#queue.push(block)
      this.#queuedBytes += block.used
    }
    // So much in one turn is not left to its end, unless there is no writing anyway.
    if (this.#queuedBytes > burstBytes && !this.#fault) this.#commit()
    else this.#schedule()
  }

  #blockFor(text: string): Block {
    const bytesMax = text.length * 3 + headBytes
    if (bytesMax > blockBytes) return new Block(bytesMax)
    const block = this.#spare ?? new Block(blockBytes)
    this.#spare = null
    return block
  }

  /** Nothing is written until the timer tries again. */
  get #resting(): boolean {
    return this.#retry !== null && this.#failures >= failuresMax
  }

  #schedule(): void {
    if (this.#scheduled || this.#resting) return
    this.#scheduled = true
    setImmediate(this.#endTurn)
  }

  #commit(): void {
    // Closed: the number of its file may be another's by now.
    if (this.#queue.length === 0 || this.#fd === -1) return
    let trouble: Error | null = null
    try {
      if (this.#ragged) this.#mend()
      if (this.#size >= this.#rotateAt) trouble = this.#rotate()
      while (this.#queue.length > 0) this.#writeFirst()
    } catch (error) {
      this.#failed(error as Error)
      return
    }
    this.#retryMs = retryMsMin
    this.#failures = 0
    this.#overflow = this.#closed && this.#overflow
    this.#turn?.resolve()
    this.#turn = null
    this.#report(trouble)
    this.#onWritten()
  }

  #writeFirst(): void {
    const block = this.#queue[0]!
    const started = this.#clock.elapsedUs()
    const bytes = block.bytes.subarray(0, block.used)
    this.#put(this.#fd, bytes, this.#size)
    this.#hash?.update(bytes)
    this.#slowestWriteUs = Math.max(this.#slowestWriteUs, this.#clock.elapsedUs() - started)
    this.#writes += 1
    this.#size += block.used
    this.#queuedBytes -= block.used
    this.#queue.shift()
    if (block.bytes.length !== blockBytes) return
    block.used = 0
    this.#spare = block
  }

  #put(fd: number, bytes: Uint8Array, position: number): void {
    let left = bytes
    let at = position
    while (left.length > 0) {
      const written = this.#files.write(fd, left, at)
      if (written === 0) throw new Error('The file system took no bytes.')
      if (written === left.length) return
      left = left.subarray(written)
      at += written
    }
  }

  #failed(error: Error): void {
    this.#faults += 1
    try {
      this.#files.truncate(this.#fd, this.#size)
      this.#ragged = false
    } catch {
      this.#ragged = true
    }
    this.#failures += 1
    this.#retryLater()
    // What was taken waits in memory, and who serves all the same need not know.
    if (this.#serves && !this.#closed) this.#turn?.resolve()
    else this.#turn?.reject(ledgerUnavailable().because(error))
    this.#turn = null
    this.#report(error)
  }

  #retryLater(): void {
    if (this.#retry !== null || this.#closed) return
    this.#retry = this.#timers.start(this.#retryMs, () => {
      this.#retry = null
      this.#commit()
    })
    this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax)
  }

  /**
   * Half a block stands at the end of the file. It is cut off; where even that fails a new segment
   * is begun, and what is written twice then is counted once, because a row has one key.
   * @throws Error when neither is possible
   */
  #mend(): void {
    try {
      this.#files.truncate(this.#fd, this.#size)
    } catch {
      this.#begin(this.#link())
    }
    this.#ragged = false
  }

  /** A segment that cannot be closed is written on. Returns why. */
  #rotate(): Error | null {
    try {
      this.#begin(this.#link())
      return null
    } catch (error) {
      this.#faults += 1
      this.#rotateAt = this.#size + this.#segmentBytesMax / 16
      return error as Error
    }
  }

  /** What the segment that comes next says of this one. */
  #link(): Link {
    const sha256 = this.#hash?.copy().digest('hex') ?? ''
    return { segment: this.#writing, bytes: this.#size, sha256 }
  }

  #begin(link: Link): void {
    const number = this.#number + 1
    const path = segmentPath(this.#folder, number)
    const first = new Block(256)
    first.add(encodeLink(link))
    const bytes = Buffer.concat([
      encodeHead({ number, createdAt: this.#clock.now(), run: this.#run }),
      first.bytes.subarray(0, first.used),
    ])
    const fd = this.#files.create(path)
    try {
      this.#put(fd, bytes, 0)
    } catch (error) {
      this.#files.close(fd)
      try {
        this.#files.remove(path)
      } catch {
        this.#number = number // it stays as it is, and its number is not used again
      }
      throw error
    }
    const old = this.#fd
    this.#fd = fd
    this.#number = number
    this.#writing = number
    this.#size = bytes.length
    this.#hash = new Bun.CryptoHasher('sha256').update(bytes)
    this.#rotateAt = this.#segmentBytesMax
    if (old !== -1) this.#files.close(old)
  }

  /** Tells the owner when something changed, not with every turn. */
  #report(fault: Error | null): void {
    const news = fault?.message !== this.#fault?.message
    this.#fault = fault
    if (news) this.#onFault(fault)
  }

  #unavailable(): GatewayError {
    return ledgerUnavailable().because(this.#fault)
  }
}

const done = Promise.resolve()
