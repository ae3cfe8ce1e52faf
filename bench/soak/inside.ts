/** What a watched gateway says of its main thread, after all garbage was collected. */
export interface Inside {
  /** Since the last look. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly heapBytes: number
  readonly objects: number
  /** Live objects by their class. */
  readonly types: Readonly<Record<string, number>>
}

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
