import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../core/errors.ts'
import type { AttemptRecord } from '../../core/record.ts'
import { journalStart } from '../entry.ts'
import { anIntent, aRecord } from '../rows.suite.ts'
import { failureOf, scratch } from '../scratch.suite.ts'
import { type JournalFiles, systemFiles } from './files.ts'
import { JournalReader } from './reader.ts'
import { segmentPath } from './segment.ts'
import { JournalWriter } from './writer.ts'

const folder = scratch()

describe('writing the journal', () => {
  test('what is taken in one turn goes out in one write', async () => {
    const { writer, path } = aWriter()
    for (let index = 0; index < 50; index += 1) {
      writer.intend(anIntent())
      writer.append(aRecord())
    }
    expect(keysIn(path)).toHaveLength(0)
    await Promise.all([writer.flushed(), writer.flushed()])
    expect(writer.stats()).toMatchObject({ writes: 1, queuedBytes: 0 })
    expect(keysIn(path)).toHaveLength(100)
    await writer.close()
  })

  test('flushed() with nothing to write resolves at once', async () => {
    const { writer } = aWriter()
    await writer.flushed()
    expect(writer.stats().writes).toBe(0)
    await writer.close()
  })

  test('a new process begins a new segment, and a full one is followed by the next', async () => {
    const { writer, path } = aWriter({ segmentBytesMax: 2000 })
    for (let index = 0; index < 10; index += 1) {
      writer.append(aRecord())
      await writer.flushed()
    }
    await writer.close()
    const again = new JournalWriter({ folder: path, after: 7 })
    await again.close()
    expect(readdirSync(path).toSorted()).toEqual(
      [1, 2, 3, 8].map((number) => segmentPath('', number)),
    )
    expect(keysIn(path)).toHaveLength(10)
  })

  test('what a process left half written is cut off by the next one', async () => {
    const { writer, path } = aWriter()
    writer.append(aRecord())
    await writer.flushed()
    const whole = statSync(segmentPath(path, 1)).size
    appendFileSync(segmentPath(path, 1), Buffer.alloc(77, 1))
    await new JournalWriter({ folder: path }).close()
    expect(statSync(segmentPath(path, 1)).size).toBe(whole)
    await writer.close()
  })

  test('a row of any length is written, and one longer than a frame with its texts cut', async () => {
    const { writer, path } = aWriter()
    const long = aRecord({ usageRaw: 'x'.repeat(5_000_000) })
    const tooLong = aRecord({ usageRaw: '\u0000'.repeat(3_000_000), reason: 'why' })
    writer.append(long)
    writer.append(tooLong)
    writer.append(aRecord())
    await writer.flushed()
    const rows = recordsIn(path)
    expect(rows[0]).toEqual(long)
    expect(rows[1]).toEqual({ ...tooLong, usageRaw: '\u0000'.repeat(65_536) })
    expect(rows).toHaveLength(3)
    await writer.close()
  })

  test('tells whoever reads that something was written', async () => {
    let told = 0
    const { writer } = aWriter({ onWritten: () => (told += 1) })
    writer.append(aRecord())
    await writer.flushed()
    expect(told).toBe(1)
    await writer.close()
  })

  test('nothing is taken once it is closed', async () => {
    const { writer } = aWriter()
    await writer.close()
    expect(() => writer.intend(anIntent())).toThrow(GatewayError)
    writer.append(aRecord())
    expect(writer.stats().recordsLost).toBe(1)
    expect(await failureOf(writer.flushed())).toBeInstanceOf(GatewayError)
  })
})

