import { embed } from '../embedding.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { findProfile } from '../profiles.ts'
import { countTokens } from '../tokens.ts'
import { cohereWords } from './cohere-words.ts'
import { Problem, type Door, type World } from './dialect.ts'
import { openaiWords } from './openai.ts'
import { vectorsSaid } from './vectors-said.ts'

const dimensions = 256

/**
 * POST /v1/rerank, as vLLM answers: Jina's shape, the documents always told back.
 * Source: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (read 2026-11-22).
 */
export const jinaRerank: Door = {
  method: 'POST',
  path: '/v1/rerank',
  ...openaiWords,
  answer({ body }, world) {
    const { model, ranked, tokens, firstMs } = rank(body, world, true)
    return vectorsSaid(tokens, firstMs, () => ({
      id: world.requestId,
      model,
      usage: { total_tokens: tokens },
      results: ranked.map(({ index, score, text }) => ({
        index,
        document: { text },
        relevance_score: score,
      })),
    }))
  },
}

/**
 * POST /v2/rerank, as Cohere answers: texts alone, paid by the search.
 * Source: https://docs.cohere.com/reference/rerank and recorded exchanges (read 2026-11-22).
 */
export const cohereRerank: Door = {
  method: 'POST',
  path: '/v2/rerank',
  ...cohereWords,
  answer({ body }, world) {
    if (isObject(body) && body.return_documents !== undefined) {
      throw new Problem(422, "unknown field: parameter 'return_documents' is not a valid field")
    }
    const { ranked, count, tokens, firstMs } = rank(body, world, false)
    return vectorsSaid(tokens, firstMs, () => ({
      id: world.requestId,
      results: ranked.map(({ index, score }) => ({ index, relevance_score: score })),
      meta: {
        api_version: { version: '2' },
        billed_units: { search_units: Math.ceil(count / 100) },
      },
    }))
  },
}

interface Ranking {
  readonly model: string
  readonly ranked: readonly { index: number; score: number; text: string }[]
  readonly count: number
  readonly tokens: number
  readonly firstMs: number
}

/** By how near the texts are to the query; those that share no letters come last. */
function rank(body: unknown, world: World, objects: boolean): Ranking {
  const asked: JsonObject = isObject(body) ? body : {}
  const { model, query, documents, top_n: topN } = asked
  const profile = typeof model === 'string' ? findProfile(model) : null
  if (typeof model !== 'string' || !profile) {
    throw new Problem(404, `The model \`${String(model)}\` does not exist.`)
  }
  if (typeof query !== 'string') throw new Problem(400, 'invalid request: query must be a string')
  if (!isList(documents) || documents.length === 0) {
    throw new Problem(400, 'invalid request: list of documents must not be empty')
  }
  const texts = documents.map((document) => textIn(document, objects))
  const asker = embed(query, dimensions, world.seed)
  const ranked = texts
    .map((text, index) => ({
      index,
      text,
      score: nearness(asker, embed(text, dimensions, world.seed)),
    }))
    .toSorted((left, right) => right.score - left.score)
  return {
    model,
    ranked: ranked.slice(0, typeof topN === 'number' ? topN : ranked.length),
    count: texts.length,
    tokens: texts.reduce((sum, text) => sum + countTokens(text) + countTokens(query), 0),
    firstMs: profile.firstMs,
  }
}

function textIn(document: Json, objects: boolean): string {
  if (typeof document === 'string') return document
  if (objects && isObject(document) && typeof document.text === 'string') return document.text
  throw new Problem(400, 'invalid request: documents must be strings')
}

function nearness(left: Float32Array, right: Float32Array): number {
  const cosine = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
  return Math.round(((1 + cosine) / 2) * 1e6) / 1e6
}
