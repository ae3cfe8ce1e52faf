import { dayText } from '../core/zone.ts'
import type { Asked } from './asked.ts'
import type { OverviewJson } from './contract/overview.ts'
import { instantOf, momentOf, optional } from './query.ts'

/** Enough for a 95th percentile, and soon read. */
const looked = 300

/** Sellers name the day months ahead; what is further off needs nobody's attention on the first page. */
const aheadUs = 180 * 86_400_000_000

/** @throws invalid_request */
export async function showOverview({ control, query }: Asked): Promise<OverviewJson> {
  const { attempts } = await control.store.calls({
    filters: {},
    limit: looked,
    since: instantOf(query, 'since', control) ?? momentOf('24h', 'since', control),
    ...optional('until', instantOf(query, 'until', control)),
  })
  // The last attempt of a call knows what the gateway took of all of it.
  const last = new Map(attempts.map((record) => [record.callId, record]))
  const overheads = [...last.values()]
    .flatMap(({ stream, overheadUs }) => (stream || overheadUs === null ? [] : [overheadUs]))
    .toSorted((left, right) => left - right)
  const at = (share: number): number | null =>
    overheads[Math.min(overheads.length - 1, Math.floor(overheads.length * share))] ?? null
  return {
    overhead_us: { calls: overheads.length, p50: at(0.5), p95: at(0.95) },
    ending: endingOf(control),
  }
}

function endingOf({ snapshot, clock, timezone }: Asked['control']): OverviewJson['ending'] {
  const { tasks, catalog } = snapshot()
  const now = clock.now()
  const last = dayText((now + aheadUs) as typeof now, timezone)
  return [...tasks.values()]
    .flatMap(({ name, candidates }) =>
      candidates.flatMap(({ provider, model }) => {
        const shutdown = catalog.find(provider, model, now)?.model.shutdown ?? null
        return shutdown === null || shutdown > last
          ? []
          : [{ task: name, model: `${provider}/${model}`, shutdown }]
      }),
    )
    .toSorted((left, right) => left.shutdown.localeCompare(right.shutdown))
}
