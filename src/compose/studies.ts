import type { StudyOrder } from '../control/economics/breakeven-study.ts'
import type { BreakEvenStudy } from '../control/economics/breakeven-types.ts'
import type { Studies } from '../server/control.ts'
import type { FromStudy, ToStudy } from '../threads/study.ts'
import { threadFile } from './thread-file.ts'

/** Studies that are waited for at once; more would pile up behind a page that asks with every move of a slider. */
const waitingMax = 16
/** A thread that has had nothing to do for this long ends, and gives back its memory. */
const idleMs = 60_000

interface Waiting {
  readonly resolve: (study: BreakEvenStudy) => void
  readonly reject: (error: Error) => void
}

/** Studies, one after another, on a thread that lives while there are any. */
export class StudyThread implements Studies {
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | null = null
  #last = 0
  #idle: ReturnType<typeof setTimeout> | null = null

  breakEven(order: StudyOrder): Promise<BreakEvenStudy> {
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(
        new RangeError(`${waitingMax} studies are under way already. Ask again in a moment.`),
      )
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = null
    const thread = (this.#thread ??= this.#spawn())
    this.#last += 1
    const id = this.#last
    const told: ToStudy = { id, order }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      thread.postMessage(told)
    })
  }

  stop(): void {
    this.#end(new Error('The gateway stops.'))
  }

  #spawn(): Worker {
    const thread = new Worker(threadFile('study'))
    thread.addEventListener('message', ({ data }) => this.#hear(data as FromStudy))
    thread.addEventListener('error', (event) => {
      event.preventDefault()
      this.#end(new Error(`The thread of studies has died: ${event.message}`))
    })
    return thread
  }

  #hear(told: FromStudy): void {
    const waiting = this.#waiting.get(told.id)
    if (waiting === undefined) return
    this.#waiting.delete(told.id)
    if ('study' in told) waiting.resolve(told.study)
    else waiting.reject(told.asked ? new RangeError(told.message) : new Error(told.message))
    if (this.#waiting.size > 0) return
    this.#idle = setTimeout(() => this.stop(), idleMs)
    this.#idle.unref()
  }

  #end(why: Error): void {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = null
    this.#thread?.terminate()
    this.#thread = null
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(why)
  }
}
