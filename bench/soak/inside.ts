import { heapStats } from 'bun:jsc'

/** The objects of one thread. */
export interface Counted {
  readonly heapBytes: number
  readonly objects: number
  /** By their class. */
  readonly types: Readonly<Record<string, number>>
}

/** What a watched gateway says of its main thread, and a look also of the others. */
export interface Inside extends Counted {
  /** What the allocator has given out to all threads and not got back; null where the runtime does not count it. */
  readonly allocatedBytes: number | null
  /** Since the last look. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly threads: readonly ThreadInside[]
}

export interface ThreadInside extends Omit<Counted, 'types'> {
  readonly name: string
}

/** Collects all garbage of the thread that calls it, and counts what is left. */
export function countLive(): Counted {
  // What a collection finalises may free more: the third finds nothing new.
  for (let round = 0; round < 3; round += 1) Bun.gc(true)
  return count()
}

/** What is in the thread that calls it, garbage and all. */
export function count(): Counted {
  const { heapSize, objectCount, objectTypeCounts } = heapStats()
  return { heapBytes: heapSize, objects: objectCount, types: objectTypeCounts }
}

/** What lies between it and the resident memory is the allocator's own: holes between what is in use. */
export function allocatedBytes(): number | null {
  const { mimalloc } = heapStats() as { mimalloc?: Partial<Record<string, Counter>> }
  const [small, huge] = [mimalloc?.['malloc_normal'], mimalloc?.['malloc_huge']]
  return small && huge ? small.current + huge.current : null
}

interface Counter {
  readonly current: number
}

/** The channel on which the main thread asks the others, and the one on which they answer. */
export const threadsAsked = 'freehold-threads-asked'
export const threadsTold = 'freehold-threads-told'

/** Stands before each look in stderr, among the lines of the log. */
export const mark = 'freehold-inside '

/** Classes of which a call makes some and leaves none. */
const calls = [
  'Timeout',
  'Immediate',
  'AbortController',
  'AbortSignal',
  'Request',
  'Response',
  'ReadableStream',
  'ReadableStreamDefaultReader',
  'ReadableStreamDefaultController',
  'Promise',
  'TCPSocket',
  'TLSSocket',
  'Headers',
  'CryptoHasher',
  'Map',
  'Set',
  'Array',
  'Object',
  'Function',
  'Uint8Array',
  'ArrayBuffer',
  'string',
  'BigInt',
] as const

/** By how much a class may grow between two looks at rest: modules loaded late, and strays of a cautious collector. */
const growthMax = { share: 0.1, count: 60 }

/**
 * Classes that have grown from one look at a gateway at rest to a later one, by more than a tenth of
 * the calls in between: who forgets one object in ten calls is found.
 */
export function grown(before: Inside, after: Inside, callsBetween: number): string[] {
  return calls.flatMap((name) => {
    const from = before.types[name] ?? 0
    const to = after.types[name] ?? 0
    const allowed = Math.max(growthMax.count, from * growthMax.share, callsBetween / 10)
    return to - from > allowed ? [`${name}: ${from}, and later ${to}`] : []
  })
}
