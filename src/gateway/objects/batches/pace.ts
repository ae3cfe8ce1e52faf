import type { Bounds } from '../../limits/limits.ts'
import type { Parts } from '../../pipeline/parts.ts'
import { restMs } from '../../pipeline/resting.ts'
import type { ApiKey } from '../../pipeline/snapshot.ts'

/** Of each rate a batch leaves a fifth to whoever else calls under it. */
const share = 0.8

/** Milliseconds between the beginnings of two lines, so that no rate of ours refuses them. */
export function gapMs(
  model: string,
  key: ApiKey,
  customer: string | null,
  { snapshot }: Pick<Parts, 'snapshot'>,
): number {
  const { tasks, customers, customerDefault } = snapshot()
  const scopes: (Bounds | null | undefined)[] = [
    key.bounds,
    tasks.get(model)?.bounds,
    customer === null ? null : (customers.get(customer) ?? customerDefault),
  ]
  const gaps = scopes.map((bounds) => {
    const pace = bounds?.rate?.requests
    return pace ? pace.perMs / pace.count / share : 0
  })
  return Math.max(0, ...gaps)
}

/** Milliseconds for which everybody who could answer is being left alone; 0 when somebody may be asked. */
export function coolingMs(
  model: string,
  { snapshot, health }: Pick<Parts, 'snapshot' | 'health'>,
): number {
  if (health.isClear) return 0
  const { tasks, providers } = snapshot()
  const slash = model.indexOf('/')
  const named = { provider: model.slice(0, slash), model: model.slice(slash + 1) }
  const candidates = tasks.get(model)?.candidates ?? [named]
  const rests = candidates.map((candidate) => {
    const provider = providers.get(candidate.provider)
    return provider ? restMs({ provider, model: candidate.model }, health) : 0
  })
  return Math.min(...rests)
}
