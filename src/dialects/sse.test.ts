import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type SseBlock, SseParser } from './sse.ts'

const shared = '../shared/data/fixtures/sse/sse-cases.json'

interface Case {
  readonly name: string
  readonly b64: string
  readonly expect: readonly { event: string; data: string; id?: string }[]
}

const own: readonly Case[] = [
  given('comment between lines of one event', ': x\ndata: a\n: y\ndata: b\n\n', ['a\nb']),
  given('CRLF with a CR of its own', 'data: a\r\n\r\n\rdata: b\r\r', ['a', 'b']),
  given('an event that is not finished is none', 'data: a\n\ndata: b\n', ['a']),
  given('only line ends', '\n\n\r\n\r\r', []),
  given('a byte order mark', '\uFEFFdata: a\n\n', ['a']),
  given('half a byte order mark', '\u00EFdata: a\n\n', []),
]

const cases: readonly Case[] = [
  ...own,
  ...(existsSync(shared) ? (JSON.parse(readFileSync(shared, 'utf8')) as Case[]) : []),
]

describe('the events that a correct reader gives, whole and cut at every byte', () => {
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_, { b64, expect: wanted }) => {
    const bytes = Buffer.from(b64, 'base64')
    const events = wanted.map(({ event, data, id }) => ({ event, data, id: id ?? null }))
    expect(read([bytes])).toEqual(events)
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(events)
    }
    expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events)
  })
})

test('blocks put one behind another are the stream, however it is cut', () => {
  const piece = fc.constantFrom(
    'data: a',
    'data',
    ':',
    'event: x',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'é',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(''))
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)]
      const chunks = places.map((from, index) => bytes.subarray(from, places[index + 1]))
      const parser = new SseParser()
      const blocks = chunks.flatMap((chunk) => parser.feed(chunk))
      const raw = Buffer.concat(blocks.map((block) => block.raw))
      expect(bytes.subarray(0, raw.length).equals(raw)).toBe(true)
      // An LF whose CR ended a block alone is left over: it begins no event.
      expect(bytes.length - raw.length).toBe(parser.unfinished)
      expect(read(chunks)).toEqual(read([bytes]))
    }),
  )
})

test('a block keeps its bytes when the chunk it came in is written over', () => {
  const parser = new SseParser()
  const chunk = Buffer.from('data: abc')
  parser.feed(chunk)
  chunk.fill(0)
  const [block] = parser.feed(Buffer.from('\n\n')) as [SseBlock]
  expect(block.event?.data).toBe('abc')
})

test('a giant event in small pieces takes time in proportion to its length', () => {
  const parser = new SseParser()
  parser.feed(Buffer.from('data: '))
  const piece = new Uint8Array(16_384).fill(0x61)
  for (let count = 0; count < 1000; count += 1) expect(parser.feed(piece)).toEqual([])
  const [block] = parser.feed(Buffer.from('\n\n')) as [SseBlock]
  expect(block.event?.data.length).toBe(16_384_000)
})

test('an endless event is refused', () => {
  const parser = new SseParser()
  parser.feed(Buffer.from('data: '))
  const piece = new Uint8Array(8_000_000).fill(0x61)
  expect(() => {
    for (let count = 0; count < 9; count += 1) parser.feed(piece)
  }).toThrow('longer than 64 MB')
})

function given(name: string, text: string, data: readonly string[]): Case {
  return {
    name,
    b64: Buffer.from(text).toString('base64'),
    expect: data.map((value) => ({ event: 'message', data: value })),
  }
}

function read(chunks: readonly Uint8Array[]) {
  const parser = new SseParser()
  return chunks.flatMap((chunk) => parser.feed(chunk)).flatMap(({ event }) => event ?? [])
}
