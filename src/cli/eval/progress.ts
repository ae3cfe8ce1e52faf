import { LiveScore } from '../../control/evals/live.ts'
import type { Plan } from '../../control/evals/plan.ts'
import type { Result } from '../../control/evals/run.ts'
import type { Suite } from '../../control/evals/suite.ts'
import type { Context } from '../command.ts'
import { grouped, printable } from '../print.ts'

const drawEveryMs = 100
/** More models do not fit a line. */
const scoresMax = 3

/** One line that is written over, on a terminal only: how far, how long, and the scores so far. */
export class Progress {
  readonly #context: Context
  readonly #total: number
  readonly #scores: ReadonlyMap<string, LiveScore>
  readonly #began = performance.now()
  #drawn = 0
  #fresh = 0
  #failed = 0
  done = 0

  constructor(context: Context, plan: Plan, models: readonly string[], metric: Suite['metric']) {
    this.#context = context
    this.#total = plan.jobs.length
    this.#scores = new Map(models.map((model) => [model, new LiveScore(plan, model, metric)]))
  }

  add(result: Result): void {
    this.done += 1
    if (!result.kept) this.#fresh += 1
    if (result.answer === null) this.#failed += 1
    this.#scores.get(result.job.model)?.add(result)
    const now = performance.now()
    if (now - this.#drawn < drawEveryMs) return
    this.#drawn = now
    this.#draw()
  }

  end(): void {
    const { json, print } = this.#context
    if (!json && print.width !== null) process.stderr.write('\r\u001b[K')
  }

  #draw(): void {
    const { json, print } = this.#context
    if (json || print.width === null) return
    const seconds = (performance.now() - this.#began) / 1_000
    // Answers that were kept come at once, and say nothing of the rest.
    const left = this.#total - this.done
    const eta = this.#fresh === 0 ? '' : `, ${timeText((left * seconds) / this.#fresh)} left`
    const failed = this.#failed === 0 ? '' : `, ${grouped(this.#failed)} failed`
    const scores = [...this.#scores].slice(0, scoresMax).map(([model, score]) => {
      const { interval } = score
      return interval === null
        ? `${model} -`
        : `${model} ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`
    })
    const line = `${bar(this.done / this.#total)} ${grouped(this.done)} of ${grouped(this.#total)}${eta}${failed}   ${scores.join('   ')}`
    process.stderr.write(`\r\u001b[K${printable(line).slice(0, print.width - 1)}`)
  }
}

const barWidth = 20

function bar(share: number): string {
  const full = Math.round(share * barWidth)
  return `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`
}

export function timeText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}
