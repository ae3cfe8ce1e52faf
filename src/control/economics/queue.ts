import type { Random } from '../../core/random.ts'

/** What a queue did with a trace of arrivals. */
export interface QueueRun {
  readonly calls: number
  /** Share that waited longer than the limit. */
  readonly late: number
  readonly meanWaitS: number
  /** Of all waits, seconds. */
  readonly p99WaitS: number
  /** Share of the slots' time that was used: what a month of such traffic earns. */
  readonly utilisation: number
}

/**
 * Calls one after another into the first slot that is free. Batching makes an engine's calls slow each other, so the
 * service time is that of the measured concurrency, at which all slots are taken: it errs to the slow side.
 * @param arrivals  seconds, in order
 * @param serviceS  that a call holds its slot
 */
export function runQueue(
  arrivals: Float64Array,
  serviceS: number,
  slots: number,
  waitMaxS: number,
): QueueRun {
  // With equal service times the slots come free in the order in which they were taken: a ring will do.
  const free = new Float64Array(slots)
  const waits = new Float64Array(arrivals.length)
  let late = 0
  let sum = 0
  for (let index = 0; index < arrivals.length; index += 1) {
    const at = arrivals[index]!
    const slot = index % slots
    const begins = Math.max(at, free[slot]!)
    free[slot] = begins + serviceS
    const wait = begins - at
    waits[index] = wait
    sum += wait
    if (wait > waitMaxS) late += 1
  }
  const calls = arrivals.length
  const span = calls === 0 ? 0 : Math.max(...free) - arrivals[0]!
  return {
    calls,
    late: calls === 0 ? 0 : late / calls,
    meanWaitS: calls === 0 ? 0 : sum / calls,
    p99WaitS: calls === 0 ? 0 : waits.toSorted()[Math.min(calls - 1, Math.floor(0.99 * calls))]!,
    utilisation: span === 0 ? 0 : (calls * serviceS) / (slots * span),
  }
}

/**
 * The same with calls that each hold their slot for a time of their own. Slots come free in any order then: the first
 * that is free stands at the root of a heap.
 * @param services  seconds, one for each arrival
 */
export function runVaried(
  arrivals: Float64Array,
  services: Float64Array,
  slots: number,
  waitMaxS: number,
): QueueRun {
  const free = new Float64Array(slots)
  const waits = new Float64Array(arrivals.length)
  let [late, sum, busy, end] = [0, 0, 0, 0]
  for (let index = 0; index < arrivals.length; index += 1) {
    const at = arrivals[index]!
    const begins = Math.max(at, free[0]!)
    const ends = begins + services[index]!
    putAtRoot(free, ends)
    const wait = begins - at
    waits[index] = wait
    sum += wait
    busy += services[index]!
    end = Math.max(end, ends)
    if (wait > waitMaxS) late += 1
  }
  const calls = arrivals.length
  const span = calls === 0 ? 0 : end - arrivals[0]!
  return {
    calls,
    late: calls === 0 ? 0 : late / calls,
    meanWaitS: calls === 0 ? 0 : sum / calls,
    p99WaitS: calls === 0 ? 0 : waits.toSorted()[Math.min(calls - 1, Math.floor(0.99 * calls))]!,
    utilisation: span === 0 ? 0 : busy / (slots * span),
  }
}

/** Replaces the least of a heap, and lets the new value sink to its place. */
function putAtRoot(heap: Float64Array, value: number): void {
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) break
    const right = left + 1
    const child = right < heap.length && heap[right]! < heap[left]! ? right : left
    if (heap[child]! >= value) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = value
}

/** So many arrivals are simulated; of more, the hours from the first on that fill them, scaled by no factor. */
const arrivalsMost = 300_000

/**
 * Arrivals by chance within each hour, as many as the hour had. Bursts within an hour that are sharper than chance are
 * not in it.
 */
export function arrivalsOf(hourly: readonly number[], random: Random): Float64Array {
  const times: number[] = []
  for (const [hour, mean] of hourly.entries()) {
    if (mean <= 0) continue
    const gap = 3_600 / mean
    let at = -Math.log(1 - random.next()) * gap
    while (at < 3_600 && times.length < arrivalsMost) {
      times.push(hour * 3_600 + at)
      at += -Math.log(1 - random.next()) * gap
    }
    if (times.length >= arrivalsMost) break
  }
  return Float64Array.from(times)
}

export interface Sized {
  readonly replicas: number
  readonly run: QueueRun
}

/**
 * The fewest replicas with which no more than so many calls wait too long; null when that many do not exist.
 * @param service  seconds: of every call, or of each
 */
export function replicasFor(
  arrivals: Float64Array,
  service: number | Float64Array,
  slotsPerReplica: number,
  waitMaxS: number,
  lateMost = 0.01,
  replicasMost = 512,
): Sized | null {
  const runOf = (replicas: number): QueueRun =>
    typeof service === 'number'
      ? runQueue(arrivals, service, replicas * slotsPerReplica, waitMaxS)
      : runVaried(arrivals, service, replicas * slotsPerReplica, waitMaxS)
  let high = 1
  while (runOf(high).late > lateMost) {
    if (high >= replicasMost) return null
    high *= 2
  }
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (runOf(middle).late > lateMost) low = middle
    else high = middle
  }
  return { replicas: high, run: runOf(high) }
}
