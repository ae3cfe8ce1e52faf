import { Fraction } from '../../core/fraction.ts'
import type { Kind } from '../../core/usage.ts'
import { type ChargeLine, picodollars } from '../economics/charge-line.ts'

/** A line of an invoice, as far as it could be read. */
export interface InvoiceLine {
  /** Of the file. */
  readonly line: number
  readonly item: string
  readonly model: string | null
  readonly meter: Kind | null
  /** Whole units; null where the invoice does not say. */
  readonly quantity: Fraction | null
  /** In dollars. */
  readonly amount: Fraction
}

/** An invoice and the ledger, of one model's meter or of all of a model's. */
export interface Compared {
  readonly sku: string
  readonly invoiced: Fraction
  readonly invoicedQuantity: Fraction | null
  readonly measured: bigint
  /** Dollars on the ledger. */
  readonly booked: Fraction
  /** What was paid per million of what was measured; null where nothing was. */
  readonly effectivePrice: Fraction | null
  /** Invoiced over booked, less one; null where nothing was booked. */
  readonly drift: Fraction | null
  /** The same of the quantities. */
  readonly quantityDrift: Fraction | null
}

export interface Comparison {
  readonly compared: readonly Compared[]
  /** Lines of models that the ledger does not know. */
  readonly unmatched: readonly InvoiceLine[]
  /** What is booked and stands on no line. */
  readonly notInvoiced: readonly { readonly sku: string; readonly booked: Fraction }[]
  /** All of the invoice, and all that is booked: also what stands in one of the two alone. */
  readonly total: {
    readonly invoiced: Fraction
    readonly booked: Fraction
    readonly drift: Fraction | null
  }
}

interface Measured {
  units: bigint
  cost: bigint
}

/** Vendors print these together, where they do not print them apart. */
const within: Readonly<Partial<Record<Kind, Kind>>> = {
  reasoning: 'output',
  cacheWrite1h: 'cacheWrite5m',
}

/** Holds an invoice against the ledger's lines of the same provider and time. */
export function compareInvoice(
  invoice: readonly InvoiceLine[],
  ledger: readonly ChargeLine[],
): Comparison {
  const bySku = Map.groupBy(invoice, ({ model, meter }) => skuOf(model, meter))
  const named = new Set(bySku.keys())
  const measured = new Map<string, Measured>()
  const models = new Set<string>()
  for (const line of ledger) {
    if (line.model === null) continue
    models.add(line.model)
    const sku = skuFor(line.model, line.meter as Kind | null, named)
    const sum = measured.get(sku) ?? { units: 0n, cost: 0n }
    measured.set(sku, {
      units: sum.units + BigInt(line.units),
      cost: sum.cost + picodollars(line.cost_usd),
    })
  }
  const compared = [...bySku].flatMap(([sku, lines]): Compared[] => {
    const found = measured.get(sku)
    return found === undefined ? [] : [comparedOf(sku, lines, found)]
  })
  const unmatched = [...bySku].flatMap(([sku, lines]) => (measured.has(sku) ? [] : lines))
  const notInvoiced = [...measured].flatMap(([sku, { cost }]) =>
    named.has(sku) || cost === 0n ? [] : [{ sku, booked: dollarsOf(cost) }],
  )
  const invoiced = Fraction.sum(invoice.map(({ amount }) => amount))
  const booked = Fraction.sum([...measured.values()].map(({ cost }) => dollarsOf(cost)))
  const total = { invoiced, booked, drift: driftOf(invoiced, booked) }
  return { compared, unmatched, notInvoiced, total }
}

function comparedOf(sku: string, lines: readonly InvoiceLine[], found: Measured): Compared {
  const invoiced = Fraction.sum(lines.map(({ amount }) => amount))
  const quantities = lines.flatMap(({ quantity }) => (quantity === null ? [] : [quantity]))
  const invoicedQuantity = quantities.length === lines.length ? Fraction.sum(quantities) : null
  const booked = dollarsOf(found.cost)
  const units = new Fraction(found.units, 1n)
  return {
    sku,
    invoiced,
    invoicedQuantity,
    measured: found.units,
    booked,
    effectivePrice: units.isZero ? null : invoiced.over(units).times(Fraction.of(1_000_000)),
    drift: driftOf(invoiced, booked),
    quantityDrift: invoicedQuantity === null ? null : driftOf(invoicedQuantity, units),
  }
}

function driftOf(said: Fraction, known: Fraction): Fraction | null {
  return known.isZero ? null : said.over(known).minus(Fraction.one)
}

/** The line on which a vendor has it: of its own, of what it is printed with, or of the whole model. */
function skuFor(model: string, meter: Kind | null, named: ReadonlySet<string>): string {
  const own = skuOf(model, meter)
  if (named.has(own)) return own
  const parent = meter === null ? undefined : within[meter]
  if (parent !== undefined && named.has(skuOf(model, parent))) return skuOf(model, parent)
  return named.has(skuOf(model, null)) ? skuOf(model, null) : own
}

function skuOf(model: string | null, meter: Kind | null): string {
  return `${model ?? '(no model)'}${meter === null ? '' : ` ${meter}`}`
}

function dollarsOf(cost: bigint): Fraction {
  return new Fraction(cost, 1_000_000_000_000n)
}
