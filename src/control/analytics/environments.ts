import type { CostRow } from '../../store/ports.ts'
import { isAside } from '../../core/record.ts'

/**
 * Which calls a figure is of. Production stands for itself and for calls of keys that name no
 * environment; whoever runs others names them, and they are told apart.
 */
export type EnvironmentChoice = 'all' | (string & {})

export function isChosen(env: string | null, chosen: EnvironmentChoice): boolean {
  if (chosen === 'all') return true
  return env === chosen || (env === null && chosen === 'production')
}

/** What a role's cost is for. Checks, judges and probes are asked for nobody's answer. */
export function isShared(role: string | null): boolean {
  return role !== null && (isAside(role) || role === 'judge' || role === 'probe')
}

export interface Tally {
  readonly calls: number
  readonly attempts: number
  readonly cost: bigint
  readonly costUnknown: number
  readonly estimated: number
}

export const noTally: Tally = { calls: 0, attempts: 0, cost: 0n, costUnknown: 0, estimated: 0 }

export function tallied(tally: Tally, row: CostRow): Tally {
  return {
    calls: tally.calls + row.calls,
    attempts: tally.attempts + row.attempts,
    cost: tally.cost + row.cost,
    costUnknown: tally.costUnknown + row.costUnknown,
    estimated: tally.estimated + row.estimated,
  }
}
