import type { TaskRouting } from './settings.ts'

/**
 * The share of answers that have to agree with the strong model's. As many as on the policy's own rows, less
 * what the promise lets be lost; where nobody counted those, as the promise says.
 */
export function targetOf({ audit, fitted, guarantee }: TaskRouting): number | null {
  if (audit === null) return null
  if (audit.agreement !== null) return audit.agreement
  const quality = guarantee?.quality ?? fitted?.facts.quality ?? null
  if (quality === null) return null
  const agreement = fitted?.facts.agreement ?? null
  const target = agreement === null ? quality : agreement.rate - (1 - quality)
  return Math.min(0.999, Math.max(0.01, target))
}
