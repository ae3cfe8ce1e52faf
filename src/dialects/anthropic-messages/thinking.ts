import type { Extra, ReasoningWish } from '../../core/call.ts'

/** Tokens that each word of effort is worth; a budget has to be at least 1,024 and below max_tokens. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 65_536,
}

export function writeThinking(wish: ReasoningWish | null, maxTokens: number): Extra | null {
  if (wish === null) return null
  if (wish.enabled === false || wish.effort === 'none') return { type: 'disabled' }
  const wanted =
    wish.budgetTokens ??
    (wish.effort !== null && Object.hasOwn(budgets, wish.effort)
      ? budgets[wish.effort]!
      : budgets['medium']!)
  const budget = Math.min(wanted, maxTokens - 1)
  return budget < 1_024 ? null : { type: 'enabled', budget_tokens: budget }
}

/**
 * The API refuses thinking beside a tool that has to be called, which other dialects take together.
 * The tool is what the caller cannot do without.
 * @see https://docs.claude.com/en/docs/build-with-claude/extended-thinking (read 2026-11-22)
 */
export function thinkingBeside(
  toolChoice: Extra | null,
  thinking: Extra | null,
  adapted: string[],
): Extra | null {
  const type = toolChoice?.['type']
  if ((type !== 'any' && type !== 'tool') || thinking?.['type'] !== 'enabled') return thinking
  adapted.push('-thinking')
  return { type: 'disabled' }
}
