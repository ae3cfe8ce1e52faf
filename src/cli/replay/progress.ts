import { timeText } from '../eval/progress.ts'
import { type Context, CommandError } from '../command.ts'
import { grouped, printable } from '../print.ts'

const drawEveryMs = 100

/** One line that is written over, on a terminal only: what is done, how far, and how long it takes yet. */
export class Line {
  readonly #context: Context
  readonly #what: string
  readonly #total: number
  readonly #began = performance.now()
  #drawn = 0
  /** What took no time, because it was there: it says nothing of the rest. */
  #free = 0
  done = 0

  constructor(context: Context, what: string, total: number) {
    this.#context = context
    this.#what = what
    this.#total = total
  }

  add(count: number, free = false): void {
    this.done += count
    if (free) this.#free += count
    const now = performance.now()
    if (now - this.#drawn < drawEveryMs || !this.#shows()) return
    this.#drawn = now
    const worked = this.done - this.#free
    const left = Math.max(0, this.#total - this.done)
    const seconds = worked === 0 ? null : (left * (now - this.#began)) / 1_000 / worked
    const eta = seconds === null || left === 0 ? '' : `, ${timeText(seconds)} left`
    const text = `${this.#what} ${grouped(this.done)} of ${grouped(Math.max(this.done, this.#total))}${eta}`
    process.stderr.write(`\r\u001b[K${printable(text).slice(0, this.#context.print.width! - 1)}`)
  }

  end(): void {
    if (this.#shows()) process.stderr.write('\r\u001b[K')
  }

  #shows(): boolean {
    return !this.#context.json && this.#context.print.width !== null
  }
}

/** @throws CommandError after Ctrl-C */
export function goOn({ signal }: Context, advice: string): void {
  if (signal.aborted) throw new CommandError(`Stopped. ${advice}`)
}
