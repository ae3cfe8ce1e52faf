import fc from 'fast-check'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { newCallId } from '../../core/ids.ts'
import { type Batch, type Cursor, type JournalFault, journalStart } from '../entry.ts'
import { anIntent, aRecord, noon } from '../rows.suite.ts'
import { scratch } from '../scratch.suite.ts'
import { encodeIntent, encodeRecord } from './codec.ts'
import { Block } from './frame.ts'
import { JournalReader } from './reader.ts'
import {
  encodeHead,
  pruneSegments,
  segmentHeadBytes,
  segmentNumbers,
  segmentPath,
} from './segment.ts'
import { cutTornTail } from './tail.ts'

const folder = scratch()

describe('reading the journal', () => {
  test('gives every frame once, over all segments, and where to go on', () => {
    const journal = aJournal([rows(3), rows(2), rows(1)])
    const all = readAll(journal.folder)
    expect(all.keys).toEqual(journal.keys.flat())
    expect(readAll(journal.folder, all.cursor).keys).toEqual([])

    const more = rows(2)
    appendFileSync(segmentPath(journal.folder, 3), bytesOf(more))
    expect(readAll(journal.folder, all.cursor).keys).toEqual(more.map(keyOf))
    expect(all.faults).toEqual([])
  })

  test('begun at any frame, gives the rest', () => {
    const journal = aJournal([rows(4), rows(4)])
    const reader = new JournalReader(journal.folder)
    const first = reader.read({ segment: 1, offset: segmentHeadBytes })
    first.entries.forEach(({ start }, index) => {
      expect(readAll(journal.folder, start).keys).toEqual(journal.keys.flat().slice(index))
    })
    reader.close()
  })

  test('leaves out what has ended in the same look, where nobody needs it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 5 }), fc.boolean()), { maxLength: 30 }),
        (frames) => {
          const ids = Array.from({ length: 6 }, () => newCallId())
          const texts = frames.map(([call, ends]) => {
            const callId = ids[call]!
            return ends ? encodeRecord(aRecord({ callId })) : encodeIntent(anIntent({ callId }))
          })
          const journal = aJournal([texts])
          const all = entriesOf(new JournalReader(journal.folder))
          const few = entriesOf(new JournalReader(journal.folder, 0, false))
          expect(few.filter(({ kind }) => kind === 'record')).toEqual(
            all.filter(({ kind }) => kind === 'record'),
          )
          // As whoever takes them in one after the other would have them at the end.
          const open = new Map<string, object>()
          for (const entry of all) {
            if (entry.kind === 'record') open.delete(entry.key)
            else if (!open.has(entry.key)) open.set(entry.key, entry)
          }
          expect(few.filter(({ kind }) => kind === 'intent')).toEqual([...open.values()] as never)
        },
      ),
    )
  })

  test('names what is neither an intent nor a record, also where it begins like one', () => {
    const texts = ['["i","too short",1]', '["i"]', `["i","${'ä'.repeat(18)}",1,2]`, '["x"]']
    const journal = aJournal([texts])
    const reader = new JournalReader(journal.folder, 0, false)
    const { keys, faults } = drain(reader, journalStart)
    reader.close()
    expect(keys).toEqual(texts.map(() => '?'))
    expect(faults).toEqual([])
  })

  test('waits at a frame that is not whole, wherever it is cut, and goes on when it is', () => {
    const texts = rows(2)
    const journal = aJournal([texts])
    const path = segmentPath(journal.folder, 1)
    const whole = readFileSync(path)
    const firstEnd = segmentHeadBytes + bytesOf(texts.slice(0, 1)).length
    for (let cut = 0; cut < whole.length; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut))
      const reader = new JournalReader(journal.folder)
      const torn = drain(reader, journalStart)
      expect(torn.keys).toEqual(journal.keys.flat().slice(0, cut < firstEnd ? 0 : 1))
      expect(torn.faults).toEqual([])
      writeFileSync(path, whole)
      expect(drain(reader, torn.cursor).keys).toEqual(journal.keys.flat().slice(torn.keys.length))
      reader.close()
    }
  })

  test('a torn end is cut at every byte, and no whole frame with it', () => {
    const texts = rows(2)
    const journal = aJournal([texts])
    const path = segmentPath(journal.folder, 1)
    const whole = readFileSync(path)
    const firstEnd = segmentHeadBytes + bytesOf(texts.slice(0, 1)).length
    for (let cut = 0; cut < whole.length; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut))
      const kept = cut < segmentHeadBytes ? 0 : cut < firstEnd ? segmentHeadBytes : firstEnd
      expect(cutTornTail(journal.folder)).toBe(cut - kept)
      expect(statSync(path).size).toBe(kept)
      expect(cutTornTail(journal.folder)).toBe(0)
    }
  })

  test('a torn end in a segment that is over is counted, and the next segment read', () => {
    const journal = aJournal([rows(2), rows(2)])
    const size = statSync(segmentPath(journal.folder, 1)).size
    appendFileSync(segmentPath(journal.folder, 1), bytesOf(rows(1)).subarray(0, 20))
    const all = readAll(journal.folder)
    expect(all.keys).toEqual(journal.keys.flat())
    expect(all.faults).toEqual([{ kind: 'torn', start: { segment: 1, offset: size }, bytes: 20 }])
  })

  test('when nobody writes any more, a torn end is counted in the last segment too', () => {
    const journal = aJournal([rows(1)])
    const size = statSync(segmentPath(journal.folder, 1)).size
    appendFileSync(segmentPath(journal.folder, 1), Buffer.alloc(100))
    const reader = new JournalReader(journal.folder)
    const all = drain(reader, journalStart, true)
    expect(all.faults).toEqual([{ kind: 'torn', start: { segment: 1, offset: size }, bytes: 100 }])
    expect(drain(reader, all.cursor, true).faults).toEqual([])

    cutTornTail(journal.folder)
    addSegment(journal.folder, 2, rows(1))
    expect(drain(reader, all.cursor).keys).toHaveLength(1)
    reader.close()
  })

  test('bytes that hold no frame are stepped over and counted, and the frames behind them count', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 400 }), (place, length) => {
        const journal = aJournal([rows(4), rows(1)])
        const path = segmentPath(journal.folder, 1)
        const bytes = readFileSync(path)
        const at = segmentHeadBytes + (place % (bytes.length - segmentHeadBytes))
        bytes.fill(0xff, at, Math.min(at + length, bytes.length))
        writeFileSync(path, bytes)
        const { keys, faults } = readAll(journal.folder)
        const lost = journal.keys.flat().filter((key) => !keys.includes(key))
        expect(keys).toEqual(journal.keys.flat().filter((key) => !lost.includes(key)))
        expect(lost.length).toBeGreaterThan(0)
        expect(lost.length).toBeLessThan(4)
        expect(faults).toHaveLength(1)
      }),
      { numRuns: 50 },
    )
  })

  test('a hole in the segment that is being written does not stop the frames after it', () => {
    const journal = aJournal([rows(1)])
    const reader = new JournalReader(journal.folder)
    appendFileSync(segmentPath(journal.folder, 1), Buffer.alloc(64, 0xee))
    const before = drain(reader, journalStart)
    expect(before.keys).toEqual(journal.keys.flat())
    expect(before.faults).toEqual([])
    const more = rows(1)
    appendFileSync(segmentPath(journal.folder, 1), bytesOf(more))
    const after = drain(reader, before.cursor)
    expect(after.keys).toEqual(more.map(keyOf))
    expect(after.faults).toMatchObject([{ kind: 'corrupt', bytes: 64 }])
    reader.close()
  })

  test('a damaged head is counted, and the frames behind it count', () => {
    const journal = aJournal([rows(2)])
    const bytes = readFileSync(segmentPath(journal.folder, 1))
    bytes[20]! ^= 1
    writeFileSync(segmentPath(journal.folder, 1), bytes)
    const all = readAll(journal.folder)
    expect(all.keys).toEqual(journal.keys.flat())
    expect(all.faults).toMatchObject([{ kind: 'corrupt', bytes: segmentHeadBytes }])
  })

  test('a segment that is gone is counted', () => {
    const journal = aJournal([rows(1), rows(1), rows(1)])
    unlinkSync(segmentPath(journal.folder, 2))
    const all = readAll(journal.folder)
    expect(all.keys).toEqual([...journal.keys[0]!, ...journal.keys[2]!])
    expect(all.faults).toMatchObject([{ kind: 'missing', start: { segment: 2 } }])
    unlinkSync(segmentPath(journal.folder, 1))
    expect(readAll(journal.folder, { segment: 1, offset: 99 }).faults).toMatchObject([
      { kind: 'missing', start: { segment: 1 } },
    ])
  })

  test('a segment of another format version is refused by name', () => {
    const journal = aJournal([rows(1)])
    const path = segmentPath(journal.folder, 1)
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(9, 8)
    bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(0, 40)), 40)
    writeFileSync(path, bytes)
    expect(() => readAll(journal.folder)).toThrow(`${path} has format 9 of the journal`)
  })

  test('a segment of the version before is read', () => {
    const journal = aJournal([rows(2)])
    const path = segmentPath(journal.folder, 1)
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(1, 8)
    bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(0, 40)), 40)
    writeFileSync(path, bytes)
    expect(readAll(journal.folder)).toMatchObject({ keys: journal.keys.flat(), faults: [] })
  })

  test('a frame longer than a look is read whole', () => {
    const long = encodeRecord(aRecord({ usageRaw: 'é'.repeat(1_500_000) }))
    const journal = aJournal([[...rows(1), long, ...rows(1)]])
    expect(readAll(journal.folder).keys).toEqual(journal.keys.flat())
  })

  test('says how much is left to read', () => {
    const journal = aJournal([rows(2), rows(2)])
    const reader = new JournalReader(journal.folder)
    const bytes = [1, 2].map((number) => statSync(segmentPath(journal.folder, number)).size)
    expect(reader.bytesAfter({ segment: 1, offset: 100 })).toBe(bytes[0]! - 100 + bytes[1]!)
    expect(reader.bytesAfter(drain(reader, journalStart).cursor)).toBe(0)
    reader.close()
  })
})

