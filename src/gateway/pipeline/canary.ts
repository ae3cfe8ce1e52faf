import type { GatewayError } from '../../core/errors.ts'
import { type Candidate, nameOf, type Plan } from '../../routing/policy.ts'
import type { CanaryRun } from '../experiments/canary-run.ts'
import type { Course, DrillPart } from './course.ts'
import type { Trip } from './trip.ts'

/** Which calls go to a canary, or in a drill to the substitute of a provider that is being left. */

export function sideOf(canary: CanaryRun, unit: string, drill: DrillPart | null): Course['side'] {
  if (canary.settings.drill === undefined) return canary.takes(unit) ? 'canary' : 'incumbent'
  if (drill === null || drill.side === 'unable') return null
  return drill.side === 'drawn' ? 'canary' : 'incumbent'
}

/** Null where there is no drill, or the call would not have gone to the provider that is left. */
export function drillPart(canary: CanaryRun, unit: string, plan: Plan): DrillPart | null {
  const { drill, model } = canary.settings
  const instead = plan[0]?.candidate
  if (drill === undefined || instead?.provider !== drill.provider) return null
  const { id } = drill
  if (!canary.takes(unit)) return { id, instead, side: 'other' }
  const isAble = plan.some(({ candidate }) => nameOf(candidate) === nameOf(model))
  return { id, instead, side: isAble ? 'drawn' : 'unable' }
}

/** With the canary in front; who was there before stands in for it. */
export function withCanary(plan: Plan, { live, side }: Course): Plan {
  const { canary } = live
  if (side !== 'canary' || canary === null) return plan
  const { model, drill } = canary.settings
  if (drill !== undefined) {
    const percent = Number((100 * canary.share).toPrecision(6))
    const reason = `drill ${drill.id}: without ${drill.provider}, ${percent} % of its calls`
    const others = plan.filter(({ candidate }) => nameOf(candidate) !== nameOf(model))
    return [{ candidate: model, reason }, ...others]
  }
  const reason = `canary, ${canary.share} of the traffic`
  return [{ candidate: canary.settings.model, reason }, ...plan]
}

/**
 * What keeps a canary from being asked here, such as a rate in the file, is no failure of its own: the call tells
 * nothing of it.
 */
export function spareCanary(
  trip: Pick<Trip, 'course'>,
  asked: Pick<Candidate, 'provider' | 'model'>,
  { code }: GatewayError,
): void {
  const { course } = trip
  const tried = course?.side === 'canary' ? course.live.canary?.settings.model : undefined
  if (tried === undefined || code.startsWith('provider_')) return
  if (nameOf(tried) === nameOf(asked)) trip.course = { ...course!, side: null }
}
