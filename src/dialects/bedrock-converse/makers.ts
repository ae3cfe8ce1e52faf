import { allMarks, type MarkRoom, noMarks } from '../cache-marks.ts'

/** Whose model it is, as its id says; a profile's own name does not tell. */
export const isClaude = /anthropic|claude/i
export const isNova = /amazon\.nova/i
export const thinkingNova = /amazon\.nova-2/i
export const isGptOss = /openai\.gpt/i

/**
 * Claude that takes points for its cache, in system, messages and tools; Nova takes none among its
 * tools, and caches texts by itself. The time to live is refused by all before Claude 4.5.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (read 2026-11-22)
 * @see https://github.com/earendil-works/pi/pull/1570 (read 2026-11-22)
 */
const cachingClaude = /claude-(?!v\d|instant|[12]|3-(?!5-haiku|7))/i
const claudeOf5Minutes = /claude-(?:3|(?:opus|sonnet)-4-(?:[01]-|2025))/i

export function roomFor(model: string): MarkRoom {
  if (cachingClaude.test(model))
    return { ...allMarks, inResults: false, ttl: !claudeOf5Minutes.test(model) }
  if (!isNova.test(model)) return noMarks
  const on = allMarks.on.filter((kind) => kind !== 'tool')
  return { ...allMarks, on, inResults: false, ttl: false }
}
