import fc from 'fast-check'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../../core/clock.ts'
import { newCallId } from '../../core/ids.ts'
import { anyText } from '../chance.suite.ts'
import type { Masker } from '../mask.ts'
import type { Payload } from '../ports.ts'
import { noon } from '../rows.suite.ts'
import { scratch } from '../scratch.suite.ts'
import { PayloadFiles } from './payloads.ts'

const folder = scratch()
const shout: Masker = {
  redact: (text) => ({ text: text.replaceAll('secret', '[x]') }),
  redactJson: (value) => ({
    value: JSON.parse(JSON.stringify(value).replaceAll('secret', '[x]')) as unknown,
  }),
}
const day = (days: number) => (noon + days * 86_400_000_000) as Instant

describe('payload files', () => {
  test('give back any request and any answer as they were', () => {
    const files = someFiles()
    const bodies = fc.oneof(
      anyText,
      fc.json(),
      fc.json({ maxDepth: 4 }).map((text) => text.repeat(3)),
    )
    fc.assert(
      fc.property(bodies, bodies, fc.nat({ max: 3 }), (request, answer, padding) => {
        const wide = `{"messages":[${JSON.stringify(request.padEnd(padding * 700))}],"x":${JSON.stringify(answer)}}`
        for (const text of [request, wide]) {
          const payload = aPayload({ request: text, answer })
          expect(files.keep([payload])).toBe(1)
          const found = files.find(payload.callId, [payload.at])!
          expect(found.request).toEqual(parsed(text.toWellFormed()))
          expect(found.answers).toEqual(new Map([[1, answer.toWellFormed()]]))
        }
      }),
    )
    files.close()
  })

  test('keep a history that is sent anew with each turn once a day', () => {
    const files = someFiles()
    const turns = Array.from({ length: 50 }, (_, turn) => ({ content: noise(turn, 3000) }))
    for (let count = 1; count <= turns.length; count += 1) {
      files.keep([aPayload({ request: JSON.stringify({ messages: turns.slice(0, count) }) })])
    }
    files.close()
    const sent = turns.reduce((sum, { content }, turn) => sum + content.length * (50 - turn), 0)
    expect(files.bytes()).toBeLessThan(sent / 10)
  })

  test('mask before anything reaches the disk', () => {
    const files = someFiles()
    const body = JSON.stringify({ messages: [{ content: `my secret ${noise(1, 2000)}` }] })
    const payload = aPayload({ request: body, answer: 'a secret', mode: 'redacted' })
    files.keep([payload])
    expect(JSON.stringify(files.find(payload.callId, [payload.at]))).not.toContain('secret')
    files.close()
    for (const name of readdirSync(files.folder)) {
      expect(readFileSync(join(files.folder, name), 'latin1')).not.toContain('secret')
    }
  })

  test('keep nothing that is to be masked when nobody can', () => {
    const masker: Masker = {
      ...shout,
      redact: () => {
        throw new Error('no')
      },
    }
    for (const files of [someFiles({ masker: null }), someFiles({ masker })]) {
      const payload = aPayload({ answer: 'a secret', mode: 'redacted' })
      expect(files.keep([payload, aPayload({ answer: 'open' })])).toBe(1)
      expect(files.find(payload.callId, [payload.at])).toBeNull()
      files.close()
    }
  })

  test('find a call whose attempts lie on both sides of midnight', () => {
    const files = someFiles()
    const callId = newCallId()
    const [before, after] = [instant('2026-11-21T23:59:59Z'), instant('2026-11-22T00:00:01Z')]
    files.keep([aPayload({ callId, at: before, request: '1', answer: 'first' })])
    files.keep([aPayload({ callId, attempt: 2, at: after, request: null, answer: 'second' })])
    expect(files.find(callId, [before, after])).toEqual({
      request: 1,
      answers: new Map([
        [1, 'first'],
        [2, 'second'],
      ]),
      dropped: false,
      erased: false,
    })
    files.close()
  })

  test('tell what was dropped from what was never there', () => {
    const files = someFiles()
    const { callId, attempt, at } = aPayload()
    files.note([{ callId, attempt, at }])
    expect(files.find(callId, [at])?.dropped).toBe(true)
    expect(files.find(newCallId(), [at])).toBeNull()
    expect(files.find(newCallId(), [day(5)])).toBeNull()
    expect(existsSync(join(files.folder, '2026-11-26.db'))).toBe(false)
    files.close()
  })

  test('are deleted by whole days, and counted', () => {
    const files = someFiles()
    for (let days = 0; days < 6; days += 1) files.keep([aPayload({ at: day(days), answer: 'x' })])
    expect(files.dropBefore(day(4))).toEqual([
      { day: '2026-11-21', payloads: 1 },
      { day: '2026-11-22', payloads: 1 },
      { day: '2026-11-23', payloads: 1 },
      { day: '2026-11-24', payloads: 1 },
    ])
    files.close()
    expect(readdirSync(files.folder).toSorted()).toEqual(['2026-11-25.db', '2026-11-26.db'])
  })

  test('above their cap lose the oldest day first, and take no more when today alone is above it', () => {
    const files = someFiles({ bytesMax: 250_000 })
    const wide = (days: number) => aPayload({ at: day(days), answer: noise(days, 80_000) })
    for (let days = 0; days < 4; days += 1) files.keep([wide(days)])
    const dropped = files.dropOverCap(day(4), true)
    expect(dropped.length).toBeGreaterThan(0)
    expect(dropped[0]?.day).toBe('2026-11-21')
    expect(files.bytes()).toBeLessThanOrEqual(250_000)
    for (let count = 0; count < 9; count += 1) files.keep([wide(4)])
    files.dropOverCap(day(4), true)
    expect(files.keep([wide(4)])).toBe(0)
    files.dropOverCap(day(5), true)
    expect(files.keep([wide(5)])).toBe(1)
    files.close()
  })

  test('that are damaged are said to be so, and do not hold up other days', () => {
    const files = someFiles()
    files.keep([aPayload({ answer: 'x' })])
    files.close()
    writeFileSync(join(files.folder, '2026-11-22.db'), 'no database'.repeat(100))
    expect(() => files.keep([aPayload({ at: day(1), answer: 'x' })])).toThrow('not a database')
    expect(files.keep([aPayload({ at: day(2), answer: 'x' })])).toBe(1)
    expect(files.dropBefore(day(2))).toHaveLength(2)
    files.close()
  })
})

class Files extends PayloadFiles {
  readonly folder: string

  constructor(folder: string, masker: Masker | null, bytesMax: number) {
    super(folder, masker, bytesMax)
    this.folder = folder
  }
}

function someFiles({
  masker = shout,
  bytesMax = 1e10,
}: { masker?: Masker | null; bytesMax?: number } = {}) {
  return new Files(folder(), masker, bytesMax)
}

function aPayload(changes: Partial<Payload> = {}): Payload {
  return {
    callId: newCallId(),
    attempt: 1,
    at: noon,
    dialect: 'openai-chat',
    request: null,
    answer: null,
    mode: 'full',
    ...changes,
  }
}

/** Text that does not become smaller, the same for the same seed. */
function noise(seed: number, length: number): string {
  let text = ''
  for (let block = 0; text.length < length; block += 1) {
    text += new Bun.CryptoHasher('sha256').update(`${seed}/${block}`).digest('base64')
  }
  return text.slice(0, length)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
