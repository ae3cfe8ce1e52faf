import type { AlarmKind } from '../../alarms/alarms.ts'
import type { Bell } from '../alarms.ts'

/** As many as there are open alarms at most; the oldest is forgotten first. */
const talliedMax = 1_000

/**
 * Alarms of several threads, of which each sees a part: what two have raised is over when both say so,
 * or have died.
 */
export class AlarmTally {
  readonly #alarms: Bell
  readonly #raisedBy = new Map<string, Raised>()

  constructor(alarms: Bell) {
    this.#alarms = alarms
  }

  of(thread: number): Bell {
    return {
      raise: (kind, subject, text) => {
        const name = `${kind} ${subject}`
        const raised = this.#raisedBy.get(name) ?? { kind, subject, threads: new Set<number>() }
        raised.threads.add(thread)
        this.#raisedBy.delete(name)
        this.#raisedBy.set(name, raised)
        if (this.#raisedBy.size > talliedMax) {
          this.#raisedBy.delete(this.#raisedBy.keys().next().value!)
        }
        this.#alarms.raise(kind, subject, text)
      },
      resolve: (kind, subject) => {
        const name = `${kind} ${subject}`
        const raised = this.#raisedBy.get(name)
        raised?.threads.delete(thread)
        if (raised !== undefined && raised.threads.size > 0) return
        this.#raisedBy.delete(name)
        this.#alarms.resolve(kind, subject)
      },
    }
  }

  /** A thread has died: what it alone had raised is over. */
  leave(thread: number): void {
    const bell = this.of(thread)
    for (const { kind, subject, threads } of this.#raisedBy.values()) {
      if (threads.has(thread)) bell.resolve(kind, subject)
    }
  }
}

interface Raised {
  readonly kind: AlarmKind
  readonly subject: string
  readonly threads: Set<number>
}
