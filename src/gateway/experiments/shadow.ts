import { ConfidenceSequence } from '../../stats/sequence.ts'
import type { RoutedTask } from './settings.ts'
import type { RouteState } from './state.ts'

type Shadow = NonNullable<RoutedTask['shadow']>
type ShadowState = RouteState['shadow']

/** One more answer of a shadow. Another model begins anew. @param agrees  from 0 to 1; null: nobody can tell */
export function compared(
  before: ShadowState,
  shadow: Shadow,
  agrees: number | null,
): NonNullable<ShadowState> {
  const model = nameOf(shadow)
  const kept = before?.model === model ? before : null
  const sequence = new ConfidenceSequence(0.95, kept?.sequence ?? null)
  if (agrees !== null) sequence.observe(agrees)
  const ungraded = (kept?.ungraded ?? 0) + (agrees === null ? 1 : 0)
  return { model, sequence: sequence.state, ungraded }
}

/** How often a shadow said what callers were told; null before its first answer. */
export function agreementOf(kept: ShadowState, shadow: Shadow | null) {
  if (shadow === null || kept === undefined || kept.model !== nameOf(shadow)) return null
  const { count, mean, interval } = new ConfidenceSequence(0.95, kept.sequence)
  const { ungraded } = kept
  return { compared: count, ungraded, mean, interval: [interval.low, interval.high] as const }
}

function nameOf({ model }: Shadow): string {
  return `${model.provider}/${model.model}`
}
