import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type FileHandle, open } from 'node:fs/promises'
import { describe, expect, spyOn, test } from 'bun:test'
import fc from 'fast-check'
import { type Clock, type Instant, systemClock } from '../../core/clock.ts'
import { scratch } from '../scratch.suite.ts'
import { Documents } from './documents.ts'
import { KeptFiles, newFileId, NoRoom } from './kept-files.ts'
import { LineReader, linesOf, LineWriter } from './lines.ts'

const folder = scratch()

function path(): string {
  const made = folder()
  mkdirSync(made, { recursive: true })
  return join(made, 'lines')
}

async function read(file: string): Promise<{ texts: (string | null)[]; ended: boolean }> {
  const texts: (string | null)[] = []
  let ended = true
  for await (const portion of linesOf(file)) {
    texts.push(...portion.lines.map(({ text }) => text))
    ended = portion.ended
  }
  return { texts, ended }
}

describe('lines', () => {
  test('are read as they were written, whatever they hold and however long they are', async () => {
    const file = path()
    const line = fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom(1, 1, 1, 20_000))
      .map(([text, times]) =>
        text.replaceAll('\n', ' ').repeat(times).slice(0, 300_000).toWellFormed(),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.boolean(), async (lines, ends) => {
        const text = lines.join('\n') + (ends && lines.length > 0 ? '\n' : '')
        writeFileSync(file, text)
        const split = text.split('\n')
        const wanted = split.at(-1) === '' ? split.slice(0, -1) : split
        const { texts } = await read(file)
        expect(texts.length).toBe(wanted.length)
        expect(texts.every((each, index) => each === wanted[index])).toBe(true)
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })

  test('that are no UTF-8 are told apart', async () => {
    const file = path()
    writeFileSync(file, Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62]))
    expect(await read(file)).toEqual({ texts: ['a', null, 'b'], ended: false })
  })

  test('that were appended stand there at once; a torn one is cut off by who goes on', async () => {
    const file = path()
    const writer = await LineWriter.open(file)
    await Promise.all([writer.append('one'), writer.append('two'), writer.append('three')])
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n')
    appendFileSync(file, '{"half":')
    const next = await LineWriter.open(file)
    await next.append('four')
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\nfour\n')
    await Promise.all([writer.close(), next.close()])
  })

  test('that break off on a full disk do not spoil the next one', async () => {
    const file = path()
    const writer = await LineWriter.open(file)
    await writer.append('one')
    const handle = await open(file)
    const handles = Object.getPrototypeOf(handle) as Pick<FileHandle, 'appendFile'>
    await handle.close()
    const whole = handles.appendFile
    const full = spyOn(handles, 'appendFile').mockImplementation(async function (
      this: FileHandle,
      bytes,
    ) {
      await whole.call(this, (bytes as Buffer).subarray(0, 2))
      throw new Error('ENOSPC')
    })
    try {
      expect(await writer.append('two').catch(({ message }: Error) => message)).toBe('ENOSPC')
    } finally {
      full.mockRestore()
    }
    await writer.append('three')
    await writer.close()
    expect(readFileSync(file, 'utf8')).toBe('one\nthree\n')
  })

  test('that were to be written together are all told of a disk that fails', async () => {
    const file = path()
    const writer = await LineWriter.open(file)
    const handle = await open(file)
    const handles = Object.getPrototypeOf(handle) as Pick<FileHandle, 'appendFile'>
    await handle.close()
    const full = spyOn(handles, 'appendFile').mockImplementation(() =>
      Promise.reject(new Error('ENOSPC')),
    )
    const told = await Promise.allSettled(
      ['one', 'two', 'three'].map((line) => writer.append(line)),
    )
    full.mockRestore()
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await writer.append('four')
    await writer.close()
    expect(readFileSync(file, 'utf8')).toBe('four\n')
  })

  test('are read again as they were read at first, also behind a byte order mark', async () => {
    const file = path()
    writeFileSync(file, '\ufeffone\ntwo\n')
    const reader = await LineReader.open(file)
    const texts: [string | null, string][] = []
    for await (const { lines } of linesOf(file))
      for (const line of lines) texts.push([line.text, await reader.text(line)])
    await reader.close()
    expect(texts).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ])
  })
})

test('a document is whole or not there, also when a write broke off', async () => {
  const made = folder()
  const documents = await Documents.open<{ n: number }>(made)
  await documents.put('a', { n: 1 })
  await Promise.all([documents.put('a', { n: 2 }), documents.put('a', { n: 3 })])
  await documents.put('b', { n: 9 })
  await documents.remove('b')
  writeFileSync(join(made, 'a.half'), '{"n":')
  writeFileSync(join(made, 'broken.json'), '{"n":')
  const again = await Documents.open<{ n: number }>(made)
  expect(again.all()).toEqual([{ n: 3 }])
  expect(readdirSync(made).toSorted()).toEqual(['a.json', 'broken.json'])
})

describe('kept files', () => {
  let nowUs = systemClock.now()
  const clock: Clock = { ...systemClock, now: () => nowUs }
  const facts = (keepMs = 3_600_000) => ({
    owner: 'web',
    name: 'a.jsonl',
    purpose: 'batch',
    expiresAt: (nowUs + keepMs * 1_000) as Instant,
  })

  test('are there after a restart, for their owner alone to read on the disk', async () => {
    const made = folder()
    const files = await KeptFiles.open(made, { bytesMax: 1_000 }, clock)
    const file = await files.add(facts(), Buffer.from('hello'))
    const again = await KeptFiles.open(made, { bytesMax: 1_000 }, clock)
    expect(again.find(file.id)).toEqual(file)
    expect(await new Response(again.content(file)).text()).toBe('hello')
    expect(statSync(join(made, file.id)).mode & 0o777).toBe(0o600)
    await again.remove(file.id)
    expect(again.find(file.id)).toBeNull()
    expect(existsSync(join(made, file.id))).toBe(false)
  })

  test('have room of their own, also when several come at once', async () => {
    const files = await KeptFiles.open(folder(), { bytesMax: 10 }, clock)
    const bytes = Buffer.from('123456')
    const outcomes = await Promise.allSettled([
      files.add(facts(), bytes),
      files.add(facts(), bytes),
    ])
    const refused = outcomes.filter((each) => each.status === 'rejected')
    expect(refused.length).toBe(1)
    expect(refused[0]?.reason).toBeInstanceOf(NoRoom)
    expect(files.bytes).toBe(6)
  })

  test('that expired are gone, and so are bytes that belong to nothing', async () => {
    const made = folder()
    const files = await KeptFiles.open(made, { bytesMax: 1_000 }, clock)
    const short = await files.add(facts(1_000), Buffer.from('short'))
    const long = await files.add(facts(9_000_000), Buffer.from('long'))
    const [orphan, growing] = [newFileId(), newFileId()]
    for (const id of [orphan, growing]) {
      writeFileSync(join(made, id), 'x')
      utimesSync(join(made, id), 1, 1)
    }
    nowUs = (nowUs + 2_000_000) as Instant
    expect(files.find(short.id)).toBeNull()
    await files.sweep(new Set([growing]))
    expect(existsSync(join(made, short.id))).toBe(false)
    expect(existsSync(join(made, long.id))).toBe(true)
    expect(existsSync(join(made, orphan))).toBe(false)
    expect(existsSync(join(made, growing))).toBe(true)
  })

  test('are found by no path but their own', async () => {
    const files = await KeptFiles.open(folder(), { bytesMax: 1_000 }, clock)
    expect(files.find('../pepper')).toBeNull()
    expect(() => files.lines('../pepper')).toThrow(RangeError)
  })
})
