import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { mp3, tone, wav } from '../../../simulator/wave.ts'
import { secondsOf } from './sound.ts'

describe('the length of sound is read from', () => {
  test('a WAV, also one that promises more than it holds, as a stream of no known end does', () => {
    const file = Buffer.from(wav(tone(2.5)))
    expect(secondsOf(file)).toBe(2.5)
    file.writeUInt32LE(0xffffffff, 40)
    expect(secondsOf(file)).toBe(2.5)
  })

  test('a WAV with other chunks before the sound', () => {
    const plain = Buffer.from(wav(tone(1)))
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')
    expect(secondsOf(Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)]))).toBe(1)
  })

  test('an MP3, with and without a tag before it', () => {
    const sound = mp3(10)
    expect(secondsOf(sound)).toBeCloseTo(10, 0)
    const tag = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x01\x00', 'latin1'), Buffer.alloc(128)])
    expect(secondsOf(Buffer.concat([tag, sound]))).toBeCloseTo(10, 0)
  })

  test('a FLAC', () => {
    const head = Buffer.alloc(42)
    head.write('fLaC\0\0\0\x22', 0, 'latin1')
    // 44,100 samples a second, two channels of 16 bits, 441,000 samples.
    head.set([0x0a, 0xc4, 0x42, 0xf0, 0x00, 0x06, 0xba, 0xa8], 18)
    expect(secondsOf(head)).toBe(10)
  })

  test('an Opus file, whose first samples are no sound, and a Vorbis file', () => {
    const opus = Buffer.concat([page(0n, 'OpusHead\x01\x01\x38\x01'), page(480_312n, 'data')])
    expect(secondsOf(opus)).toBe(10)
    const vorbis = Buffer.from('\x01vorbis\0\0\0\0\x02\x44\xac\0\0', 'latin1')
    expect(secondsOf(Buffer.concat([page(0n, vorbis), page(441_000n, 'data')]))).toBe(10)
  })

  test('an M4A in either width', () => {
    const short = Buffer.alloc(60)
    short.write('\0\0\0\x0cftypM4A \0\0\0\x30moov\0\0\0\x28mvhd\0', 0, 'latin1')
    short.writeUInt32BE(1_000, 24 + 16)
    short.writeUInt32BE(9_500, 24 + 20)
    expect(secondsOf(short)).toBe(9.5)
    const long = Buffer.alloc(72)
    long.write('\0\0\0\x0cftypM4A \0\0\0\x3cmoov\0\0\0\x34mvhd\x01', 0, 'latin1')
    long.writeUInt32BE(1_000, 24 + 24)
    long.writeBigUInt64BE(9_500n, 24 + 28)
    expect(secondsOf(long)).toBe(9.5)
  })
})

test('any bytes have a length of no less than nothing, or none', () => {
  const heads = ['RIFF\0\0\0\0WAVEfmt ', 'fLaC', 'OggS', '\0\0\0\0ftyp', 'ID3', '\xff\xfb\x90', '']
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 120 }), (head, rest) => {
      const seconds = secondsOf(Buffer.concat([Buffer.from(head, 'latin1'), rest]))
      expect(seconds === null || (Number.isFinite(seconds) && seconds >= 0)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

function page(samples: bigint, body: string | Uint8Array): Buffer {
  const head = Buffer.alloc(28)
  head.write('OggS', 0, 'latin1')
  head.writeBigInt64LE(samples, 6)
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body, 'latin1') : body])
}
