import { quantile } from '../harness.ts'
import { grown } from './inside.ts'
import { type Rest, type Sample, type Soaked, strays } from './run.ts'
import { floors, type Slope, slopeOf } from './slope.ts'

/** MB an hour; 24 h of it would be 120 MB. */
const slopeMax = 5
/** Far more than there are calls at once here: what vendors have beyond it is forgotten. Callers keep as many as they like. */
const toVendorsMax = 512
/** By how much a median may differ. Sockets are told one by one. */
const openMax = { files: 10, others: 10, threads: 10 } as const
const openShareMax = 0.25

export interface Judged {
  readonly wrong: readonly string[]
  /** Of the floors of resident memory, in MB an hour. */
  readonly memory: Slope
  /** Of what is allocated at rests, in MB an hour; null where the runtime does not say. */
  readonly allocated: Slope | null
  readonly floorSeconds: number
}

/** What has to be flat over the time after the warm-up, in which caches fill and code is compiled, and whether it is. */
export function judge(
  { samples, rests, unsound, socketsLeft }: Soaked,
  warmSeconds: number,
): Judged {
  const last = samples.at(-1)?.seconds ?? 0
  const warm = <Each extends Sample>(all: readonly Each[]): Each[] =>
    all.filter(({ seconds }) => seconds >= warmSeconds)
  const floorSeconds = Math.max(60, last / 120)
  const points = warm(samples).map(({ seconds, residentMb }) => ({ x: seconds, y: residentMb }))
  const least = floors(points, floorSeconds)
  const memory = slopeOf(least.map(({ x, y }) => ({ x: x / 3_600, y })))
  const settled = warm(rests)
  const known = settled.flatMap(({ seconds, inside: { allocatedBytes } }) =>
    allocatedBytes === null ? [] : [{ x: seconds / 3_600, y: allocatedBytes / 1e6 }],
  )
  const allocated = known.length < 2 ? null : slopeOf(known)
  const wrong = [...unsound]
  for (const [what, slope] of [
    ['memory', memory],
    ['allocated memory', allocated],
  ] as const) {
    if (slope && slope.low > slopeMax)
      wrong.push(`${what} grows by ${slopeText(slope)}; at most ${slopeMax} are let pass`)
  }
  for (const what of ['files', 'others', 'threads'] as const) {
    const found = growth(settled, what)
    if (found !== null) wrong.push(found)
  }
  for (const { seconds, activeCalls, openAtVendors } of rests) {
    if (activeCalls > 0 || openAtVendors > 0) {
      wrong.push(
        `at rest after ${Math.round(seconds)} s the gateway has ${activeCalls} calls under way, vendors ${openAtVendors}`,
      )
    }
  }
  for (const each of rests) {
    const { seconds, sockets, fromCallers, toVendors } = each
    const count = strays(each, rests[0]!)
    const after = `at rest after ${Math.round(seconds)} s`
    if (count > 0)
      wrong.push(
        `${after} ${count} sockets are nobody's: of ${sockets} callers have ${fromCallers}, and ${toVendors} are kept for vendors`,
      )
    if (toVendors > toVendorsMax)
      wrong.push(`${after} ${toVendors} connections are kept for vendors, ${toVendorsMax} may be`)
  }
  if (socketsLeft > 0) wrong.push(`${socketsLeft} sockets are left when everybody is gone`)
  const [first] = settled
  const end = settled.at(-1)
  if (first && end && first !== end) {
    for (const each of grown(first.inside, end.inside, end.calls - first.calls)) {
      wrong.push(`live objects at rest, ${each}`)
    }
  }
  return { wrong, memory, allocated, floorSeconds }
}

export function slopeText({ perUnit, low, high }: Slope): string {
  return `${perUnit.toFixed(1)} MB an hour (95 %: ${low.toFixed(1)} to ${high.toFixed(1)})`
}

function growth(rows: readonly Rest[], what: keyof typeof openMax): string | null {
  const third = Math.ceil(rows.length / 3)
  const middle = (some: readonly Rest[]): number =>
    quantile(
      some.map((each) => each[what]),
      0.5,
    )
  const from = middle(rows.slice(0, third))
  const to = middle(rows.slice(-third))
  if (to - from <= Math.max(openMax[what], from * openShareMax)) return null
  return `${what} grow: the median of the first third is ${from}, of the last ${to}`
}
