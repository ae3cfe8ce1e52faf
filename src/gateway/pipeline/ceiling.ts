import type { Found } from '../../catalog/catalog.ts'
import type { Price } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import type { Call } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { dearest, type Money, nothing } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'

/** When neither caller nor catalog says where an answer ends. */
const outputTokensUnknown = 8_192

/** All tokens that the call may have in one answer, and that one answer may have. */
export function tokensMax(call: Call, found: Found | null): { input: number; output: number } {
  if (call.operation !== 'chat') return { input: call.inputTokensMax, output: 0 }
  const limit = found?.model.outputMax ?? null
  const asked = call.maxTokens ?? limit ?? outputTokensUnknown
  const output = limit === null ? asked : Math.min(asked, limit)
  const context = found?.model.context ?? null
  return {
    input: context === null ? call.inputTokensMax : Math.min(call.inputTokensMax, context),
    output: output * call.n,
  }
}

/**
 * What a call may cost at most with this model: every token it may use, at the dearest kind and tier.
 * @returns picodollars; null when the model has no price
 */
export function ceiling(call: Call, found: Found | null, at: Instant): Money | null {
  if (found === null) return null
  // A machine of one's own is paid by the hour, whether this call runs or not.
  if (found.model.machine !== null) return nothing
  const { segment } = found
  if (segment === null) return null
  const { input, output } = tokensMax(call, found)
  const cards: readonly Price[] = [
    segment.price,
    ...(segment.tiers ?? []).map((tier) => ({ ...segment.price, ...tier.price })),
  ]
  let most: Money | null = null
  for (const price of cards) {
    for (const side of ['input', 'cacheWrite5m', 'cacheWrite1h'] as const) {
      const worst = costAt(
        { ...segment, price, tiers: [] },
        { ...noUsage, [side]: input, output },
        at,
      )
      if (worst === null) return null
      most = most === null ? worst : dearest(most, worst)
    }
  }
  return most
}
