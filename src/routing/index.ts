import { cheapest } from './cheapest.ts'
import { fastest } from './fastest.ts'
import { fixed } from './fixed.ts'
import type { Policy } from './policy.ts'
import { weighted } from './weighted.ts'

/** Every policy that orders candidates, by its name in the configuration. */
export const policies = { fixed, weighted, fastest, cheapest } satisfies Record<string, Policy>