test('old segments are deleted when they are not needed, except the last', () => {
  const journal = aJournal([rows(1), rows(1), rows(1)])
  const later = ((Date.now() + 1000) * 1000) as Instant
  expect(pruneSegments(journal.folder, 3, (later - 60_000_000) as Instant)).toBe(0)
  expect(pruneSegments(journal.folder, 2, later)).toBe(1)
  expect(segmentNumbers(journal.folder)).toEqual([2, 3])
  expect(pruneSegments(journal.folder, 9, later)).toBe(1)
  expect(segmentNumbers(journal.folder)).toEqual([3])
})

/** Texts of frames: an intent and its record, in turn. */
function rows(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? encodeRecord(aRecord()) : encodeIntent(anIntent()),
  )
}

function aJournal(segments: readonly (readonly string[])[]) {
  const path = folder()
  mkdirSync(path)
  segments.forEach((texts, index) => addSegment(path, index + 1, texts))
  return { folder: path, keys: segments.map((texts) => texts.map(keyOf)) }
}

function addSegment(path: string, number: number, texts: readonly string[]): void {
  const head = encodeHead({ number, createdAt: noon, run: '0123456789abcdef'.repeat(2) })
  writeFileSync(segmentPath(path, number), Buffer.concat([head, bytesOf(texts)]))
}

