/** Whose model it is, as its id says; a profile's own name does not tell. */
export const isClaude = /anthropic|claude/i
export const isNova = /amazon\.nova/i
export const thinkingNova = /amazon\.nova-2/i
export const isGptOss = /openai\.gpt/i
