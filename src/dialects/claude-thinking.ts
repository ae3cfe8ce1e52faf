import type { ReasoningWish } from '../core/call.ts'

/** Tokens that each word of effort is worth to Claude. */
export const thinkingBudgets = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 65_536,
} as const
/** The least that is taken. */
const least = 1_024

/**
 * The tokens that Claude may think, wherever it is asked.
 * @param maxTokens  of the whole answer, which has to be more; null: not limited
 * @returns null where there is no room for as much as it takes at least
 */
export function thinkingBudget(
  { budgetTokens, effort }: ReasoningWish,
  maxTokens: number | null,
): number | null {
  const word =
    effort !== null && Object.hasOwn(thinkingBudgets, effort)
      ? (effort as keyof typeof thinkingBudgets)
      : 'medium'
  const wanted = budgetTokens ?? thinkingBudgets[word]
  const budget = maxTokens === null ? wanted : Math.min(wanted, maxTokens - 1)
  return budget < least ? null : budget
}
