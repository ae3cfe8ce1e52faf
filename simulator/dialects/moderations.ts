import { isList, isObject, type Json } from '../json.ts'
import { countTokens } from '../tokens.ts'
import { type Door } from './dialect.ts'
import { missing, openaiWords, readBody, readModel } from './openai.ts'
import { vectorsSaid } from './vectors-said.ts'

const nothing = /(?!)/

/** What is looked for, and the words by which it is found; clients read all of them, found or not. */
const policies = {
  harassment: /\b(?:idiot|worthless)\b/i,
  'harassment/threatening': nothing,
  hate: nothing,
  'hate/threatening': nothing,
  illicit: nothing,
  'illicit/violent': nothing,
  'self-harm': /\bhurt myself\b/i,
  'self-harm/instructions': nothing,
  'self-harm/intent': nothing,
  sexual: nothing,
  'sexual/minors': nothing,
  violence: /\b(?:kill|stab|bomb)\b/i,
  'violence/graphic': nothing,
} as const

/**
 * POST /v1/moderations, as OpenAI answers; every model judges alike.
 * Source: https://platform.openai.com/docs/api-reference/moderations and recorded answers (read 2026-11-22).
 */
export const moderations: Door = {
  method: 'POST',
  path: '/v1/moderations',
  ...openaiWords,
  answer(request, world) {
    const body = readBody(request, world)
    const { model, profile } = readModel(body, false)
    const { input } = body
    if (input === undefined || input === null) throw missing('input')
    const texts = textsIn(input)
    const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
    return vectorsSaid(tokens, profile.firstMs, () => ({
      id: world.id('modr-', 24),
      model,
      results: texts.map(judge),
    }))
  },
}

/** Texts are judged one by one, parts together. */
function textsIn(input: Json): readonly string[] {
  if (typeof input === 'string') return [input]
  if (!isList(input)) return ['']
  if (input.every((item) => typeof item === 'string')) return input
  return [input.map((part) => (isObject(part) ? String(part.text ?? '') : '')).join('\n')]
}

function judge(text: string): Json {
  const found = Object.entries(policies).map(([name, words]) => [name, words.test(text)] as const)
  return {
    flagged: found.some(([, is]) => is),
    categories: Object.fromEntries(found),
    category_scores: Object.fromEntries(found.map(([name, is]) => [name, is ? 0.98 : 0.0001])),
    category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, ['text']])),
  }
}
