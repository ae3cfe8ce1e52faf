import type { Extra, ReasoningWish } from '../../core/call.ts'
import { thinkingBudget } from '../claude-thinking.ts'

export function writeThinking(wish: ReasoningWish | null, maxTokens: number): Extra | null {
  if (wish === null) return null
  if (wish.enabled === false || wish.effort === 'none') return { type: 'disabled' }
  const budget = thinkingBudget(wish, maxTokens)
  return budget === null ? null : { type: 'enabled', budget_tokens: budget }
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
