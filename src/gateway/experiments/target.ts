import { shareAtLeast } from '../../stats/intervals.ts'
import type { TaskRouting } from './settings.ts'

/** Of a policy whose own rows agreed more often than its calls do, by chance alone. */
const risk = 0.05

/**
 * The share of answers that have to agree with the strong model's. As many as on the policy's own rows, less
 * what the promise lets be lost; where nobody counted those, as the promise says. The rows are a sample: the share
 * is the least that they leave open, else a policy that holds is accused for the luck of its table.
 */
export function targetOf({ audit, fitted, guarantee }: TaskRouting): number | null {
  if (audit === null) return null
  if (audit.agreement !== null) return audit.agreement
  const quality = guarantee?.quality ?? fitted?.facts.quality ?? null
  if (quality === null) return null
  const agreement = fitted?.facts.agreement ?? null
  const target = agreement === null ? quality : leastOf(agreement) - (1 - quality)
  return Math.min(0.999, Math.max(0.01, target))
}

function leastOf({ rate, rows }: { readonly rate: number; readonly rows: number }): number {
  return shareAtLeast(Math.round(rate * rows), rows, risk)
}
