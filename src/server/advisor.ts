import type { Alarms } from '../alarms/alarms.ts'
import { type Clock, type Instant } from '../core/clock.ts'
import type { AdviceJson } from './contract/economics.ts'

/** A start has enough to do: the first look waits this long. */
const firstMs = 60_000
const everyMs = 86_400_000
/** What still holds is told again after this long: it is advice, and nothing burns. */
const againUs = 7 * 86_400_000_000

const kind = 'own_machines_pay'

export interface AdvisorParts {
  readonly alarms: Pick<Alarms, 'raise' | 'resolve' | 'open'>
  readonly clock: Pick<Clock, 'now'>
  readonly advise: () => Promise<AdviceJson>
  /** Whether the file wants the look; asked each time, since the file may change. */
  readonly isWatched: () => boolean
}

/** Looks once a day whether own machines have become worth their money, and says so while they are. */
export class Advisor {
  readonly #parts: AdvisorParts
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(parts: AdvisorParts) {
    this.#parts = parts
  }

  start(): void {
    this.#wait(firstMs)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  async look(): Promise<void> {
    const { alarms, advise, isWatched, clock } = this.#parts
    if (!isWatched()) return this.#resolve(() => true)
    const { tasks } = await advise()
    const holding = new Map(tasks.flatMap((each) => (each.holds ? [[each.task, each]] : [])))
    this.#resolve((subject) => !holding.has(subject))
    for (const { task, text, command } of holding.values())
      if (!this.#isToldLately(task, clock.now()))
        alarms.raise(kind, task, `${text} The study: ${command ?? 'freehold breakeven --advice'}`)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#wait(everyMs)
      // A store that cannot be read is told where that happens; tomorrow is another day.
      this.look().catch(() => {})
    }, ms)
    this.#timer.unref()
  }

  #resolve(isOver: (subject: string) => boolean): void {
    const { alarms } = this.#parts
    for (const open of alarms.open())
      if (open.kind === kind && isOver(open.subject)) alarms.resolve(kind, open.subject)
  }

  #isToldLately(task: string, now: Instant): boolean {
    return this.#parts.alarms
      .open()
      .some((open) => open.kind === kind && open.subject === task && now - open.lastAt < againUs)
  }
}
