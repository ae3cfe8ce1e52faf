/**
 * How long recorded sound is, read from the heads of its format: seconds, not rounded. Whoever is asked
 * to write it down bills by its length and may not say it. Null for what is none of these formats, or
 * says nothing, such as what a browser records.
 */
export function secondsOf(bytes: Uint8Array): number | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const seconds = wav(file) ?? flac(file) ?? ogg(file) ?? mp4(file) ?? mp3(file)
  return seconds !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

/** The bytes of a second in a format that is not compressed; null for all others. */
export function isWav(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.byteLength))
  return head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WAVE'
}

/** RIFF: a chunk tells the bytes of a second, another holds the sound and may promise more than came. */
function wav(file: Buffer): number | null {
  if (!isWav(file)) return null
  let perSecond = 0
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    if (name === 'fmt ' && at + 20 <= file.length) perSecond = file.readUInt32LE(at + 16)
    if (name === 'data') {
      return perSecond === 0 ? null : Math.min(size, file.length - at - 8) / perSecond
    }
    at += 8 + size + (size & 1)
  }
  return null
}

/** STREAMINFO, always first: 20 bits of rate and 36 of samples behind 10 bytes and 3 + 5 bits. */
function flac(file: Buffer): number | null {
  if (file.toString('latin1', 0, 4) !== 'fLaC' || file.length < 26) return null
  const rate = file.readUIntBE(18, 3) >> 4
  const samples = (file[21]! & 0x0f) * 2 ** 32 + file.readUInt32BE(22)
  return rate === 0 || samples === 0 ? null : samples / rate
}

/** The last page tells the samples; Opus counts at 48 kHz whatever it was recorded at. */
function ogg(file: Buffer): number | null {
  if (file.toString('latin1', 0, 4) !== 'OggS') return null
  const last = file.lastIndexOf('OggS')
  if (last + 14 > file.length) return null
  const samples = Number(file.readBigInt64LE(last + 6))
  const opus = file.indexOf('OpusHead')
  if (opus !== -1 && opus < 300 && opus + 12 <= file.length) {
    return (samples - file.readUInt16LE(opus + 10)) / 48_000
  }
  const vorbis = file.indexOf('\x01vorbis', 0, 'latin1')
  if (vorbis === -1 || vorbis > 300 || vorbis + 16 > file.length) return null
  return samples / file.readUInt32LE(vorbis + 12)
}

/** MP4 and M4A: the movie's head tells its time scale and its length in it. */
function mp4(file: Buffer): number | null {
  if (file.toString('latin1', 4, 8) !== 'ftyp') return null
  const head = file.indexOf('mvhd', 0, 'latin1')
  if (head === -1 || head + 36 > file.length) return null
  const isLong = file[head + 4] === 1
  const scale = file.readUInt32BE(head + (isLong ? 24 : 16))
  const length = isLong ? Number(file.readBigUInt64BE(head + 28)) : file.readUInt32BE(head + 20)
  return scale === 0 ? null : length / scale
}

/** Kilobits a second of layer III, by the index in a frame's head. */
const kilobits = {
  mpeg1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  mpeg2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

/** The first frame's bit rate stands for all: exact where it is constant, as encoders of speech have it. */
function mp3(file: Buffer): number | null {
  let at = 0
  if (file.toString('latin1', 0, 3) === 'ID3' && file.length >= 10) {
    const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, 10)
    at = 10 + (a << 21) + (b << 14) + (c << 7) + d
  }
  if (at < 0 || at + 4 > file.length) return null
  const [sync, layer, rate] = [file[at]!, file[at + 1]!, file[at + 2]!]
  const isFrame = sync === 0xff && (layer & 0xe6) === 0xe2
  if (!isFrame) return null
  const table = (layer & 0x18) === 0x18 ? kilobits.mpeg1 : kilobits.mpeg2
  const perSecond = ((table[rate >> 4] ?? 0) * 1_000) / 8
  return perSecond === 0 ? null : (file.length - at) / perSecond
}
