import { format } from '../core/money.ts'
import type { Policy } from './policy.ts'

/**
 * By what this call is likely to cost; of equal prices the one that was named first, and models
 * without a price behind all others. A machine of one's own costs nothing more for one call more.
 */
export const cheapest: Policy = (candidates, view) =>
  candidates
    .map((candidate) => ({ candidate, price: view.price(candidate) }))
    .toSorted(({ price: left }, { price: right }) => {
      if (left === null || right === null) return Number(left === null) - Number(right === null)
      return left < right ? -1 : Number(left > right)
    })
    .map(({ candidate, price }, place) => {
      const said = price === null ? 'its price is not known' : `about ${format(price)}`
      return { candidate, reason: place === 0 ? `cheapest: ${said}` : `stand-in ${place}: ${said}` }
    })
