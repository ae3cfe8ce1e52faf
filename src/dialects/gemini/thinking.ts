import type { Extra, ReasoningWish } from '../../core/call.ts'
import { compact, type Fields } from '../fields.ts'

/**
 * How much to think: Gemini 3 and later are told a level, 2.5 a budget of tokens; both at once is a 400.
 * @see https://ai.google.dev/gemini-api/docs/thinking (read 2026-11-21)
 */
const levels = ['minimal', 'low', 'medium', 'high'] as const

type Level = (typeof levels)[number]

interface Thinker {
  readonly models: RegExp
  readonly levels?: readonly Level[]
  /** Tokens. `off`: 0 is taken as well, and switches thinking off. */
  readonly budget?: { readonly min: number; readonly max: number; readonly off: boolean }
}

/** The first that fits counts. A model of neither kind does not think. */
const thinkers: readonly Thinker[] = [
  { models: /gemini-3-pro/, levels: ['low', 'high'] },
  { models: /gemini-(?:[3-9].*pro|pro-latest)/, levels: ['low', 'medium', 'high'] },
  { models: /gemini-(?:[3-9]|flash(?:-lite)?-latest)/, levels },
  { models: /gemini-2\.5-pro/, budget: { min: 128, max: 32_768, off: false } },
  { models: /gemini-2\.5-flash-lite/, budget: { min: 512, max: 24_576, off: true } },
  { models: /gemini-2\.5/, budget: { min: 1, max: 24_576, off: true } },
  { models: /gemini-[12]\.|gemini-(?:1|2)-|gemma|learnlm/ },
]

/** Tokens that each word is worth, as Google's own compatible door has it; what is above gets the most. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
}

/** @param note  told of what became otherwise than it was wished */
export function writeThinking(
  wish: ReasoningWish | null,
  model: string,
  note: (word: string) => void,
): Extra | null {
  if (wish === null) return null
  const { budgetTokens, display } = wish
  const off = wish.enabled === false || wish.effort === 'none' || budgetTokens === 0
  const shown = off || display === 'omitted' ? null : true
  const thinker = thinkers.find(({ models }) => models.test(model))
  // A name that is not known, at an address of one's own: as it was wished.
  if (thinker === undefined) {
    const thinkingLevel = budgetTokens === null && !off ? wish.effort : null
    const thinkingBudget = off ? 0 : budgetTokens
    return compact({ includeThoughts: shown, thinkingLevel, thinkingBudget })
  }
  if (thinker.levels) {
    const level = levelFor(wish, off, thinker.levels, note)
    return compact({ includeThoughts: shown, thinkingLevel: level })
  }
  if (thinker.budget) {
    const { min, max, off: canStop } = thinker.budget
    if (off && canStop) return { thinkingBudget: 0 }
    if (off) note(`thinkingBudget=${min}`)
    const wanted = off
      ? min
      : (budgetTokens ??
        (wish.effort === null
          ? -1
          : Object.hasOwn(budgets, wish.effort)
            ? budgets[wish.effort]!
            : max))
    const bounded = wanted === -1 ? -1 : Math.min(Math.max(wanted, min), max)
    return compact({ includeThoughts: shown, thinkingBudget: bounded })
  }
  if (!off) note('-reasoning_effort')
  return null
}

/** The least that is offered and no less than was wished, else the most. */
function levelFor(
  { effort, budgetTokens }: ReasoningWish,
  off: boolean,
  offered: readonly Level[],
  note: (word: string) => void,
): Level | null {
  const word = off ? 'none' : (effort ?? (budgetTokens === null ? null : wordFor(budgetTokens)))
  if (word === null) return null
  const wished = word === 'none' ? 0 : (levels as readonly string[]).indexOf(word)
  const level =
    wished === -1
      ? offered.at(-1)!
      : (offered.find((each) => levels.indexOf(each) >= wished) ?? offered.at(-1)!)
  if (level !== word) note(`reasoning_effort=${level}`)
  return level
}

function wordFor(budgetTokens: number): Level {
  if (budgetTokens <= 1_024) return 'minimal'
  if (budgetTokens <= 4_096) return 'low'
  return budgetTokens <= 16_384 ? 'medium' : 'high'
}

export function readThinking(wire: Fields | null): ReasoningWish | null {
  if (!wire) return null
  const budget = wire.number('thinkingBudget')
  const level = wire.text('thinkingLevel')?.toLowerCase() ?? null
  const shown = wire.flag('includeThoughts')
  if (budget === null && level === null && shown !== true) return null
  return {
    enabled: budget !== 0,
    effort: level === 'thinking_level_unspecified' ? null : level,
    budgetTokens: budget !== null && budget > 0 ? budget : null,
    display: shown === true ? 'summarized' : 'omitted',
  }
}
