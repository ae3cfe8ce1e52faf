import type { Model } from '../../catalog/model.ts'
import { add, type Money, nothing } from '../../core/money.ts'
import type { PastCall } from './calls.ts'
import { priceElsewhere, sameTokens } from './price.ts'

/** A model that traffic is priced on, as the catalog of the gateway has it. */
export interface Target {
  /** 'provider/model' */
  readonly name: string
  readonly model: Pick<Model, 'prices'>
}

/** What the logged tokens would have cost there, counted as they were counted here. */
export interface DryTotal {
  readonly name: string
  cost: Money
  /** Calls without a price: they are not in `cost`. */
  unknown: number
}

/** Calls alike in size and in cost, of which some are drawn. */
export interface Stratum {
  readonly key: string
  size: number
  /** Of the price on the first target, in dollars; by Welford, so that large sums lose no digits. */
  priced: number
  mean: number
  squares: number
  picks: Drawn[]
}

interface Drawn {
  readonly draw: bigint
  readonly call: PastCall
}

/**
 * Reads the calls of a span once, in any pieces: adds up what they cost and would cost, and keeps of
 * each stratum the calls with the smallest hashes, which is a sample drawn without knowing how many
 * come, and the same one for the same seed.
 */
export class ReplayPlan {
  readonly targets: readonly Target[]
  readonly dry: readonly DryTotal[]
  readonly #strata = new Map<string, Stratum>()
  readonly #seed: bigint
  readonly #picksMax: number
  calls = 0
  cost = nothing
  costUnknown = 0
  promptTokens = 0
  cachedTokens = 0
  outputTokens = 0

  /** @param picksMax  of each stratum */
  constructor(targets: readonly Target[], picksMax: number, seed: number) {
    this.targets = targets
    this.dry = targets.map(({ name }) => ({ name, cost: nothing, unknown: 0 }))
    this.#picksMax = picksMax
    this.#seed = BigInt(seed)
  }

  get strata(): readonly Stratum[] {
    return [...this.#strata.values()]
  }

  add(call: PastCall): void {
    this.calls += 1
    this.promptTokens += call.prompt
    this.cachedTokens += call.cached
    this.outputTokens += call.output
    if (call.cost === null) this.costUnknown += 1
    else this.cost = add(this.cost, BigInt(call.cost) as Money)
    let first: Money | null = null
    for (const [index, { model }] of this.targets.entries()) {
      const price = priceElsewhere(model, call, sameTokens)
      const total = this.dry[index]!
      if (price === null) total.unknown += 1
      else total.cost = add(total.cost, price)
      if (index === 0) first = price
    }
    this.#stratum(call, first)
  }

  #stratum(call: PastCall, price: Money | null): void {
    const key = stratumOf(call, price)
    let stratum = this.#strata.get(key)
    if (stratum === undefined) {
      stratum = { key, size: 0, priced: 0, mean: 0, squares: 0, picks: [] }
      this.#strata.set(key, stratum)
    }
    stratum.size += 1
    if (price !== null) {
      const dollars = Number(price) / 1e12
      stratum.priced += 1
      const delta = dollars - stratum.mean
      stratum.mean += delta / stratum.priced
      stratum.squares += delta * (dollars - stratum.mean)
    }
    if (this.#picksMax === 0) return
    stratum.picks.push({ draw: Bun.hash.wyhash(call.id, this.#seed), call })
    if (stratum.picks.length >= 2 * this.#picksMax + 64) stratum.picks = this.#least(stratum.picks)
  }

  #least(picks: readonly Drawn[]): Drawn[] {
    return picks
      .toSorted((left, right) => (left.draw < right.draw ? -1 : 1))
      .slice(0, this.#picksMax)
  }

  /**
   * So many calls, more where prices differ more (Neyman), two at least of each stratum that has two,
   * because one call alone tells nothing of how far they differ.
   */
  sample(count: number): readonly { readonly stratum: string; readonly call: PastCall }[] {
    const strata = this.strata
    const weights = strata.map(({ size, priced, squares }) =>
      priced < 2 ? size * 1e-12 : size * Math.max(Math.sqrt(squares / (priced - 1)), 1e-12),
    )
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    return strata.flatMap(({ key, size, picks }, index) => {
      const share = Math.round((count * weights[index]!) / whole)
      const wanted = Math.min(size, Math.max(2, share), this.#picksMax)
      return this.#least(picks)
        .slice(0, wanted)
        .map(({ call }) => ({ stratum: key, call }))
    })
  }
}

/** By fours in tokens and by tens in price: some twenty strata for traffic of a usual kind. */
function stratumOf({ prompt, output }: PastCall, price: Money | null): string {
  const size = Math.floor(Math.log2(Math.max(1, prompt + output)) / 2)
  const cost = price === null ? '?' : Math.floor(Math.log10(Math.max(1, Number(price))))
  return `${size} ${cost}`
}
