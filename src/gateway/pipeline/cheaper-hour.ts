import { cheapestFrom } from '../../catalog/cheaper.ts'
import type { Instant } from '../../core/clock.ts'
import type { Parts } from './parts.ts'

/** A card changes at full quarters of an hour: what was found holds until the next. */
const quarterUs = 900_000_000

/** When each model is cheapest before a deadline, found anew every quarter of an hour. */
export class CheaperHours {
  readonly #found = new Map<string, { readonly at: Instant; readonly until: number }>()
  readonly #end: Instant

  /** @param end  after which nothing waits */
  constructor(end: Instant) {
    this.#end = end
  }

  /**
   * Milliseconds to wait for the price; 0 when it does not get lower in time. By the first model of a task, or by
   * whichever is then the cheapest where that is the task's policy.
   */
  waitMs(name: string, { snapshot, clock }: Pick<Parts, 'snapshot' | 'clock'>): number {
    const now = clock.now()
    if (now >= this.#end) return 0
    const known = this.#found.get(name)
    if (known !== undefined && now < known.until) return Math.max(0, (known.at - now) / 1_000)
    const { tasks, catalog } = snapshot()
    const slash = name.indexOf('/')
    const named = { provider: name.slice(0, slash), model: name.slice(slash + 1) }
    const task = tasks.get(name)
    const first = task?.candidates.slice(0, task.policy === 'cheapest' ? undefined : 1) ?? [named]
    const cards = first.map(
      ({ provider, model }) => catalog.find(provider, model, now)?.model.prices ?? [],
    )
    const at = cheapestFrom(cards, now, this.#end)
    this.#found.set(name, { at, until: (Math.floor(now / quarterUs) + 1) * quarterUs })
    return Math.max(0, (at - now) / 1_000)
  }
}
