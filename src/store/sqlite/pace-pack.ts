import type { Histogram } from '../histogram.ts'
import type { Pace } from '../performance.ts'

/**
 * The sums of one hour as bytes: whole numbers of seven bits to the byte, and of each histogram the
 * buckets that are used. Some 200 bytes, where a row for each bucket would take 2,000.
 */

const version = 1

export function packedPace(pace: Pace): Uint8Array {
  const bytes: number[] = []
  const { attempts, answered, failed, throttled, tokens, busyUs, judged, up } = pace
  for (const value of [
    version,
    attempts,
    answered,
    failed,
    throttled,
    tokens,
    busyUs,
    ...judged,
    ...up,
  ]) {
    write(bytes, value)
  }
  for (const histogram of [pace.ttft, pace.total, pace.flow]) writeHistogram(bytes, histogram)
  return Uint8Array.from(bytes)
}

/** Adds what is packed to other sums. @throws Error for bytes of another version */
export function addPacked(pace: Pace, bytes: Uint8Array): void {
  const reader = { bytes, at: 0 }
  const found = read(reader)
  if (found !== version) {
    throw new Error(`Sums of performance are of version ${found}, and this one reads ${version}.`)
  }
  pace.attempts += read(reader)
  pace.answered += read(reader)
  pace.failed += read(reader)
  pace.throttled += read(reader)
  pace.tokens += read(reader)
  pace.busyUs += read(reader)
  for (const words of [pace.judged, pace.up]) {
    words[0] |= read(reader)
    words[1] |= read(reader)
  }
  for (const histogram of [pace.ttft, pace.total, pace.flow]) addBuckets(reader, histogram)
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

/** Not by shifting: sums of microseconds have more than 32 bits. */
function write(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}

function read(reader: Reader): number {
  const { bytes } = reader
  let [value, scale] = [0, 1]
  for (;;) {
    const byte = bytes[reader.at] ?? 0
    reader.at += 1
    if (byte < 128) return value + byte * scale
    value += (byte - 128) * scale
    scale *= 128
  }
}

function writeHistogram(bytes: number[], histogram: Histogram): void {
  const used = histogram.used()
  write(bytes, used.length)
  let before = 0
  for (const [bucket, count] of used) {
    write(bytes, bucket - before)
    write(bytes, count)
    before = bucket
  }
}

/** The bucket of the largest number that there is: what lies above was no time. */
const bucketMost = 15_000

function addBuckets(reader: Reader, into: Histogram): void {
  let bucket = 0
  for (let left = read(reader); left > 0; left -= 1) {
    bucket += read(reader)
    const count = read(reader)
    if (bucket > bucketMost || reader.at > reader.bytes.length)
      throw new Error(
        'Sums of performance are damaged: they are longer than what there is of them.',
      )
    into.addCount(bucket, count)
  }
}
