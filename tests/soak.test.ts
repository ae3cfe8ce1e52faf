import { describe, expect, test } from 'bun:test'
import { judge } from '../bench/soak/judge.ts'
import type { Rest, Sample, Soaked } from '../bench/soak/run.ts'
import { floors, slopeOf } from '../bench/soak/slope.ts'
import { chances } from '../bench/torture/part.ts'

const chance = chances(7)
/** Of about normal shape, and a variance of 1. */
const noise = (): number => Array.from({ length: 12 }, chance).reduce((sum, each) => sum + each, -6)

describe('a slope', () => {
  test('of a straight line is its own, and sure', () => {
    const line = Array.from({ length: 20 }, (_, x) => ({ x, y: 3 + 2 * x }))
    const { perUnit, low, high, median } = slopeOf(line)
    for (const each of [perUnit, low, high, median]) expect(each).toBeCloseTo(2, 9)
  })

  test('lies in its interval 19 times of 20, also where neighbours are alike', () => {
    for (const memory of [0, 0.5]) {
      let inside = 0
      for (let run = 0; run < 200; run += 1) {
        let state = 0
        const points = Array.from({ length: 60 }, (_, x) => {
          state = memory * state + noise()
          return { x, y: 0.1 * x + state }
        })
        const { low, high } = slopeOf(points)
        if (low <= 0.1 && 0.1 <= high) inside += 1
      }
      // 95 % of 200 are 190; the correlation itself is only estimated, which costs a few.
      expect(inside).toBeGreaterThan(175)
      expect(inside).toBeLessThan(200)
    }
  })

  test('of two points is not known', () => {
    const { low, high } = slopeOf([
      { x: 0, y: 0 },
      { x: 1, y: 5 },
    ])
    expect([low, high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  test('stands on the least of each window, under what a collector sweeps away', () => {
    const saw = Array.from({ length: 100 }, (_, x) => ({ x, y: 50 + (x % 10) * 3 }))
    expect(floors(saw, 10).map(({ y }) => y)).toEqual(Array(10).fill(50))
  })
})

describe('a soak', () => {
  test('in which everything is flat holds', () => {
    expect(judge(soaked({}), warmSeconds).wrong).toEqual([])
  })

  test.each([
    ['memory', { mbPerHour: 60 }, /memory grows by (5[5-9]|6[0-5])\.\d MB an hour/],
    [
      'what is allocated',
      { allocatedPerHour: 60 },
      /allocated memory grows by (5[5-9]|6[0-5])\.\d MB an hour/,
    ],
    ['sockets', { socketsPerHour: 600 }, /[1-9]\d* sockets are nobody's/],
    [
      'what is kept for vendors',
      { keptPerHour: 600 },
      /connections are kept for vendors, 512 may be/,
    ],
    ['files', { filesPerHour: 600 }, /files grow/],
    ['objects', { objectsPerCall: 0.5 }, /live objects at rest, Timeout/],
    ['a call that never ends', { activeCalls: 1 }, /1 calls under way/],
    ['sockets that nobody closes', { socketsLeft: 3 }, /3 sockets are left/],
  ])('in which %s grows does not', (_, growing, says) => {
    const { wrong } = judge(soaked(growing), warmSeconds)
    expect(wrong.length).toBeGreaterThan(0)
    expect(wrong.join('\n')).toMatch(says)
  })
})

const warmSeconds = 720

interface Growing {
  readonly mbPerHour?: number
  readonly allocatedPerHour?: number
  readonly socketsPerHour?: number
  readonly keptPerHour?: number
  readonly filesPerHour?: number
  readonly objectsPerCall?: number
  readonly activeCalls?: number
  readonly socketsLeft?: number
}

/** An hour of a gateway with 100 MB, give or take 3, and 120 calls a second. */
function soaked({
  mbPerHour = 0,
  allocatedPerHour = 0,
  socketsPerHour = 0,
  keptPerHour = 0,
  filesPerHour = 0,
  objectsPerCall = 0,
  activeCalls = 0,
  socketsLeft = 0,
}: Growing): Soaked {
  const sample = (seconds: number): Sample => ({
    seconds,
    residentMb: 100 + (mbPerHour * seconds) / 3_600 + noise() * 3,
    anonymousMb: 60,
    storeMb: 0,
    sockets: 30 + ((socketsPerHour + keptPerHour) * seconds) / 3_600,
    files: 12 + (filesPerHour * seconds) / 3_600,
    others: 5,
    threads: 12,
  })
  const rest = (seconds: number): Rest => ({
    ...sample(seconds),
    calls: seconds * 120,
    activeCalls,
    openAtVendors: 0,
    fromCallers: 20,
    toVendors: 4 + (keptPerHour * seconds) / 3_600,
    inside: {
      loopDelayMs: { p50: 0, p99: 0, max: 0 },
      allocatedBytes: 80e6 + (allocatedPerHour * 1e6 * seconds) / 3_600 + noise() * 3e5,
      heapBytes: 20_000_000,
      objects: 70_000,
      types: { Timeout: 20 + seconds * 120 * objectsPerCall },
      threads: [],
    },
  })
  return {
    samples: Array.from({ length: 360 }, (_, at) => sample(at * 10)),
    rests: Array.from({ length: 11 }, (_, at) => rest(at * 360)),
    counts: { calls: 432_000, whole: 0, refused: 0, left: 0, cut: 0, late: 0, faults: 0 },
    unsound: [],
    socketsLeft,
  }
}