describe('when the disk fails', () => {
  test('at any write, nothing is acknowledged that is not there, and all is there when it works again', async () => {
    for (let nth = 1; nth <= 8; nth += 1) {
      for (const part of [0, 1, 30, 700]) {
        const files = failing({ write: (count) => count === nth + 1 }, part)
        const { writer, path } = aWriter({ files, segmentBytesMax: 3000 })
        const taken: string[] = []
        for (let index = 0; index < 8; index += 1) {
          const record = aRecord()
          taken.push(record.callId)
          writer.append(record)
          const failed = await failureOf(writer.flushed())
          if (!(failed instanceof GatewayError)) {
            expect(idsIn(path)).toEqual(taken)
            continue
          }
          expect(failed).toMatchObject({ code: 'ledger_unavailable', status: 503 })
          expect((failed.cause as Error).message).toBe('ENOSPC')
        }
        await writer.flushed()
        await writer.close()
        expect(idsIn(path)).toEqual(taken)
        expect(faultsIn(path)).toEqual([])
      }
    }
  })

  test('to the end, what is closed is not written to: its number may be another file’s', async () => {
    for (const part of [0, 30]) {
      const { writer, path } = aWriter({ files: failing({ write: (count) => count > 1 }, part) })
      writer.append(aRecord())
      expect(await failureOf(writer.close())).toBeInstanceOf(GatewayError)
      const text = 'x'.repeat(5_000)
      const other = join(path, 'other')
      const file = openSync(other, 'w+')
      writeSync(file, text)
      await Bun.sleep(20)
      expect(readFileSync(other, 'utf8')).toBe(text)
      closeSync(file)
    }
  })

  test('the owner is told once when it begins and once when it ends', async () => {
    const told: (string | null)[] = []
    const { writer } = aWriter({
      files: failing({ write: (count) => count > 1 && count < 4 }),
      onFault: (error) => told.push(error?.message ?? null),
    })
    for (let index = 0; index < 4; index += 1) {
      writer.append(aRecord())
      await writer.flushed().catch(() => {})
    }
    expect(told).toEqual(['ENOSPC', null])
    await writer.close()
  })

  test('it is tried again by itself, without a new call', async () => {
    const { writer, path } = aWriter({ files: failing({ write: (count) => count === 2 }) })
    writer.append(aRecord())
    expect(await failureOf(writer.flushed())).toBeInstanceOf(GatewayError)
    for (let waited = 0; waited < 100 && writer.stats().queuedBytes > 0; waited += 1) {
      await Bun.sleep(10)
    }
    expect(idsIn(path)).toHaveLength(1)
    await writer.close()
  })

  test('a sick disk is not tried with every turn, and found well again', async () => {
    let broken = true
    let writes = 0
    const { writer, path } = aWriter({
      files: failing({
        write: (count) => {
          writes += 1
          return broken && count > 1
        },
      }),
    })
    for (let turn = 0; turn < 200; turn += 1) {
      writer.append(aRecord())
      expect(await failureOf(writer.flushed())).toBeInstanceOf(GatewayError)
    }
    expect(writes).toBeLessThan(10)
    broken = false
    for (let waited = 0; waited < 300 && writer.stats().queuedBytes > 0; waited += 1) {
      await Bun.sleep(10)
    }
    expect(idsIn(path)).toHaveLength(200)
    await writer.flushed()
    await writer.close()
  })

  test('a file that can be neither written nor cut is left for a new segment', async () => {
    let broken = false
    const files = failing({ write: () => broken, truncate: () => broken }, 200)
    const { writer, path } = aWriter({ files })
    const ids: string[] = []
    const add = async () => {
      const record = aRecord()
      ids.push(record.callId)
      writer.append(record)
      await writer.flushed()
    }
    await add()
    broken = true
    expect(await failureOf(add())).toBeInstanceOf(GatewayError)
    expect(await failureOf(add())).toBeInstanceOf(GatewayError)
    broken = false
    // Half of what is queued stands in segment 1 now, and cannot be cut off.
    const truncate = files.truncate
    files.truncate = () => {
      throw new Error('EIO')
    }
    await add()
    files.truncate = truncate
    await add()
    await writer.close()
    expect([...new Set(idsIn(path))]).toEqual(ids)
    expect(faultsIn(path)).toMatchObject([{ kind: 'torn', start: { segment: 1 } }])
    expect(statSync(segmentPath(path, 2)).size).toBeGreaterThan(0)
  })

  test('a segment that cannot be begun does not stop the one that there is', async () => {
    let full = false
    const { writer, path } = aWriter({
      files: failing({ create: () => full }),
      segmentBytesMax: 1000,
    })
    full = true
    for (let index = 0; index < 5; index += 1) {
      writer.append(aRecord())
      await writer.flushed()
    }
    full = false
    for (let index = 0; index < 5; index += 1) {
      writer.append(aRecord())
      await writer.flushed()
    }
    await writer.close()
    expect(idsIn(path)).toHaveLength(10)
    expect(readdirSync(path).length).toBeGreaterThan(1)
  })

  test('a segment whose head cannot be written leaves no file behind', () => {
    const files = failing({ write: (count) => count === 1 })
    const path = folder()
    expect(() => new JournalWriter({ folder: path, files })).toThrow('ENOSPC')
    expect(readdirSync(path)).toEqual([])
  })

  test('memory is bounded: first no intent is taken, then records are counted as lost', async () => {
    const told: unknown[] = []
    let broken = true
    const { writer, path } = aWriter({
      files: failing({ write: (count) => broken && count > 1 }),
      queueBytesMax: 100_000,
      onFault: (error) => told.push(error),
    })
    const wide = () => aRecord({ usageRaw: 'x'.repeat(10_000) })
    for (let index = 0; index < 6; index += 1) writer.append(wide())
    expect(() => writer.intend(anIntent())).toThrow('The ledger cannot be written')
    for (let index = 0; index < 10; index += 1) writer.append(wide())
    expect(writer.stats().recordsLost).toBe(6)
    expect(await failureOf(writer.flushed())).toBeInstanceOf(GatewayError)
    broken = false
    await Bun.sleep(150)
    expect(idsIn(path)).toHaveLength(10)
    writer.append(aRecord())
    await writer.flushed()
    await writer.close()
  })
})

