import { priceEvents } from '../../catalog/events.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import type { Replayed } from './what-if.ts'
import type { WhatIfQuery, WhatIfReport, WhatIfSources } from './what-if-types.ts'

export interface FoundEvent {
  readonly replayed: Replayed
  readonly json: NonNullable<WhatIfReport['event']>
}

const weekUs = 7 * 24 * 3_600_000_000

/**
 * The event where it happened, when that is in the time that is looked at; else moved by whole weeks, so
 * that hours and weekdays stay what they are, to `from` or the beginning.
 */
export function eventOf(
  { event: id, on, from, until }: WhatIfQuery,
  since: Instant,
  sellers: WhatIfSources['sellers'],
): FoundEvent {
  const known = priceEvents()
  const event = known.find((each) => each.id === id)
  const replayable = known.filter(({ after }) => after.length > 0).map((each) => each.id)
  if (event === undefined)
    throw new RangeError(
      `There is no event ${JSON.stringify(id?.slice(0, 60))}. There are: ${replayable.join(', ')}.`,
    )
  if (event.after.length === 0)
    throw new RangeError(`Of ${event.id} no figures are known, and so nothing can be replayed.`)
  const inPlace = event.at >= since && event.at < until && from === null
  const target = from ?? since
  const weeks = Math.ceil((target - event.at) / weekUs)
  const shiftUs = inPlace ? 0 : -weeks * weekUs
  // A vendor may be live under several names, and under none but the one of the facts.
  const names = [...sellers].flatMap(([name, vendor]) => (vendor === event.provider ? [name] : []))
  const sold = (names.length === 0 ? [event.provider] : names).flatMap((name) =>
    event.models.map((model) => `${name}/${model}`),
  )
  const models = on === null ? sold : [on]
  return {
    replayed: { models: new Set(models), before: event.before, after: event.after, shiftUs },
    json: {
      id: event.id,
      kind: event.kind,
      at: isoText(event.at),
      effective: event.effective,
      source: event.source,
      models,
      moved_to: inPlace ? null : isoText((event.at - shiftUs) as Instant),
    },
  }
}
