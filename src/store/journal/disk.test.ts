import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { journalStart } from '../entry.ts'
import { anIntent, aRecord } from '../rows.suite.ts'
import { failureOf, scratch } from '../scratch.suite.ts'
import { type JournalFiles, systemFiles } from './files.ts'
import { JournalReader } from './reader.ts'
import { verifyChain } from './verify.ts'
import { JournalWriter } from './writer.ts'

/** Disks that are full, read-only or broken, below the journal's writer. */

const folder = scratch()
const sicknesses = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EFBIG'] as const

describe.each(sicknesses)('%s', (code) => {
  test('refuse: nothing is acknowledged that is not on the disk, and all is there in the end', async () => {
    const disk = new SickDisk(code)
    const { writer, path, told } = aWriter(disk, 'refuse')
    writer.append(aRecord())
    await writer.flushed()
    disk.sick = true
    const waiting = aRecord()
    writer.append(waiting)
    expect(await failureOf(writer.flushed())).toMatchObject({ code: 'ledger_unavailable' })
    expect(told).toEqual([code])
    expect(idsIn(path)).not.toContain(waiting.callId)
    disk.sick = false
    await settled(writer)
    expect(told).toEqual([code, null])
    expect(idsIn(path)).toContain(waiting.callId)
    await writer.close()
  })

  test('serve: calls go on within the bound, an alarm tells, and all is there in the end', async () => {
    const disk = new SickDisk(code)
    const { writer, path, told } = aWriter(disk, 'serve', 200_000)
    disk.sick = true
    const served: string[] = []
    let refused: unknown = null
    while (refused === null) {
      const intent = anIntent()
      try {
        writer.intend(intent)
      } catch (error) {
        refused = error
        break
      }
      expect(await failureOf(writer.flushed())).toBeNull()
      writer.append(aRecord({ callId: intent.callId }))
      expect(await failureOf(writer.flushed())).toBeNull()
      served.push(intent.callId)
    }
    expect(refused).toMatchObject({ code: 'ledger_unavailable' })
    expect(served.length).toBeGreaterThan(20)
    expect(writer.stats().queuedBytes).toBeLessThan(200_000)
    expect(writer.stats().recordsLost).toBe(0)
    expect(told).toEqual([code])
    disk.sick = false
    await settled(writer)
    expect(told).toEqual([code, null])
    expect(idsIn(path)).toEqual(served)
    writer.intend(anIntent())
    await writer.close()
  })

  test('serve: what still waits when the gateway stops is said to be lost', async () => {
    const disk = new SickDisk(code)
    const { writer } = aWriter(disk, 'serve')
    disk.sick = true
    writer.append(aRecord())
    expect(await failureOf(writer.flushed())).toBeNull()
    expect(await failureOf(writer.close())).toMatchObject({ code: 'ledger_unavailable' })
  })
})

test('whatever a disk does, a row that was acknowledged is there once, and the chain holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...sicknesses, null), fc.nat({ max: 300 }), fc.boolean()), {
        minLength: 1,
        maxLength: 25,
      }),
      async (history) => {
        const disk = new SickDisk('EIO')
        const { writer, path } = aWriter(disk, 'refuse', 1_000_000, 4_000)
        const acknowledged: string[] = []
        for (const [code, part, cuts] of history) {
          disk.sick = code !== null
          disk.code = code ?? 'EIO'
          disk.part = part
          disk.cuts = cuts
          const { callId } = anIntent()
          writer.append(aRecord({ callId }))
          if ((await failureOf(writer.flushed())) === null) acknowledged.push(callId)
        }
        disk.sick = false
        await settled(writer)
        await writer.close()
        const ids = idsIn(path)
        expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([])
        expect(new Set(ids).size).toBe(history.length)
        expect(verifyChain(path).faults).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

/** A file system that fails when it is sick, maybe with half of the bytes written. */
class SickDisk implements JournalFiles {
  sick = false
  code: string
  /** Bytes of a failing write that get through. */
  part = 0
  /** Whether a sick disk can cut a file off. */
  cuts = true

  constructor(code: string) {
    this.code = code
  }

  create(path: string): number {
    if (this.sick) throw this.#failure()
    return systemFiles.create(path)
  }

  write(fd: number, bytes: Uint8Array, position: number): number {
    if (!this.sick) return systemFiles.write(fd, bytes, position)
    if (this.part > 0) systemFiles.write(fd, bytes.subarray(0, this.part), position)
    throw this.#failure()
  }

  truncate(fd: number, length: number): void {
    if (this.sick && !this.cuts) throw this.#failure()
    systemFiles.truncate(fd, length)
  }

  close(fd: number): void {
    systemFiles.close(fd)
  }

  remove(path: string): void {
    if (this.sick) throw this.#failure()
    systemFiles.remove(path)
  }

  #failure(): Error {
    return Object.assign(new Error(this.code), { code: this.code })
  }
}

function aWriter(
  files: JournalFiles,
  whenUnavailable: 'refuse' | 'serve',
  queueBytesMax = 1_000_000,
  segmentBytesMax = 1_000_000,
) {
  const path = folder()
  const told: (string | null)[] = []
  const onFault = (error: Error | null): void => void told.push(error && error.message)
  const options = { folder: path, files, whenUnavailable, queueBytesMax, segmentBytesMax, onFault }
  return { path, told, writer: new JournalWriter(options) }
}

/** Waits for the timer that tries again. */
async function settled(writer: JournalWriter): Promise<void> {
  for (let looks = 0; looks < 400 && writer.stats().queuedBytes > 0; looks += 1) await Bun.sleep(10)
  expect(writer.stats().queuedBytes).toBe(0)
}

function idsIn(path: string): string[] {
  const reader = new JournalReader(path)
  const ids: string[] = []
  for (let cursor = journalStart; ;) {
    const { entries, next, more } = reader.read(cursor, true)
    for (const entry of entries) if (entry.kind === 'record') ids.push(entry.read().callId)
    if (!more) break
    cursor = next
  }
  reader.close()
  return ids
}
