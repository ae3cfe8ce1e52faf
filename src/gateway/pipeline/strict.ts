import { parametersDropped } from '../../core/errors.ts'
import type { Trip } from './trip.ts'

/**
 * A call that takes no losses is not sent to a model that would not get all of it: the next one of the
 * task is asked. The task says so, or the caller.
 * @param adapted  the words for what was changed; '-name' is what was left out
 * @throws parameters_dropped
 */
export function refuseDrops(
  trip: Pick<Trip, 'task' | 'header'>,
  model: string,
  adapted: readonly string[],
): void {
  if (adapted.length === 0 || !isStrict(trip)) return
  const dropped = adapted.flatMap((word) => (word.startsWith('-') ? word.slice(1) : []))
  if (dropped.length > 0) throw parametersDropped(model, dropped)
}

export function isStrict({ task, header }: Pick<Trip, 'task' | 'header'>): boolean {
  return task?.strict === true || yes.has(header('x-freehold-strict') ?? '')
}

const yes = new Set(['1', 'true'])
