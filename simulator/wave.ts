/** Sound as the simulator makes and measures it. */

const samplesPerSecond = 8_000
const bytesPerSecond = samplesPerSecond * 2

/** A tone of 220 Hz, 16 bits a sample, one channel. */
export function tone(seconds: number): Uint8Array {
  const bytes = Buffer.alloc(Math.round(seconds * samplesPerSecond) * 2)
  for (let at = 0; at < bytes.length; at += 2) {
    const turn = (at / 2 / samplesPerSecond) * 220 * 2 * Math.PI
    bytes.writeInt16LE(Math.round(Math.sin(turn) * 8_000), at)
  }
  return bytes
}

/** The samples behind the head of a WAV file. */
export function wav(samples: Uint8Array): Uint8Array {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20) // not compressed
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(samplesPerSecond, 24)
  head.writeUInt32LE(bytesPerSecond, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}

/** Frames of layer III at 128 kbit/s and 44.1 kHz that hold silence: 26 ms each. */
export function mp3(seconds: number): Uint8Array {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0xc4])
  const frames = Math.max(1, Math.ceil((seconds * 44_100) / 1_152))
  return Buffer.concat(Array.from({ length: frames }, () => frame))
}

/** Seconds of a WAV file; null when it is none. */
export function lengthOf(file: Uint8Array): number | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (bytes.length < 44 || bytes.toString('latin1', 0, 4) !== 'RIFF') return null
  return (bytes.length - 44) / bytes.readUInt32LE(28)
}
