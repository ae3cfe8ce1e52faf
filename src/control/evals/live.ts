import { ConfidenceSequence } from '../../stats/sequence.ts'
import type { Interval } from '../../stats/intervals.ts'
import type { Plan } from './plan.ts'
import type { Result } from './run.ts'
import type { Suite } from './suite.ts'

/**
 * The score of one model while the run goes on, with an interval that stays true however often one looks.
 *
 * It takes clusters, whole and in the order of the plan, which was drawn by chance: answers that come early
 * are those to easy questions, and cases of one session are one piece of evidence.
 */
export class LiveScore {
  readonly #order: readonly string[]
  readonly #left: Map<string, number>
  readonly #values = new Map<string, number[]>()
  readonly #sequence = new ConfidenceSequence()
  readonly #metric: Suite['metric']
  #next = 0
  #taken = 0

  constructor({ jobs }: Plan, model: string, metric: Suite['metric']) {
    const own = jobs.filter((job) => job.model === model)
    this.#left = new Map()
    for (const { each } of own)
      this.#left.set(each.cluster, (this.#left.get(each.cluster) ?? 0) + 1)
    this.#order = [...this.#left.keys()]
    this.#metric = metric
  }

  add({ job, grade }: Result): void {
    const { cluster } = job.each
    this.#left.set(cluster, (this.#left.get(cluster) ?? 0) - 1)
    const passed = grade?.passed ?? null
    const value =
      this.#metric === 'score' ? (grade?.score ?? null) : passed === null ? null : Number(passed)
    if (value !== null) {
      const values = this.#values.get(cluster) ?? []
      values.push(value)
      this.#values.set(cluster, values)
    }
    for (; this.#next < this.#order.length; this.#next += 1) {
      const name = this.#order[this.#next]!
      if (this.#left.get(name)! > 0) return
      const values = this.#values.get(name)
      if (values === undefined) continue
      this.#sequence.observe(values.reduce((sum, each) => sum + each, 0) / values.length)
      this.#taken += 1
    }
  }

  /** Null before the first whole cluster. */
  get interval(): Interval | null {
    return this.#taken === 0 ? null : this.#sequence.interval
  }
}
