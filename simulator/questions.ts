import { chance, choose, share } from './chance.ts'
import type { Profile } from './profiles.ts'

/** A question whose answer can be checked. */
export interface Question {
  readonly kind: 'arithmetic' | 'exactly' | 'label'
  readonly right: string
  /** Answers that look right and are not; never empty, never equal to `right`. */
  readonly wrong: readonly string[]
  /** The sentence around the answer, with `%` where it goes. */
  readonly sentence: string
}

/** Longer prompts are searched at both ends only, so that no prompt can hold the search up. */
const searchedMax = 4000

/**
 * What a prompt asks that can be checked: 'What is 17 * 23?', 'Reply with exactly: X', or a choice of
 * labels, which may also stand in the system's words ('Classify as one of: a, b, c', 'Labels: a, b',
 * '(a, b or c)', 'as a, b or c', or a list of bullets after 'Labels:').
 */
export function findQuestion(prompt: string, system: string, seed: number): Question | null {
  const asked = ends(prompt)
  return findExactly(asked) ?? findArithmetic(asked) ?? findLabels(asked, ends(system), seed)
}

function ends(text: string): string {
  if (text.length <= searchedMax) return text
  return `${text.slice(0, searchedMax / 2)}\n${text.slice(-searchedMax / 2)}`
}

/** How hard a prompt is for every model alike, from 0 (easiest) to 1. */
export function difficultyOf(prompt: string, seed: number): number {
  return share('difficulty', seed, prompt)
}

/** A model's chance of being right on a question of this difficulty. */
export function chanceOfRight(profile: Profile, difficulty: number): number {
  return profile.skill.easy - profile.skill.loss * difficulty
}

function findExactly(prompt: string): Question | null {
  const found = /\b(?:reply|respond|answer) with exactly:?[ \t]*([^\r\n]+)/i
    .exec(prompt)?.[1]
    ?.trim()
  if (!found) return null
  const right = /^"[^"]+"$/.test(found) ? found.slice(1, -1) : found
  return { kind: 'exactly', right, wrong: [`Sure! ${right}`, `"${right}".`], sentence: '%' }
}

const expression =
  /\b(?:what is|what's|calculate|compute|evaluate|how much is)\s+(-?\d+(?:\.\d+)?(?:\s*[-+*/x×÷]\s*-?\d+(?:\.\d+)?)+)/i

function findArithmetic(prompt: string): Question | null {
  const sum = expression.exec(prompt)?.[1]
  if (!sum) return null
  const value = evaluate(sum)
  const right = numberText(value)
  const near = Number.isFinite(value) ? [value + 1, value - 1, value + 10, -value - 2] : [0, 1]
  const wrong = near.map(numberText).filter((text) => text !== right)
  const brief = /\b(?:only|just)\b/i.test(prompt)
  return { kind: 'arithmetic', right, wrong, sentence: brief ? '%' : `${sum.trim()} = %.` }
}

/** Products before sums, from left to right. A division by zero is no number, and is said so. */
function evaluate(sum: string): number {
  const parts = [...sum.matchAll(/(-?\d+(?:\.\d+)?)\s*([-+*/x×÷]?)\s*/g)]
  let total = 0
  let product = 1
  let sign = 1
  let divides = false
  for (const [, digits = '0', operator = ''] of parts) {
    const value = Number(digits)
    product = divides ? product / value : product * value
    divides = operator === '/' || operator === '÷'
    if (operator === '+' || operator === '-' || operator === '') {
      total += sign * product
      sign = operator === '-' ? -1 : 1
      product = 1
    }
  }
  return total
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 1e4) / 1e4 + 0) : 'undefined'
}

/** Words that speak for a label; a text without any gets a label by chance, always the same. */
const clues: Readonly<Record<string, RegExp>> = {
  positive: /\b(?:love|loved|great|excellent|amazing|wonderful|perfect|happy|best|good)\b/i,
  negative: /\b(?:hate|hated|terrible|awful|broken|worst|refund|angry|bad|disappointed)\b/i,
  neutral: /\b(?:okay|average|arrived|received|ordinary)\b/i,
  billing: /\b(?:charge|charged|invoice|payment|card|refund|bill|billed|price|subscription)\b/i,
  technical: /\b(?:crash|crashes|error|bug|login|log in|slow|install|broken|password)\b/i,
  shipping: /\b(?:deliver|delivery|package|parcel|shipped|shipping|tracking|courier)\b/i,
  spam: /\b(?:winner|prize|free money|click here|lottery|viagra|crypto)\b/i,
  urgent: /\b(?:urgent|immediately|asap|outage|down|emergency)\b/i,
  account: /\b(?:account|profile|email address|username|sign up)\b/i,
  sales: /\b(?:quote|demo|buy|purchase|pricing|upgrade)\b/i,
}

const classifies = /\b(?:classif|categor|label|sentiment|one of)/i

/** Where labels are listed, the surest way first. */
const lists = [
  /\b(?:labels|categories|classes|options)\b[^:\n]{0,80}:[ \t]*\n((?:[ \t]*[-*•][^\n]+\n?)+)/i,
  /\b(?:one of|labels?|categories|category|classes|options)\b(?: are| is)?[ \t]*[:(][ \t]*([^\n().?!:;]+)/i,
  /\(([^()\n]+(?:,|\||\/| or )[^()\n]+)\)/,
  /\b(?:as|into|between|from|of)(?: either)? ((?:[\w-]+, )*[\w-]+,? (?:or|and) [\w-]+)/i,
] as const

function findLabels(prompt: string, system: string, seed: number): Question | null {
  const whole = `${system}\n${prompt}`
  if (!classifies.test(whole)) return null
  for (const list of lists) {
    const found = list.exec(prompt) ?? list.exec(system)
    const labels = (found?.[1] ?? '')
      .split(/,|\/|\||\n|\bor\b|\band\b/)
      .map((label) => label.replace(/^[\s\-*•"'`]+/, '').replace(/["'`\s]+$/, ''))
      .filter((label) => label !== '' && label.length <= 40)
    if (!found || labels.length < 2 || new Set(labels).size < labels.length) continue
    const right = rightLabel(labels, prompt.replace(found[0], ' '), seed)
    const wrong = labels.filter((label) => label !== right)
    return { kind: 'label', right, wrong, sentence: '%' }
  }
  return null
}

function rightLabel(labels: readonly string[], text: string, seed: number): string {
  const low = text.toLowerCase()
  return (
    labels.find((label) => clues[label.toLowerCase()]?.test(text)) ??
    labels.find((label) => low.includes(label.toLowerCase())) ??
    choose(chance('label', seed, text), labels)
  )
}