function bytesOf(texts: readonly string[]): Buffer {
  const block = new Block(8 << 20)
  for (const text of texts) block.add(text)
  return Buffer.from(block.bytes.subarray(0, block.used))
}

function keyOf(text: string): string {
  return text.slice(6, text.indexOf(',', 44))
}

/** All of a short journal, its bodies read. */
function entriesOf(reader: JournalReader) {
  const { entries } = reader.read({ segment: 1, offset: segmentHeadBytes })
  reader.close()
  return entries.map((entry) => {
    if (entry.kind === 'strange') throw new Error('No frame is strange here.')
    return { kind: entry.kind, key: entry.key, start: entry.start, body: entry.read() }
  })
}

function readAll(path: string, from = journalStart) {
  const reader = new JournalReader(path)
  try {
    return drain(reader, from)
  } finally {
    reader.close()
  }
}

function drain(reader: JournalReader, from: Cursor, over = false) {
  const keys: string[] = []
  const faults: JournalFault[] = []
  let cursor = from
  let batch: Batch
  do {
    batch = reader.read(cursor, over)
    for (const entry of batch.entries) keys.push(entry.kind === 'strange' ? '?' : entry.key)
    faults.push(...batch.faults)
    cursor = batch.next
  } while (batch.more)
  return { keys, faults, cursor }
}
