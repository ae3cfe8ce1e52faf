import type { Money } from '../../../core/money.ts'
import type { Estimate } from '../intervals.ts'
import type { Calibration } from './calibration.ts'

/** What the report says of its judge. */
export interface JudgeReport {
  readonly judges: readonly string[]
  /** Null: it has none. */
  readonly calibration: Calibration | null
  /** Why nothing is concluded from its word; null where its errors are reckoned out. */
  readonly why: string | null
  /** The share of answers that the judge itself called right, by model. */
  readonly said: Readonly<Record<string, Estimate>>
  readonly cost: Money | null
  readonly notes: readonly string[]
}
