import { Problem } from './dialects/dialect.ts'
import { isList, isObject, type Json } from './json.ts'
import type { Profile } from './profiles.ts'

/**
 * What vendors of OpenAI's dialect refuse a turn of the past for, each in its own words.
 * @throws Problem when a turn lacks what this model wants back, as Moonshot and DeepSeek say it
 * @see https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model,
 *   https://api-docs.deepseek.com/guides/thinking_mode (read 2026-11-22)
 */
export function checkTurns(messages: Json | undefined, { wants }: Profile): void {
  if (wants === undefined || !isList(messages)) return
  for (const [index, message] of messages.entries()) {
    if (!isObject(message) || message.role !== 'assistant') continue
    const calls = isList(message.tool_calls) ? message.tool_calls.filter(isObject) : []
    const thought = message.reasoning_content
    const isThoughtless = typeof thought !== 'string' || thought === ''
    if (wants === 'thoughts with calls' && calls.length > 0 && isThoughtless) {
      throw refusal(
        `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${index}`,
      )
    }
    if (wants === 'thoughts' && isThoughtless) {
      throw refusal('The `reasoning_content` in the thinking mode must be passed back to the API.')
    }
  }
}

function refusal(message: string): Problem {
  return new Problem(400, message, { type: 'invalid_request_error' })
}
