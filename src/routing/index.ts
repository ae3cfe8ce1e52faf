import { fixed } from './fixed.ts'
import type { Policy } from './policy.ts'
import { weighted } from './weighted.ts'

/** Every policy, by its name in the configuration. */
export const policies = { fixed, weighted } satisfies Record<string, Policy>
