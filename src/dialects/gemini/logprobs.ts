import type { Extra } from '../../core/call.ts'
import { isObject } from '../fields.ts'

/**
 * Log probabilities, between Gemini's two lists side by side and OpenAI's one.
 * @see https://ai.google.dev/api/generate-content#LogprobsResult (read 2026-11-21)
 */
export function readLogprobs(result: unknown): Extra | null {
  if (!isObject(result)) return null
  const chosen = listIn(result, 'chosenCandidates')
  if (chosen.length === 0) return null
  const tops = listIn(result, 'topCandidates')
  const content = chosen.map((candidate, index) => ({
    ...toOpenai(candidate),
    top_logprobs: listIn(tops[index], 'candidates').map(toOpenai),
  }))
  return { content, refusal: null }
}

export function writeLogprobs(logprobs: unknown): Extra {
  const content = listIn(logprobs, 'content')
  return {
    topCandidates: content.map((item) => ({
      candidates: listIn(item, 'top_logprobs').map(fromOpenai),
    })),
    chosenCandidates: content.map(fromOpenai),
  }
}

function toOpenai({ token, logProbability }: Extra): Extra {
  const text = typeof token === 'string' ? token : ''
  return { token: text, logprob: logProbability ?? null, bytes: [...Buffer.from(text)] }
}

function fromOpenai({ token, logprob }: Extra): Extra {
  return { token, logProbability: logprob }
}

function listIn(value: unknown, name: string): Extra[] {
  const list = isObject(value) ? value[name] : undefined
  return Array.isArray(list) ? list.filter(isObject) : []
}
