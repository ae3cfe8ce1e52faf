import { costAt } from '../../catalog/price.ts'
import { budgetRanOut, type GatewayError } from '../../core/errors.ts'
import { LongText } from '../../core/long-text.ts'
import { add, format, type Money, subtract } from '../../core/money.ts'
import type { Delta } from '../../core/reply.ts'
import { estimateTokens, noUsage, type Usage } from '../../core/usage.ts'
import { promptText } from '../../routing/demand.ts'
import type { BudgetRefusal, Budgets, Hold } from '../limits/budgets.ts'
import type { Attempt } from './attempt.ts'
import { outputMax } from './ceiling.ts'
import type { Parts } from './parts.ts'
import type { Trip } from './trip.ts'

/** So many tokens are set aside at a time once an answer has outgrown its hold. */
const sliceTokens = 256
/** No estimate makes more tokens of a text than one for so many characters. */
const charactersPerToken = 1.5
/** Up to so many times its limit an answer is believed to keep it: the estimate may be wrong by that. */
const estimateFactor = 2

/**
 * Watches what a stream comes to while it is passed on. An answer keeps within its hold as long as the
 * provider keeps to the limit that the hold was reckoned by; where there was none, or it is ignored,
 * more is set aside before more is passed on, and an answer for which nothing is left is cut.
 */
export class Spending {
  readonly #trip: Trip
  readonly #attempt: Attempt
  readonly #budgets: Budgets
  readonly #clock: Parts['clock']
  /** The call's own budgets, and the provider's. */
  readonly #holds: readonly Hold[]
  /** What was said since the last look, and how much of it there has to be for the next. */
  readonly #freshWords = new LongText()
  readonly #freshThoughts = new LongText()
  #lookAfter: number
  /** Apart: thoughts may cost four times as much. */
  #words = 0
  #thoughts = 0
  /** What the hold was reckoned by, and whether the provider was told so. */
  readonly #limit: number
  readonly #isTold: boolean
  /** What the provider has counted so far. */
  #counted: Usage | null = null
  #promptTokens: number | null = null

  /** Null for a call without a budget, and for a model that has no price by the token. */
  static of(trip: Trip, attempt: Attempt, { budgets, clock }: Parts): Spending | null {
    const { found } = attempt.stop
    if (trip.call.operation !== 'chat') return null
    if (!found?.segment || found.model.machine !== null) return null
    const holds: Hold[] = []
    for (const hold of [trip.hold, attempt.hold])
      if (hold !== null && hold.counters.length > 0) holds.push(hold)
    return holds.length === 0 ? null : new Spending(trip, attempt, budgets, clock, holds)
  }

  private constructor(
    trip: Trip,
    attempt: Attempt,
    budgets: Budgets,
    clock: Parts['clock'],
    holds: readonly Hold[],
  ) {
    this.#trip = trip
    this.#attempt = attempt
    this.#budgets = budgets
    this.#clock = clock
    this.#holds = holds
    const { found } = attempt.stop
    this.#limit = outputMax(trip.call, found)
    this.#isTold = trip.call.maxTokens !== null || (found?.model.outputMax ?? null) !== null
    // Until so much was said the hold covers it, whatever the text is.
    this.#lookAfter = this.#limit * charactersPerToken
  }

  take(delta: Delta): void {
    switch (delta.type) {
      case 'text':
      case 'refusal':
      case 'arguments':
        this.#freshWords.add(delta.text)
        return
      case 'reasoning':
        this.#freshThoughts.add(delta.text)
        return
      case 'usage':
        if (!delta.measured.clamped) this.#counted = delta.measured.usage
        return
      default: // costs nothing
    }
  }

  /** Why the answer cannot go on; null while it can. */
  over(): GatewayError | null {
    if (this.#freshWords.length + this.#freshThoughts.length < this.#lookAfter) return null
    this.#words += estimateTokens(this.#freshWords.take())
    this.#thoughts += estimateTokens(this.#freshThoughts.take())
    const said = this.#words + this.#thoughts
    const bound = this.#isTold ? estimateFactor * this.#limit : this.#limit
    if (said < bound) {
      this.#lookAfter = (bound - said) * charactersPerToken
      return null
    }
    if (this.#covered(sliceTokens) === null) {
      this.#lookAfter = sliceTokens * charactersPerToken
      return null
    }
    // There is no room for a whole slice: from here on each read is looked at.
    this.#lookAfter = 0
    const refusal = this.#covered(0)
    return refusal === null ? null : errorOf(refusal)
  }

  /** Sees to it that the holds cover what was said, and so many tokens more. */
  #covered(more: number): BudgetRefusal | null {
    const cost = this.#costWith(more)
    if (cost === null) return null
    for (const hold of this.#holds) {
      const needed = hold === this.#trip.hold ? add(this.#trip.cost, cost) : cost
      if (needed <= hold.ceiling) continue
      const more = subtract(needed, hold.ceiling)
      const refusal = this.#budgets.extend(hold, more, this.#clock.now())
      if (refusal !== null) return refusal
    }
    return null
  }

  #costWith(more: number): Money | null {
    const { found } = this.#attempt.stop
    if (!found?.segment) return null
    // Who has thought may go on thinking.
    const isThinking = this.#thoughts > 0
    const output = this.#words + (isThinking ? 0 : more)
    const reasoning = this.#thoughts + (isThinking ? more : 0)
    return costAt(found.segment, { ...this.#prompt(), output, reasoning }, this.#attempt.at)
  }

  #prompt(): Usage {
    if (this.#counted !== null) return this.#counted
    this.#promptTokens ??= estimateTokens(promptText(this.#trip.call))
    return { ...noUsage, input: this.#promptTokens }
  }
}

function errorOf({ refused: { kind, value, budget } }: BudgetRefusal): GatewayError {
  const per = budget.per === 'total' ? 'lifetime' : budget.per
  return budgetRanOut(`${kind} ${value}`, format(budget.limit), per)
}
