import { standard } from '../../catalog/book.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { cardsIn } from '../../catalog/mode.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { linesAt, priceOfKind } from '../../catalog/price.ts'
import type { Instant } from '../../core/clock.ts'
import { correctedBy, type CorrectionKind } from '../../core/correction.ts'
import { Fraction } from '../../core/fraction.ts'
import { madeAt } from '../../core/ids.ts'
import type { AttemptRecord, AttemptRole } from '../../core/record.ts'
import { type Kind, kinds } from '../../core/usage.ts'

/** What all attempts of one line have in common. */
export interface ChargeKey {
  /** The first instant of the day, RFC 3339. */
  readonly day: string
  readonly provider: string | null
  readonly model: string | null
  readonly author: string | null
  readonly region: string
  readonly mode: string
  /** Bound of the context tier; 0 for the base price. */
  readonly above: number
  /** Null where the cost cannot be told by meter: machines by the hour, prices that are not known any more. */
  readonly meter: Kind | null
  readonly priceId: string | null
  /** Per million, in `currency`; null where `meter` is. */
  readonly unitPrice: string | null
  readonly currency: PriceSegment['currency']
  /** Where the price is from; null where `meter` is. */
  readonly source: string | null
  readonly costSource: AttemptRecord['costSource']
  readonly customer: string | null
  readonly feature: string | null
  readonly purpose: AttemptRole
  readonly correction: CorrectionKind | null
  /** When the attempt began that was corrected; null for all else. */
  readonly corrected: string | null
}

export interface Charge extends ChargeKey {
  readonly units: bigint
  readonly attempts: number
  /** Picodollars. */
  readonly cost: bigint
}

export interface ChargeCoverage {
  readonly attempts: number
  /** Their cost is not known: they are in no line. */
  readonly unknown: number
  /** Nothing was used or to be paid: likewise. */
  readonly free: number
  /** Their cost is in a line without a meter. */
  readonly unsplit: number
}

interface Sum {
  readonly key: ChargeKey
  units: bigint
  attempts: number
  cost: bigint
}

/**
 * Adds up the rows of the ledger by all that an export tells apart. The lines of an attempt add up to its cost,
 * so the lines of all attempts add up to theirs: no rounding happens here.
 */
export class Charges {
  readonly #catalog: Catalog
  readonly #monthOf: (at: Instant) => string
  readonly #sums = new Map<string, Sum>()
  #attempts = 0
  #unknown = 0
  #free = 0
  #unsplit = 0

  /** @param monthOf  the first instant of the month of a call that was corrected */
  constructor(catalog: Catalog, monthOf: (at: Instant) => string) {
    this.#catalog = catalog
    this.#monthOf = monthOf
  }

  add(record: AttemptRecord, day: string): void {
    this.#attempts += 1
    if (record.cost === null) this.#unknown += 1
    else if (!this.#split(record, day)) {
      if (record.cost === 0n) this.#free += 1
      else {
        this.#unsplit += 1
        const { provider, model } = record
        const found =
          provider === null || model === null ? null : this.#find(provider, model, record)
        const author = found?.model.author ?? null
        this.#put(this.#keyOf(record, day, author), 0n, record.cost)
      }
    }
  }

  lines(): readonly Charge[] {
    return [...this.#sums.values()].map(({ key, ...sums }) => ({ ...key, ...sums }))
  }

  coverage(): ChargeCoverage {
    return {
      attempts: this.#attempts,
      unknown: this.#unknown,
      free: this.#free,
      unsplit: this.#unsplit,
    }
  }

  /** @returns false when the price that the row names does not come to its cost */
  #split(record: AttemptRecord, day: string): boolean {
    const { provider, model, usage, cost, priceId, at } = record
    if (provider === null || model === null || usage === null || priceId === null) return false
    if (record.costSource !== 'table' && record.costSource !== 'own') return false
    const found = this.#find(provider, model, record)
    const id = priceId.slice(priceId.lastIndexOf('@') + 1)
    const segment = found?.segments.findLast((each) => each.id === id)
    if (found === null || segment === undefined) return false
    const { price, above, lines } = linesAt(segment, usage, at)
    const used = kinds.filter((kind) => usage[kind] > 0)
    const total = used.reduce<bigint | null>((sum, kind) => {
      const line = lines[kind] ?? null
      return sum === null || line === null ? null : sum + line
    }, 0n)
    if (total !== cost || used.length === 0) return false
    for (const kind of used) {
      const rate = priceOfKind(kind, price)!
      const each = Fraction.of(rate.price).times(Fraction.of(rate.factor))
      const key = {
        ...this.#keyOf(record, day, found.model.author),
        above,
        meter: kind,
        unitPrice: each.text(decimals),
        currency: segment.currency,
        source: segment.source,
      }
      this.#put(key, BigInt(usage[kind]), lines[kind]!)
    }
    return true
  }

  #find(provider: string, model: string, { at, mode }: AttemptRecord) {
    const found = this.#catalog.find(provider, model, at)
    if (found === null) return null
    const { prices, before } = cardsIn(found.model, mode)
    return { model: found.model, segments: [...before, ...prices] }
  }

  #put(key: ChargeKey, units: bigint, cost: bigint): void {
    const name = JSON.stringify(Object.values(key))
    const known = this.#sums.get(name)
    if (known) {
      known.units += units
      known.attempts += 1
      known.cost += cost
    } else this.#sums.set(name, { key, units, attempts: 1, cost })
  }

  /** Of a cost that is not told by meter. */
  #keyOf(record: AttemptRecord, day: string, author: string | null): ChargeKey {
    const { provider, model, priceId, costSource, customer, feature, role, mode, region } = record
    const corrected = correctedBy(record)
    return {
      day,
      provider,
      model,
      author,
      region: region ?? standard,
      mode: mode ?? standard,
      above: 0,
      meter: null,
      priceId,
      unitPrice: null,
      currency: 'USD',
      source: null,
      costSource,
      customer,
      feature,
      purpose: role,
      correction: corrected?.kind ?? null,
      corrected: corrected && this.#monthOf(madeAt(corrected.callId)),
    }
  }
}

/** As many as a price can have. */
const decimals = 18
