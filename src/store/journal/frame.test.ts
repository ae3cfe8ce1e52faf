import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { anyRecord } from '../chance.suite.ts'
import { encodeRecord } from './codec.ts'
import { Block, frameAt, nextFrame } from './frame.ts'

const texts = fc.array(anyRecord.map(encodeRecord), { minLength: 1, maxLength: 5 })

describe('frames', () => {
  test('are read back wherever the bytes are cut: whole ones whole, a torn one never', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (texts, at) => {
        const { bytes, ends } = blockOf(texts)
        const cut = at % (bytes.length + 1)
        expect(framesOf(bytes, cut)).toEqual(texts.filter((_, index) => ends[index]! <= cut))
      }),
    )
  })

  test('a bit that flips in a frame hides that frame, and no other', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat({ max: 7 }), (texts, at, bit) => {
        const { bytes, ends } = blockOf(texts)
        const spot = at % bytes.length
        bytes[spot]! ^= 1 << bit
        const hit = ends.findIndex((end) => spot < end)
        const start = hit === 0 ? 0 : ends[hit - 1]!
        expect(typeof frameAt(bytes, start, bytes.length)).toBe('string')
        const next = nextFrame(bytes, start + 1, bytes.length)
        expect(next).toBe(hit === texts.length - 1 ? -1 : ends[hit]!)
      }),
    )
  })

  test.each(['plain', 'naïve', '日本語', '💥', '\u0000'])(
    'the checksum of %p is that of its bytes',
    (text) => {
      const json = JSON.stringify([text.repeat(100)])
      const { bytes } = blockOf([json])
      expect(bytes.readUInt32LE(4)).toBe(Bun.hash.crc32(Buffer.from(json)))
      expect(bytes.subarray(8)).toEqual(Buffer.from(json))
    },
  )

  test('bytes of zero, as a power cut leaves them, hold none', () => {
    expect(frameAt(Buffer.alloc(4096), 0, 4096)).toBe('none')
    expect(nextFrame(Buffer.alloc(4096), 0, 4096)).toBe(-1)
  })

  test('a block takes what fits to the last byte, and nothing half', () => {
    const text = JSON.stringify(['é'.repeat(10)])
    const size = Buffer.byteLength(text) + 8
    const exact = new Block(size)
    expect(exact.add(text)).toBe(true)
    expect(exact.used).toBe(size)
    const short = new Block(size - 1)
    expect(short.add(text)).toBe(false)
    expect(short.used).toBe(0)
  })
})

function blockOf(texts: readonly string[]): { bytes: Buffer; ends: number[] } {
  const block = new Block(1 << 20)
  const ends = texts.map((text) => {
    block.add(text)
    return block.used
  })
  return { bytes: Buffer.from(block.bytes.subarray(0, block.used)), ends }
}

function framesOf(bytes: Buffer, end: number): string[] {
  const found: string[] = []
  for (let frame = frameAt(bytes, 0, end); typeof frame === 'object';) {
    found.push(frame.text)
    frame = frameAt(bytes, frame.end, end)
  }
  return found
}
