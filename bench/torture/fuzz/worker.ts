import { fuzz, type Finding, targets } from './targets.ts'

/** A thread of its own, so that a reader that never ends can be told of by the one that waits. */
declare const self: Worker

export interface Errand {
  readonly seed: number
  /** Inputs for each target, by its place in the list; or, in milliseconds, how long each is tried. */
  readonly shares: readonly number[]
  readonly by: 'count' | 'time'
}

export interface Told {
  readonly target: string
  readonly tried: number
  readonly findings: readonly Finding[]
  /** Of this target, in milliseconds. */
  readonly tookMs: number
  readonly done: boolean
}

/** Short enough to be told of often, also where one input takes a millisecond. */
const batch = 250

self.addEventListener('message', ({ data }: MessageEvent<Errand>) => {
  const { seed, shares, by } = data
  for (const [place, target] of targets.entries()) {
    const share = shares[place]!
    const startedMs = performance.now()
    const isLeft = (next: number): boolean =>
      by === 'count' ? next < share : performance.now() - startedMs < share
    for (let next = 0; isLeft(next);) {
      const end = by === 'count' ? Math.min(share, next + batch) : next + batch
      const findings: Finding[] = []
      const batchMs = performance.now()
      tell({ target: target.name, tried: 0, findings, tookMs: 0, done: false })
      fuzz(target, seed, next, end, (finding) => findings.push(finding))
      const tookMs = performance.now() - batchMs
      tell({ target: target.name, tried: end - next, findings, tookMs, done: false })
      next = end
    }
  }
  tell({ target: '', tried: 0, findings: [], tookMs: 0, done: true })
})

function tell(told: Told): void {
  self.postMessage(told)
}
