import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * On a busy core the threads that serve calls go first: whoever works behind them says so to the
 * system, see decision 0022. Only Linux has priorities of single threads, elsewhere nothing is done.
 * Nothing here throws: where a priority may not be set, threads share a core as equals.
 */

/**
 * For threads behind the calls, in steps of `nice` below the process: a quarter of a core that others
 * want as well.
 */
export const behindCalls = 5
/** For what nobody ever waits for: a tenth of it. */
export const behindAll = 10

/**
 * Threads that the runtime starts, by the names that it gives them: compilers, which make calls cheaper
 * the sooner they are done, those that open files and look up names, and the one that gives memory
 * back. Those that collect garbage are not among them, because calls wait for them; `Worker` is the
 * name of every thread that serves.
 */
const helpers: readonly (readonly [name: RegExp, by: number])[] = [
  [/^(?:JITWorker|JSCWarmUp|Bun Pool \d+)$/, behindCalls],
  [/^mi-scavenger$/, behindAll],
]

/** The threads of this process, as the system knows them. */
export interface ThreadTable {
  /** The first, which serves. */
  readonly main: number
  /** @throws Error when it does not tell */
  readonly own: () => number
  /** @throws Error when it does not tell */
  readonly all: () => readonly number[]
  /** @throws Error for one that has ended */
  readonly nameOf: (id: number) => string
  /** @throws Error for one that has ended */
  readonly niceOf: (id: number) => number
  /** @throws Error for one that has ended, or when it may not be */
  readonly setNice: (id: number, nice: number) => void
}

const tasks = '/proc/self/task'

/** Null where threads have no priority of their own. */
export const systemThreads: ThreadTable | null =
  process.platform === 'linux'
    ? {
        main: process.pid,
        own: () => Number(basename(readlinkSync('/proc/thread-self'))),
        all: () => readdirSync(tasks).map(Number),
        nameOf: (id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trimEnd(),
        niceOf: getPriority,
        setNice: (id, nice) => setPriority(id, nice),
      }
    : null

/** Puts the thread that calls it, and no other, behind those that serve. */
export function stepBehindCalls(threads: ThreadTable | null = systemThreads): void {
  attempt(() => threads && lower(threads, threads.own(), behindCalls))
}

const lookMsMin = 1_000
const lookMsMax = 16_000

/** Puts the runtime's helpers behind the threads that serve. They come and go: look again from time to time. */
export class HelperThreads {
  readonly #threads: ThreadTable | null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What was looked at, and is there still: an id that has ended may be given again. */
  #seen: ReadonlySet<number> = new Set()

  constructor(threads: ThreadTable | null = systemThreads) {
    this.#threads = threads
  }

  /** Looks from now on: soon again where some came, and seldom when none does. */
  watch(waitMs = lookMsMin): void {
    const nextMs = this.look() ? lookMsMin : Math.min(lookMsMax, 2 * waitMs)
    this.#timer = setTimeout(() => this.watch(nextMs), nextMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** @returns whether there were threads that it had not seen */
  look(): boolean {
    const threads = this.#threads
    const all = threads && attempt(() => threads.all())
    if (!threads || !all) return false
    const fresh = all.filter((id) => !this.#seen.has(id))
    for (const id of fresh) {
      attempt(() => {
        const name = threads.nameOf(id)
        const helper = helpers.find(([known]) => known.test(name))
        if (helper) lower(threads, id, helper[1])
      })
    }
    this.#seen = new Set(all)
    return fresh.length > 0
  }
}

/** Below the main thread, which may have been started with a priority of its own; never up again. */
function lower({ main, niceOf, setNice }: ThreadTable, id: number, by: number): void {
  const nice = Math.min(niceMost, niceOf(main) + by)
  if (niceOf(id) < nice) setNice(id, nice)
}

const niceMost = 19

function attempt<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}
