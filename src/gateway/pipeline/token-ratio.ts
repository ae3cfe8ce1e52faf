import type { Call } from '../../core/call.ts'
import { promptTokens, type Usage } from '../../core/usage.ts'
import { Demand } from '../../routing/demand.ts'

/** Calls that are looked at before a ratio is believed. */
const observationsMin = 5
/** The part that a new observation has in the ratio: it follows a change of traffic in some 20 calls. */
const newest = 0.1
/** An estimate costs a walk over the text, so it is made for one call in so many... */
const oneIn = 16
/** ... and for none that is longer than this. */
const bytesMax = 200_000
/** Models of a provider of which a ratio is kept; the one that was seen longest ago goes first. */
const modelsMax = 1_000

/**
 * How many tokens each provider's tokeniser makes of what we estimate at one, measured on the calls
 * that pass. Cached and written tokens of the prompt count; calls with media tell nothing.
 */
export class TokenRatios {
  /** By provider and model. */
  readonly #ratios = new Map<string, Map<string, Seen>>()
  #skipped = 0

  /** Null until enough calls were seen. */
  of(provider: string, model: string): number | null {
    const seen = this.#ratios.get(provider)?.get(model)
    return seen === undefined || seen.observations < observationsMin ? null : seen.ratio
  }

  /** @param usage  as the provider counted it */
  observe(provider: string, model: string, call: Call, usage: Usage): void {
    let ratios = this.#ratios.get(provider)
    const seen = ratios?.get(model)
    this.#skipped += 1
    if (seen !== undefined && seen.observations >= observationsMin && this.#skipped < oneIn) return
    this.#skipped = 0
    if (call.operation !== 'chat' || call.hasMedia !== false) return
    if (call.inputTokensMax > bytesMax) return
    const estimate = new Demand(call).tokens
    const counted = promptTokens(usage)
    if (estimate === 0 || counted === 0) return
    const next = counted / estimate
    if (ratios === undefined) this.#ratios.set(provider, (ratios = new Map()))
    ratios.delete(model)
    ratios.set(model, {
      ratio: seen === undefined ? next : seen.ratio + newest * (next - seen.ratio),
      observations: (seen?.observations ?? 0) + 1,
    })
    if (ratios.size > modelsMax) {
      const [oldest] = ratios.keys()
      if (oldest !== undefined) ratios.delete(oldest)
    }
  }
}

interface Seen {
  readonly ratio: number
  readonly observations: number
}
