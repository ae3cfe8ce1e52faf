import { closeSync, fstatSync, readSync, statSync } from 'node:fs'
import type { Batch, Cursor, Entry, JournalFault } from '../entry.ts'
import { decodeIntent, decodeRecord, headOf } from './codec.ts'
import { frameEnd, headBytes, nextFrame } from './frame.ts'
import { isLink } from './link.ts'
import { laneStart } from '../lanes.ts'
import { openSegment, readHead, segmentHeadBytes, segmentNumbers, segmentPath } from './segment.ts'

/** A look reads this much, and more only when one frame is longer. */
const lookBytes = 1024 * 1024

interface Segment {
  readonly number: number
  readonly fd: number
  /** Null when its head is damaged. */
  readonly run: string | null
  readonly headFault: JournalFault | null
}

/**
 * Reads a lane of the journal while another thread writes it, frame by frame from any cursor.
 *
 * A frame that is not whole at the end of the last segment is waited for. Bytes that hold no frame,
 * with whole frames after them, are reported and stepped over: the frames after them count.
 */
export class JournalReader {
  readonly #folder: string
  readonly #lane: number
  readonly #endedToo: boolean
  #segment: Segment | null = null
  #bytes = Buffer.allocUnsafeSlow(lookBytes)
  /** A place without a whole frame, and the size up to which none was found behind it. */
  #stuck = { segment: 0, offset: 0, size: 0 }

  /**
   * @param endedToo  false leaves out the intents whose records stand in the same look, and gives the
   *   others behind its records: nearly all have ended, and whoever takes in records needs no more
   */
  constructor(folder: string, lane = 0, endedToo = true) {
    this.#folder = folder
    this.#lane = lane
    this.#endedToo = endedToo
  }

  /**
   * What stands at a cursor: up to a MiB of frames of one segment.
   * @param over  true when nobody writes: what is not whole will never be
   * @throws Error when a file cannot be read, or is of another format version
   */
  read(from: Cursor, over = false): Batch {
    const segment = this.#open(from.segment)
    if (segment === null) return this.#goOn(from)
    if (segment === 'open') return this.#end(from, segmentHeadBytes - 1, over)
    if (from.offset < segmentHeadBytes) {
      const next = { segment: segment.number, offset: segmentHeadBytes }
      const faults = segment.headFault ? [segment.headFault] : []
      return { entries: [], next, run: segment.run, faults, more: true }
    }
    const size = fstatSync(segment.fd).size
    if (from.offset >= size) return this.#end(from, size, over)
    return this.#frames(segment, from.offset, size, over)
  }

