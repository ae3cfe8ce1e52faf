import { embed } from '../embedding.ts'
import { isList, isObject } from '../json.ts'
import { findProfile } from '../profiles.ts'
import { countTokens } from '../tokens.ts'
import { cohereWords } from './cohere-words.ts'
import { Problem, type Door, type Said } from './dialect.ts'
import { vectorsSaid } from './vectors-said.ts'

const dimensionsUsual = 256
const inputTypes = new Set([
  'search_document',
  'search_query',
  'classification',
  'clustering',
  'image',
])

/**
 * POST /v2/embed, as Cohere answers texts.
 * Source: https://docs.cohere.com/reference/embed and recorded exchanges (read 2026-11-22).
 */
export const cohereEmbed: Door = {
  method: 'POST',
  path: '/v2/embed',
  ...cohereWords,
  answer({ body }, world): Said {
    if (!isObject(body)) throw new Problem(400, 'invalid request: body is not a JSON object')
    const { model, texts, input_type: type, embedding_types: types, output_dimension: size } = body
    const profile = typeof model === 'string' ? findProfile(model) : null
    if (profile?.says !== 'vectors' && !String(model).startsWith('fault/')) {
      throw new Problem(404, `model '${String(model)}' not found`)
    }
    if (!isList(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
      throw new Problem(400, 'invalid request: texts must be a list of strings')
    }
    if (typeof type !== 'string' || !inputTypes.has(type)) {
      throw new Problem(
        400,
        'invalid request: valid input_type must be provided with the provided model',
      )
    }
    const kinds = isList(types) ? types.map(String) : ['float']
    const vectors = texts.map((text) =>
      embed(text, typeof size === 'number' ? size : dimensionsUsual, world.seed),
    )
    const total = texts.reduce((sum, text) => sum + countTokens(text), 0)
    const embeddings = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        vectors.map((vector) =>
          kind === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector],
        ),
      ]),
    )
    return vectorsSaid(total, profile!.firstMs, () => ({
      id: world.requestId,
      texts,
      embeddings,
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: total } },
      response_type: 'embeddings_by_type',
    }))
  },
}
