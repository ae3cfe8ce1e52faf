import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  AwsEventStreamParser,
  brokenEvent,
  exceptionEvent,
  exceptionFrame,
  type Frame,
  type FrameHeader,
  jsonFrame,
  readFrame,
  writeFrame,
} from './aws-event-stream.ts'

const bytes = (max: number) => fc.uint8Array({ maxLength: max })
const integer = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

const header: fc.Arbitrary<FrameHeader> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('byte' as const), value: integer(8) }),
  fc.record({ type: fc.constant('short' as const), value: integer(16) }),
  fc.record({ type: fc.constant('integer' as const), value: integer(32) }),
  fc.record({ type: fc.constant('long' as const), value: long }),
  fc.record({ type: fc.constant('bytes' as const), value: bytes(60) }),
  fc.record({
    type: fc.constant('string' as const),
    value: fc.string({ unit: 'grapheme', maxLength: 40 }),
  }),
  fc.record({ type: fc.constant('timestamp' as const), value: long }),
  fc.record({
    type: fc.constant('uuid' as const),
    value: bytes(16).map((id) => Buffer.from(id).toString('hex').padEnd(32, '0')),
  }),
)
const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 })
const frame: fc.Arbitrary<Frame> = fc.record({
  headers: fc.array(fc.tuple(name, header), { maxLength: 6 }).map((pairs) => new Map(pairs)),
  payload: bytes(200),
})
const event = fc
  .record({ type: fc.stringMatching(/^[a-z][A-Za-z]{0,12}$/), value: fc.jsonValue() })
  .map(({ type, value }) => ({ type, data: JSON.stringify(value), raw: jsonFrame(type, value) }))

/** What a parser gives for these pieces: each block's bytes and event. */
function parsed(pieces: readonly Uint8Array[]) {
  const parser = new AwsEventStreamParser()
  return pieces.flatMap((piece) => {
    // Whoever feeds may use its chunk again.
    const lent = Uint8Array.from(piece)
    const blocks = parser.feed(lent)
    const copies = blocks.map((block) => ({ raw: Buffer.from(block.raw), event: block.event }))
    lent.fill(0xff)
    blocks.forEach((block, index) => expect(Buffer.from(block.raw)).toEqual(copies[index]!.raw))
    return copies
  })
}

function cutAt(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places.map((place) => place % (whole.length + 1)).toSorted((a, b) => a - b)
  return [0, ...sorted].map((from, index) => whole.subarray(from, sorted[index] ?? whole.length))
}

describe("Amazon's event stream", () => {
  test('reads the frames that others wrote', () => {
    // Two of the vectors that the format's own implementations are tested with.
    const empty = Buffer.from('000000100000000005c248eb7d98c8ff', 'hex')
    expect(readFrame(empty)).toEqual({ headers: new Map(), payload: Buffer.alloc(0) })
    expect(Buffer.from(writeFrame(readFrame(empty)))).toEqual(empty)
    const typed = Buffer.from(
      '0000003d0000002007fd8396' +
        '0c636f6e74656e742d74797065070010' +
        '6170706c69636174696f6e2f6a736f6e' +
        '7b27666f6f273a27626172277d8d9c08b1',
      'hex',
    )
    const read = readFrame(typed)
    expect([...read.headers]).toEqual([
      ['content-type', { type: 'string', value: 'application/json' }],
    ])
    expect(Buffer.from(read.payload).toString()).toBe("{'foo':'bar'}")
    expect(Buffer.from(writeFrame(read))).toEqual(typed)
  })

  test('gives back every frame that it wrote, headers with their types', () => {
    fc.assert(
      fc.property(frame, (written) => {
        const read = readFrame(writeFrame(written))
        expect([...read.headers]).toEqual([...written.headers].map(comparable))
        expect(Buffer.from(read.payload)).toEqual(Buffer.from(written.payload))
      }),
    )
  })

  test('is the same at any cut, and its blocks put together are the stream', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (events, places) => {
          const whole = Buffer.concat(events.map(({ raw }) => raw))
          const blocks = parsed(cutAt(whole, places))
          expect(blocks.map(({ event }) => event)).toEqual(
            events.map(({ type, data }) => ({ event: type, data, id: null })),
          )
          expect(Buffer.concat(blocks.map(({ raw }) => raw))).toEqual(whole)
        },
      ),
    )
  })

  test('keeps what came before a flipped bit, says that it broke, and gives nothing behind it', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (events, place, bit, places) => {
          const whole = Buffer.concat(events.map(({ raw }) => raw))
          const at = place % whole.length
          whole[at]! ^= 1 << bit
          let good = 0
          for (let end = 0; good < events.length; good += 1) {
            end += events[good]!.raw.length
            if (end > at) break
          }
          const given = parsed(cutAt(whole, places)).map(({ event }) => event?.event)
          expect(given.slice(0, good)).toEqual(events.slice(0, good).map(({ type }) => type))
          expect(given.slice(good)).toEqual([brokenEvent])
        },
      ),
    )
  })

  test('never throws and never waits for a length that noise names', () => {
    fc.assert(
      fc.property(fc.array(bytes(40), { maxLength: 6 }), (pieces) => {
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
        const given = parsed(pieces).map(({ event }) => event?.event)
        expect(given).toEqual(length < 12 ? [] : [brokenEvent])
      }),
    )
  })

  test('takes no frame that is longer than the format allows, however right its checksum', () => {
    const parser = new AwsEventStreamParser()
    const prelude = Buffer.alloc(12)
    prelude.writeUInt32BE(30_000_000, 0)
    prelude.writeUInt32BE(Bun.hash.crc32(prelude.subarray(0, 8)), 8)
    expect(parser.feed(prelude)[0]!.event!.data).toMatch(/longer than the format allows/)
    const payload = new Uint8Array(25 * 1_048_576)
    expect(() => writeFrame({ headers: new Map(), payload })).toThrow(RangeError)
  })

  test('tells exceptions and errors apart from events', () => {
    const thrown = exceptionFrame('throttlingException', { message: 'Too many requests.' })
    const text = (value: string): FrameHeader => ({ type: 'string', value })
    const failed = writeFrame({
      headers: new Map([
        [':message-type', text('error')],
        [':error-code', text('InternalFailure')],
        [':error-message', text('It broke.')],
      ]),
      payload: new Uint8Array(0),
    })
    const untyped = writeFrame({ headers: new Map(), payload: Buffer.from('{}') })
    expect(parsed([thrown, failed, untyped]).map(({ event }) => event)).toEqual([
      {
        event: exceptionEvent,
        data: '{"__type":"throttlingException","message":"Too many requests."}',
        id: null,
      },
      {
        event: exceptionEvent,
        data: '{"__type":"InternalFailure","message":"It broke."}',
        id: null,
      },
      null,
    ])
  })
})

function comparable([key, value]: [string, FrameHeader]): [string, FrameHeader] {
  return value.type === 'bytes'
    ? [key, { ...value, value: Uint8Array.from(value.value) }]
    : [key, value]
}
