import type { Call, Extra } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { Reply } from '../../core/reply.ts'
import type { RankedDocument, Rerank, RerankReply } from '../../core/rerank.ts'
import { type Measured, promptTokens } from '../../core/usage.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readCohereUsage, readOpenaiUsage } from '../usage.ts'
import { documentText, type Shape } from './call.ts'

/** Reads either shape, and those who have the list alone: SGLang, and Bedrock with names of its own. */
export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  const outer: Extra = isObject(wire) ? wire : { results: wire }
  const results = outer['results'] ?? outer['data']
  if (!Array.isArray(results)) {
    if (!tellsError(outer) && typeof outer['message'] !== 'string')
      throw new ProviderFault(`the answer holds no results: ${text.slice(0, 200)}`)
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  if (results.length === 0) throw new ProviderFault('the answer ranks nothing')
  return {
    operation: 'rerank',
    id: typeof outer['id'] === 'string' ? outer['id'] : null,
    model: typeof outer['model'] === 'string' ? outer['model'] : null,
    results: results.map(readResult).toSorted((left, right) => right.score - left.score),
    measured: readUsage(outer, quirks),
    extra: noExtra,
  }
}

function readResult(result: unknown): RankedDocument {
  const wire: Extra = isObject(result) ? result : {}
  const { index, document, text } = wire
  const score = wire['relevance_score'] ?? wire['relevanceScore'] ?? wire['score']
  if (!Number.isSafeInteger(index) || typeof score !== 'number' || !Number.isFinite(score)) {
    throw new ProviderFault('a result has no index or no score')
  }
  const shown = document ?? text
  const isDocument = typeof shown === 'string' || isObject(shown)
  return { index: index as number, score, document: isDocument ? shown : null }
}

/** Search units stand under `meta` at Cohere; everyone else counts tokens, some no more than their sum. */
function readUsage({ meta, usage }: Extra, quirks: Quirks): Measured | null {
  if (isObject(meta)) return readCohereUsage(meta)
  if (!isObject(usage)) return null
  const { prompt_tokens: prompt, total_tokens: total } = usage
  const counted = present(prompt) ? usage : { prompt_tokens: total }
  const measured = readOpenaiUsage(counted, quirks.usage)
  return measured && { ...measured, raw: usage }
}

export function writeReply(shape: Shape, reply: Reply, call: Call, stamp: Stamp): string {
  const { id, model, results, measured } = reply as RerankReply
  const asked = askedIn(call)
  const shown = shape === 'jina-rerank' && asked?.returnDocuments === true ? asked.documents : null
  // Not every engine heeds how many are wanted.
  const ranked = results
    .slice(0, asked?.topN ?? results.length)
    .map(({ index, score, document }) => ({
      index,
      relevance_score: score,
      ...documentIn(shown, index, document),
    }))
  if (shape === 'cohere-rerank') {
    const meta = { api_version: { version: '2' }, ...writeMeta(measured) }
    return JSON.stringify({ id: id ?? stamp.callId, results: ranked, meta })
  }
  return JSON.stringify({
    id: id ?? `rerank-${stamp.callId}`,
    object: 'list',
    model: model ?? stamp.model,
    results: ranked,
    ...writeUsage(measured),
  })
}

function askedIn(call: Call): Rerank | null {
  const meaning = call.meaning()
  return meaning.operation === 'rerank' ? meaning : null
}

function documentIn(
  shown: Rerank['documents'] | null,
  index: number,
  told: string | Extra | null,
): Extra {
  const document = shown === null ? null : (told ?? shown[index] ?? null)
  if (document === null) return {}
  return { document: typeof document === 'string' ? { text: documentText(document) } : document }
}

function writeMeta(measured: Measured | null): Extra {
  if (measured === null) return {}
  const { search } = measured.usage
  const tokens = promptTokens(measured.usage)
  return {
    ...(search > 0 ? { billed_units: { search_units: search } } : {}),
    ...(tokens > 0 || search === 0 ? { tokens: { input_tokens: tokens } } : {}),
  }
}

/** Who is paid by the search counts no tokens: then there are none to tell. */
function writeUsage(measured: Measured | null): Extra {
  if (measured === null) return {}
  const { search } = measured.usage
  const tokens = promptTokens(measured.usage)
  if (tokens === 0 && search > 0) return { usage: { search_units: search } }
  return { usage: { prompt_tokens: tokens, total_tokens: tokens } }
}