  /** Bytes that stand in the lane after a cursor. */
  bytesAfter(from: Cursor): number {
    return segmentNumbers(this.#folder, this.#lane)
      .filter((number) => number >= from.segment)
      .map((number) => {
        const { size } = statSync(segmentPath(this.#folder, number))
        return Math.max(0, number === from.segment ? size - from.offset : size)
      })
      .reduce((sum, bytes) => sum + bytes, 0)
  }

  close(): void {
    if (this.#segment) closeSync(this.#segment.fd)
    this.#segment = null
  }

  #frames(segment: Segment, offset: number, size: number, over: boolean): Batch {
    const { number, fd, run } = segment
    const read = readSync(fd, this.#bytes, 0, Math.min(this.#bytes.length, size - offset), offset)
    const entries: Entry[] = []
    const begun = new Map<string, number>()
    let at = 0
    let end = frameEnd(this.#bytes, at, read)
    while (typeof end === 'number') {
      const key = this.#endedToo ? null : intentKeyAt(this.#bytes, at + headBytes, end)
      if (key === null) {
        const text = this.#bytes.toString('utf8', at + headBytes, end)
        const entry = isLink(text) ? null : entryOf(text, { segment: number, offset: offset + at })
        if (entry?.kind === 'record') begun.delete(entry.key)
        if (entry !== null) entries.push(entry)
      } else if (!begun.has(key)) begun.set(key, at)
      at = end
      end = frameEnd(this.#bytes, at, read)
    }
    for (const from of begun.values()) {
      const start = from + headBytes
      const text = this.#bytes.toString('utf8', start, start + this.#bytes.readUInt32LE(from))
      entries.push(entryOf(text, { segment: number, offset: offset + from }))
    }
    const next = { segment: number, offset: offset + at }
    if (at > 0) return { entries, next, run, faults: [], more: true }
    if (end === 'open' && this.#grow(size - offset)) {
      return this.#frames(segment, offset, size, over)
    }
    return this.#hole(segment, offset, size, over)
  }

  /** Makes room for a frame longer than a look; false when it is not all in the file. */
  #grow(left: number): boolean {
    if (left < headBytes) return false
    const needed = headBytes + this.#bytes.readUInt32LE(0)
    if (needed > left || needed <= this.#bytes.length) return false
    this.#bytes = Buffer.allocUnsafeSlow(needed)
    return true
  }

  /** There is no whole frame at `offset`. */
  #hole(segment: Segment, offset: number, size: number, over: boolean): Batch {
    const { number, run } = segment
    const start = { segment: number, offset }
    const known = this.#stuck
    const looked = known.segment === number && known.offset === offset && known.size === size
    const rest = looked ? -1 : nextFrameOf(segment, offset + 1, size)
    if (rest === -1) {
      this.#stuck = { segment: number, offset, size }
      return this.#end(start, size, over)
    }
    const fault: JournalFault = { kind: 'corrupt', start, bytes: rest - offset }
    const next = { segment: number, offset: rest }
    return { entries: [], next, run, faults: [fault], more: true }
  }

  /**
   * No whole frame stands in the segment from here on. Is that its end, or only for now?
   * @param size  of the segment when it was looked at
   */
  #end(from: Cursor, size: number, over: boolean): Batch {
    const run = this.#segment?.run ?? null
    const after = this.#after(from.segment)
    if (after === null && !over) return { entries: [], next: from, run, faults: [], more: false }
    // A segment is begun after the last write to the one before it, so this size is the last; what
    // was written since the first look has yet to be read.
    const written = statSync(segmentPath(this.#folder, from.segment)).size
    if (written > size) return { entries: [], next: from, run, faults: [], more: true }
    const bytes = Math.max(0, written - from.offset)
    const torn: JournalFault[] = bytes > 0 ? [{ kind: 'torn', start: from, bytes }] : []
    if (after !== null) return this.#step(from.segment, after, run, torn)
    const next = { segment: from.segment, offset: from.offset + bytes }
    return { entries: [], next, run, faults: torn, more: false }
  }

  /** The segment of the cursor is not there. */
  #goOn(from: Cursor): Batch {
    const after = this.#after(from.segment)
    if (after === null) return { entries: [], next: from, run: null, faults: [], more: false }
    const gone: JournalFault[] =
      from.segment === laneStart(this.#lane) ? [] : [{ kind: 'missing', start: from, bytes: 0 }]
    const next = { segment: after, offset: 0 }
    return { entries: [], next, run: null, faults: gone, more: true }
  }

  #step(from: number, to: number, run: string | null, faults: JournalFault[]): Batch {
    if (to > from + 1) {
      faults.push({ kind: 'missing', start: { segment: from + 1, offset: 0 }, bytes: 0 })
    }
    return { entries: [], next: { segment: to, offset: 0 }, run, faults, more: true }
  }

  #after(number: number): number | null {
    return segmentNumbers(this.#folder, this.#lane).find((other) => other > number) ?? null
  }

  /** Null when it is not there, `open` while its head is not all there. */
  #open(number: number): Segment | 'open' | null {
    if (this.#segment?.number === number) return this.#segment
    this.close()
    const fd = openSegment(this.#folder, number)
    if (fd === null) return null
    try {
      const head = readHead(fd, segmentPath(this.#folder, number))
      if (head === 'open') {
        closeSync(fd)
        return 'open'
      }
      const start = { segment: number, offset: 0 }
      this.#segment =
        head === 'none'
          ? {
              number,
              fd,
              run: null,
              headFault: { kind: 'corrupt', start, bytes: segmentHeadBytes },
            }
          : { number, fd, run: head.run, headFault: null }
      return this.#segment
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }
}

function entryOf(text: string, start: Cursor): Entry {
  const head = headOf(text)
  if (!head) return { kind: 'strange', start, text }
  if (head.kind === 'intent') {
    return { kind: 'intent', key: head.key, start, read: () => decodeIntent(text) }
  }
  return { kind: 'record', key: head.key, start, read: () => decodeRecord(text), text }
}

/** The key of an intent, as `headOf` gives it, out of a frame's bytes; null for what is none for certain. */
function intentKeyAt(bytes: Buffer, from: number, end: number): string | null {
  // Read as a number, '["i"' is backwards.
  if (end - from < 46 || bytes.readUInt32LE(from) !== 0x22_69_22_5b) return null
  if (bytes[from + 42] !== quote || bytes[from + 43] !== comma) return null
  let at = from + 44
  while (at < end && bytes[at] !== comma) at += 1
  return at === end ? null : bytes.toString('latin1', from + 6, at)
}

const quote = 0x22
const comma = 0x2c

/** Where the next whole frame begins; -1 when there is none. Faults are rare: all is read at once. */
function nextFrameOf({ fd }: Segment, from: number, size: number): number {
  if (size <= from) return -1
  const bytes = Buffer.allocUnsafeSlow(size - from)
  const at = nextFrame(bytes, 0, readSync(fd, bytes, 0, bytes.length, from))
  return at === -1 ? -1 : from + at
}
