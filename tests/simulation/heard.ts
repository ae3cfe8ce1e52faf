import type { Tokens } from '../../simulator/model.ts'

/** One exchange, as the vendor saw it. */
export interface Heard {
  readonly vendor: string
  readonly key: string
  readonly model: string
  /** Stands in the prompt: whose it is. */
  readonly marker: string
  readonly atUs: number
  /** What the vendor did to it; null: nothing. */
  readonly fault: string | null
  status: number | null
  tokens: Tokens | null
  ending: 'open' | 'finished' | 'broken' | 'left'
  endedUs: number | null
}
