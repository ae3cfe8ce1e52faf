import type { Operation } from '../../core/call.ts'
import type { Departure } from '../../core/departure.ts'
import { hedgeLost } from '../../core/errors.ts'
import { Fold } from '../../core/fold.ts'
import type { PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { closeAttempt } from './close.ts'
import type { Parts } from './parts.ts'
import { modelName } from './place-name.ts'
import { restMs } from './resting.ts'
import type { Trip } from './trip.ts'

/** Whom to ask beside the first, and when. */
export interface Beside {
  readonly stop: PricedStop
  readonly afterMs: number
}

/** What can be asked twice: pictures and sound cost too much, and a count comes from no model. */
const hedged = {
  chat: true,
  embed: true,
  rerank: true,
  moderate: true,
  image: false,
  speech: false,
  transcribe: false,
  count: false,
} as const satisfies Record<Operation, boolean>

/**
 * Whom the task lets us ask beside the first of the plan, should that one be slow. Nobody where a call
 * does more than to be answered: its files or its conversation lie at a provider, or its answer is kept
 * for the next turn.
 */
export function besideFor(
  trip: Trip,
  plan: readonly PricedStop[],
  { health, hedges, latencies }: Pick<Parts, 'health' | 'hedges' | 'latencies'>,
): Beside | null {
  const { task, call, pinnedTo, thread } = trip
  if (!task?.hedge) return null
  const [first, second] = plan
  if (first === undefined || second === undefined) return null
  if (!hedged[call.operation] || call.heldBy !== undefined) return null
  if (pinnedTo !== null || thread !== null) return null
  const { after, most } = task.hedge
  hedges.earn(task.name, most)
  const afterMs = 'ms' in after ? after.ms : usualMs(trip, first, after.quantile, latencies)
  if (afterMs === null || restMs(second, health) > 0) return null
  return { stop: second, afterMs }
}

/** Only times to the first content of streams are compared: how long a whole answer takes depends on its length. */
function usualMs(
  { call }: Trip,
  { provider, model }: PricedStop,
  quantile: number,
  latencies: Parts['latencies'],
): number | null {
  if (!call.stream) return null
  const us = latencies.quantileUs(modelName(provider, model), quantile)
  return us === null ? null : us / 1_000
}

/** A tool that the provider runs itself would be run twice. */
function runsTools({ call }: Trip): boolean {
  try {
    const meaning = call.meaning()
    return meaning.operation === 'chat' && meaning.tools.some(({ foreign }) => foreign !== null)
  } catch {
    return true // whoever writes the call says what is wrong with it
  }
}

/** One of two questions; its departure is its own. */
type Ask = (departure: Departure) => Promise<Answer>

/** What came of both: an answer, or why there is none, and whether the other was asked for it. */
type Outcome =
  | { readonly answer: Answer }
  | { readonly error: unknown; readonly isOtherAsked: boolean }

/**
 * Asks the first, and the other beside it when the first has said nothing for so long. Who answers first
 * has answered; the other is cancelled, and its row is on the ledger before this returns. A failure of
 * one leaves the other to answer; when both fail it is the first one's that counts.
 */
export async function askBeside(
  trip: Trip,
  { stop, afterMs }: Beside,
  askFirst: Ask,
  askOther: Ask,
  parts: Parts,
  departure: Departure,
): Promise<Outcome> {
  const begun = trip.attempts
  const first = new Runner(askFirst, departure)
  const late = parts.clock.sleep(afterMs).then(() => null)
  const soon = await Promise.race([first.outcome, late])
  if (soon !== null || departure.reason !== null || runsTools(trip) || !mayAsk(trip, stop, parts)) {
    const outcome = await first.outcome
    return 'answer' in outcome ? outcome : { ...outcome, isOtherAsked: false }
  }
  const other = new Runner(askOther, departure)
  const runners = [first, other]
  const winner = await firstOf(runners)
  if (winner === null) {
    const { error } = (await first.outcome) as Failed
    return { error, isOtherAsked: trip.attempts > begun + 1 }
  }
  for (const loser of runners) {
    if (loser === winner.runner) continue
    const { provider, model } = winner.answer.attempt.stop
    await loser.lose(trip, `${provider.id}/${model}`, parts)
  }
  return { answer: winner.answer }
}

/** Whether the other is well by now, and the task has not asked twice too often. */
function mayAsk({ task }: Trip, other: PricedStop, { hedges, health }: Parts): boolean {
  return task !== null && restMs(other, health) === 0 && hedges.take(task.name)
}

interface Failed {
  readonly error: unknown
}

type Alone = { readonly answer: Answer } | Failed

/** One of two that are asked at once. */
class Runner {
  readonly #departure: Departure
  /** Never rejects. */
  readonly outcome: Promise<Alone>

  constructor(ask: Ask, departure: Departure) {
    this.#departure = departure.branch()
    this.outcome = ask(this.#departure).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    )
  }

  /** Ends it, wherever it is. Resolves when its row is on the ledger. */
  async lose(trip: Trip, winner: string, parts: Parts): Promise<void> {
    const error = hedgeLost(winner)
    this.#departure.leave(error)
    const outcome = await this.outcome
    if (!('answer' in outcome)) return
    // Both answered in the same turn of the loop.
    const { answer } = outcome
    if (answer.kind === 'stream') answer.source.exchange.cancel()
    if (answer.kind === 'bytes') answer.exchange.cancel()
    closeAttempt(
      trip,
      answer.attempt,
      { endState: 'cancelled', reply: saidIn(answer), error },
      parts,
    )
  }
}

function saidIn(answer: Answer) {
  if (answer.kind === 'whole') return answer.reply
  if (answer.kind === 'bytes') return null
  const fold = new Fold()
  const deltas =
    answer.kind === 'unfolded' ? answer.deltas : answer.begun.flatMap((piece) => piece.deltas ?? [])
  for (const delta of deltas) fold.take(delta)
  return fold.reply()
}

/** Whoever answers first; null when nobody does. */
async function firstOf(
  runners: readonly Runner[],
): Promise<{ readonly runner: Runner; readonly answer: Answer } | null> {
  const answered = runners.map(async (runner) => {
    const outcome = await runner.outcome
    if ('answer' in outcome) return { runner, answer: outcome.answer }
    throw outcome.error
  })
  return Promise.any(answered).catch(() => null)
}
