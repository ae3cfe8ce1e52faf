import type { Alarms } from '../../alarms/alarms.ts'
import type { Clock, Instant } from '../../core/clock.ts'
import type { Shelf } from '../../store/ports.ts'
import { type Drill, readDrill } from './drill.ts'
import type { TaskCanary } from './settings.ts'

const kind = 'drill'
/** As long as its report may be asked for. */
const keptUs = 365 * 86_400_000_000
const listMost = 100

/** What takes a task back to its provider, without a person. Twice the usual 95th percentile is what callers notice. */
const guards = {
  errorRate: 0.02,
  schemaValid: 0.02,
  refusal: 0.02,
  p95Latency: 2,
  cost: null,
} as const

interface Given {
  readonly clock: Pick<Clock, 'now'>
  readonly shelf: Shelf
  readonly alarms: Pick<Alarms, 'resolve'>
  /** Called with the tasks whose calls go elsewhere now, or no longer. */
  readonly changed: (tasks: readonly string[]) => void
}

/**
 * The drill that is under way, if there is one. It lies on the shelf, from where each thread and the next process know
 * it: its end is a moment, and no timer that a restart would lose.
 */
export class Drills {
  readonly #given: Given
  #current: Drill | null = null
  #canaries: ReadonlyMap<string, TaskCanary> = new Map()

  constructor(given: Given) {
    this.#given = given
  }

  /** The drill that runs now. */
  get running(): Drill | null {
    const drill = this.#current
    if (drill === null) return null
    if (drill.ended === null && this.#given.clock.now() < drill.until) return drill
    this.#put(null)
    return null
  }

  /** Where a task's calls are drilled; null for all tasks but those. */
  of(task: string): TaskCanary | null {
    return this.#current === null || this.running === null
      ? null
      : (this.#canaries.get(task) ?? null)
  }

  /** Takes over what was begun or ended by another thread, or before a restart. */
  async follow(): Promise<void> {
    const before = this.#current
    // What was begun a moment ago would else be taken for gone.
    await this.#given.shelf.settled()
    const [item] = await this.#given.shelf.list({ kind, limit: 1 })
    const drill = item === undefined ? null : readDrill(item.value)
    // Begun or ended here meanwhile: the list is of before.
    if (this.#current !== before) return
    if (!Bun.deepEquals(drill, this.#current)) this.#put(drill)
  }

  /** @throws RangeError while another one runs */
  start(drill: Drill): void {
    const { running } = this
    if (running !== null)
      throw new RangeError(
        `A drill of leaving ${running.provider} runs already, and two would not be told apart. To end it: freehold drill --stop`,
      )
    this.#keep(drill)
    this.#put(drill)
  }

  /** Ends the one of this id. @returns as it is from now on; null when it does not run */
  stop(id: string, why: string): Drill | null {
    const { running } = this
    if (running === null || running.id !== id) return null
    const ended: Drill = { ...running, ended: { at: this.#given.clock.now(), why } }
    this.#keep(ended)
    this.#put(null)
    return ended
  }

  /** Newest first. */
  async list(): Promise<readonly Drill[]> {
    const items = await this.#given.shelf.list({ kind, limit: listMost })
    return items.flatMap(({ value }) => readDrill(value) ?? [])
  }

  #keep(drill: Drill): void {
    const at = this.#given.clock.now()
    const expiresAt = (at + keptUs) as Instant
    const item = { kind, id: drill.id, owner: null, value: JSON.stringify(drill), at, expiresAt }
    this.#given.shelf.put(item, 'absent')
  }

  #put(drill: Drill | null): void {
    const before = this.#current
    const isOver = drill === null || drill.ended !== null || this.#given.clock.now() >= drill.until
    this.#current = isOver ? null : drill
    this.#canaries = new Map(
      this.#current?.tasks.map((each) => [each.task, canaryOf(this.#current!, each)]),
    )
    const tasks = [...(before?.tasks ?? []), ...(this.#current?.tasks ?? [])]
    for (const { task } of tasks) this.#given.alarms.resolve('drill_stopped', task)
    this.#given.changed(tasks.map(({ task }) => task))
  }
}

function canaryOf(drill: Drill, { model }: Drill['tasks'][number]): TaskCanary {
  return {
    model,
    steps: [drill.share],
    holdMs: (drill.until - drill.startedAt) / 1_000,
    calls: 1,
    guards,
    drill: { id: drill.id, provider: drill.provider },
  }
}
