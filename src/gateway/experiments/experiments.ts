import type { Alarms } from '../../alarms/alarms.ts'
import type { Clock, Instant } from '../../core/clock.ts'
import { Departure } from '../../core/departure.ts'
import { shuttingDown } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { Shelf } from '../../store/ports.ts'
import type { DrillState } from './drill.ts'
import { Drills } from './drills.ts'
import { LiveTask } from './live-task.ts'
import type { RoutedTask } from './settings.ts'
import { readState, type RouteState } from './state.ts'
import type { AuditRow } from './surroundings.ts'

const kind = 'route'
/** Longer than anybody keeps a task. */
const keptUs = 3_660 * 86_400_000_000
/** Tasks that there ever were, in each of 32 threads: what is not found would be in force again. */
const keptMost = 100_000
const auditKind = 'audit'
/** As long as a policy says something about its traffic. */
const auditKeptUs = 90 * 86_400_000_000
/** How often threads look at what the others found out. */
const followMs = 2_000
/** What was learned is kept this long after it was, at the latest; `kill -9` loses that much. */
const keepMs = 1_000
/** Questions in nobody's way that are under way at once: more are not asked. */
const asideMost = 16
/** How long a stop waits for them once they are told to end. */
const endMs = 2_000

interface Given {
  readonly clock: Clock
  readonly random: Random
  readonly shelf: Shelf
  readonly alarms: Pick<Alarms, 'raise' | 'resolve'>
  /** Which of the threads that serve this is, and how many there are. Each keeps what it knows under a name of its own. Absent: there is one. */
  readonly lane?: number
  readonly lanes?: number
}

interface Kept {
  readonly lane: number
  readonly task: string
  readonly state: RouteState
}

/** The routing of all tasks while it lives, and what is asked besides what callers ask. */
export class Experiments {
  readonly #given: Given
  readonly #tasks = new Map<string, LiveTask>()
  readonly #written = new Map<string, object>()
  readonly #kept = new Map<string, RouteState>()
  readonly #changed = new Set<string>()
  readonly #aside = new Map<Departure, Promise<void>>()
  readonly drills: Drills
  /** Models whose providers refuse a call that asks how sure they were. */
  readonly withoutLogprobs = new Set<string>()
  #keeping = false
  #stopped = false

  constructor(given: Given) {
    this.#given = given
    this.drills = new Drills({
      ...given,
      // The next call of such a task reads its experiments anew.
      changed: (tasks) => {
        for (const task of tasks) this.#written.delete(task)
      },
    })
  }

  /** What was kept before the last stop, and from then on what the other threads find out. */
  async load(): Promise<void> {
    const { lane = 0, lanes = 1 } = this.#given
    for (const kept of await this.#all()) {
      if (kept.lane !== lane) continue
      this.#kept.set(kept.task, kept.state)
      // A call may have come sooner than what was kept, and must not make anybody forget it.
      this.#tasks.delete(kept.task)
    }
    await this.drills.follow()
    if (lanes > 1) void this.#follow()
  }

  /** What a drill has come to, of each task in each thread. */
  async drillStates(id: string): Promise<readonly { task: string; state: DrillState }[]> {
    const { lane = 0 } = this.#given
    const others = (await this.#all()).filter(
      (each) => each.lane !== lane || !this.#tasks.has(each.task),
    )
    const own = [...this.#tasks].map(([task, { state }]) => ({ task, state }))
    return [...own, ...others].flatMap(({ task, state: { drill } }) =>
      drill?.id === id ? [{ task, state: drill }] : [],
    )
  }

  async #all(): Promise<readonly Kept[]> {
    const items = await this.#given.shelf.list({ kind, limit: keptMost })
    return items.flatMap(({ id, value }) => {
      const [first = '', second] = id.split(' ')
      const state = readState(value)
      if (state === null) return []
      return second === undefined
        ? { lane: 0, task: first, state }
        : { lane: Number(first), task: second, state }
    })
  }

  async #follow(): Promise<void> {
    const { clock, lane = 0, lanes = 1 } = this.#given
    for (;;) {
      await clock.sleep(followMs)
      if (this.#stopped) return
      let kept: readonly Kept[]
      try {
        kept = await this.#all()
        await this.drills.follow()
      } catch {
        continue // the ledger's thread is being replaced, and the next look will find it
      }
      const others = kept.filter((each) => each.lane !== lane && each.lane < lanes)
      for (const [name, live] of this.#tasks)
        live.follow(others.flatMap(({ task, state }) => (task === name ? [state] : [])))
    }
  }

  /**
   * The live side of a task.
   * @param written  the task of a snapshot: another object is another configuration
   */
  of(written: { readonly name: string }, read: () => RoutedTask): LiveTask {
    const known = this.#tasks.get(written.name)
    if (known !== undefined) {
      if (this.#written.get(written.name) !== written) known.configure(read())
      this.#written.set(written.name, written)
      return known
    }
    this.#written.set(written.name, written)
    const task = read()
    const { clock, random, alarms, lanes = 1 } = this.#given
    const live = new LiveTask(task, this.#kept.get(task.name) ?? null, {
      clock,
      random,
      alarms,
      lanes,
      changed: (now) => this.#keep(task.name, now),
      keepAudit: (audit) => this.#keepAudit(audit),
    })
    this.#tasks.set(task.name, live)
    return live
  }

  /** Whether one more may be asked aside. */
  get hasRoomAside(): boolean {
    return !this.#stopped && this.#aside.size < asideMost
  }

  /** Runs something that no caller waits for; false when there is too much of that already. */
  aside(run: (departure: Departure) => Promise<void>): boolean {
    if (!this.hasRoomAside) return false
    const departure = new Departure()
    // The caller's last bytes go first.
    const running = this.#given.clock
      .sleep(0)
      .then(() => run(departure))
      // Whatever went wrong has its row on the ledger, and nobody to be told of it.
      .catch(() => {})
      .finally(() => this.#aside.delete(departure))
    this.#aside.set(departure, running)
    return true
  }

  /** Ends what is under way and keeps what was learned. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const departure of this.#aside.keys()) departure.leave(shuttingDown())
    const { clock } = this.#given
    await Promise.race([Promise.all(this.#aside.values()), clock.sleep(endMs)])
    this.#write()
  }

  #keep(name: string, now: boolean): void {
    this.#changed.add(name)
    if (now) return this.#write()
    if (this.#keeping) return
    this.#keeping = true
    void this.#given.clock.sleep(keepMs).then(() => {
      this.#keeping = false
      this.#write()
    })
  }

  #keepAudit(audit: AuditRow): void {
    const at = this.#given.clock.now()
    const expiresAt = (at + auditKeptUs) as Instant
    const item = { kind: auditKind, id: audit.call, owner: null, value: JSON.stringify(audit) }
    this.#given.shelf.put({ ...item, at, expiresAt }, 'absent')
  }

  #write(): void {
    const at = this.#given.clock.now()
    const expiresAt = (at + keptUs) as Instant
    const { lane = 0 } = this.#given
    for (const task of this.#changed) {
      const state = this.#tasks.get(task)?.state
      if (state === undefined) continue
      // No task has a blank in its name.
      const id = lane === 0 ? task : `${lane} ${task}`
      const item = { kind, id, owner: null, value: JSON.stringify(state), at, expiresAt }
      this.#given.shelf.put(item, 'absent')
    }
    this.#changed.clear()
  }
}
