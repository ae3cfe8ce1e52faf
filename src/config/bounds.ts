import type { Bounds } from '../gateway/limits/limits.ts'
import type { Config } from './schema/index.ts'

type Written = Config['customers'][string]

export const unbound: Bounds = { budget: null, rate: null }

/** Budget and rate as they may stand on a key, customer, feature, task or provider. */
export function boundsOf({ budget, rate }: Written): Bounds {
  return {
    budget: budget ?? null,
    rate: rate
      ? {
          requests: rate.requests ?? null,
          tokens: rate.tokens ?? null,
          concurrent: rate.concurrent ?? null,
        }
      : null,
  }
}
