import type { Catalog } from '../catalog/catalog.ts'
import { inMode } from '../catalog/mode.ts'
import { linesAt, priceOfKind } from '../catalog/price.ts'
import { add, type Money, nothing, usdText } from '../core/money.ts'
import type { AttemptRecord } from '../core/record.ts'
import { isUnit, type Kind, type Usage } from '../core/usage.ts'
import type { CostLineJson, WholeCallJson } from './contract/calls.ts'
import { tokenNames } from './json.ts'

/**
 * What each attempt was charged for, line by line. The ledger keeps the sum and the card's id; the lines are
 * worked out anew from the card, and are told only when they add up to what was booked.
 */
export function costLinesOf(
  catalog: Catalog,
  attempts: readonly AttemptRecord[],
): Pick<WholeCallJson, 'cost_lines' | 'price_sources'> {
  const lines: Record<string, readonly CostLineJson[]> = {}
  const sources: Record<string, string> = {}
  for (const record of attempts) {
    const { provider, model, usage, cost, priceId, mode, at } = record
    if (provider === null || model === null || usage === null || cost === null) continue
    const found = catalog.find(provider, model, at)
    const segment = found && inMode(found, mode, at, catalog).segment
    if (priceId === null || segment === null || !priceId.endsWith(`@${segment.id}`)) continue
    sources[priceId] = segment.source
    const { price, lines: costs } = linesAt(segment, usage, at)
    const known = Object.values(costs).filter((each): each is Money => each !== null)
    if (known.reduce(add, nothing) !== cost) continue
    lines[String(record.attempt)] = (Object.entries(costs) as [Kind, Money][]).map(
      ([kind, amount]) => ({
        meter: meterOf(kind),
        count: usage[kind],
        rate: priceOfKind(kind, price)?.price ?? '0',
        currency: segment.currency,
        cost_usd: usdText(amount),
      }),
    )
  }
  return { cost_lines: lines, price_sources: sources }
}

function meterOf(kind: keyof Usage): string {
  return isUnit(kind) ? kind : tokenNames[kind]
}