function aWriter(options: Partial<ConstructorParameters<typeof JournalWriter>[0]> = {}) {
  const path = folder()
  return { path, writer: new JournalWriter({ folder: path, ...options }) }
}

type Calls = { readonly [Name in 'create' | 'write' | 'truncate']?: (count: number) => boolean }

/** Fails the calls that are named, by their count from 1. A failed write leaves `part` bytes behind. */
function failing(
  calls: Calls,
  part = 0,
): { -readonly [Name in keyof JournalFiles]: JournalFiles[Name] } {
  const counts = { create: 0, write: 0, truncate: 0 }
  const fails = (name: keyof Calls) => {
    counts[name] += 1
    return calls[name]?.(counts[name]) ?? false
  }
  return {
    ...systemFiles,
    create: (path) => {
      if (fails('create')) throw new Error('ENOSPC')
      return systemFiles.create(path)
    },
    write: (fd, bytes, position) => {
      if (!fails('write')) return systemFiles.write(fd, bytes.subarray(0, 300), position)
      systemFiles.write(fd, bytes.subarray(0, part), position)
      throw new Error('ENOSPC')
    },
    truncate: (fd, length) => {
      if (fails('truncate')) throw new Error('EIO')
      systemFiles.truncate(fd, length)
    },
  }
}

function batchesIn(path: string) {
  const reader = new JournalReader(path)
  const batches = [reader.read(journalStart)]
  while (batches.at(-1)!.more) batches.push(reader.read(batches.at(-1)!.next))
  reader.close()
  return batches
}

function keysIn(path: string): string[] {
  return batchesIn(path).flatMap(({ entries }) =>
    entries.map((entry) => (entry.kind === 'strange' ? '?' : entry.key)),
  )
}

function recordsIn(path: string): AttemptRecord[] {
  return batchesIn(path).flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === 'record' ? [entry.read()] : [])),
  )
}

function idsIn(path: string): string[] {
  return recordsIn(path).map(({ callId }) => callId)
}

function faultsIn(path: string) {
  return batchesIn(path).flatMap(({ faults }) => faults)
}
