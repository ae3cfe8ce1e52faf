import type { Bounds } from '../../limits/limits.ts'
import type { Parts } from '../../pipeline/parts.ts'
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
  const candidates = snapshot().tasks.get(model)?.candidates
  const names = candidates?.map(({ provider, model: name }) => `${provider}/${name}`) ?? [model]
  return Math.min(...names.map((name) => health.waitMs(name)))
}
