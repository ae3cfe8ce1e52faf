import type { JsonObject } from '../core/json.ts'
import type { Experiments } from '../gateway/experiments/experiments.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import type { Shelf } from '../store/ports.ts'
import type { Control } from './control.ts'

/** A request that has passed its route's role. */
export interface Asked {
  readonly key: ApiKey
  /** What stood in the place of the path's `*`; '' for paths without one. */
  readonly rest: string
  readonly query: URLSearchParams
  readonly header: (name: string) => string | null
  readonly readBody: () => Promise<JsonObject>
  readonly control: Control
  /** Absent where no gateway runs. */
  readonly shelf?: Shelf
  readonly experiments?: Experiments
  readonly planning?: Planning
  readonly activeCalls: number
}

/** What a plan is made of in a running gateway. */
export type Planning = Pick<
  Parts,
  'random' | 'tokenRatios' | 'affinity' | 'latencies' | 'experiments' | 'health' | 'clock'
>
