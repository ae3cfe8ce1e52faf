import type { Call } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { EmbedReply, Reply, Vector } from '../../core/reply.ts'
import { promptTokens } from '../../core/usage.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readOpenaiUsage } from '../usage.ts'
import type { WireAnswer } from './wire.ts'

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  if (!Array.isArray(wire['data'])) {
    if (!tellsError(wire)) throw new ProviderFault('the answer holds no embeddings')
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  const items = wire['data'].filter(isObject)
  if (items.length === 0) throw new ProviderFault('the answer holds no embeddings')
  const ordered = items.every((item) => typeof item['index'] === 'number')
    ? items.toSorted((left, right) => (left['index'] as number) - (right['index'] as number))
    : items
  return {
    operation: 'embed',
    model: typeof wire['model'] === 'string' ? wire['model'] : null,
    vectors: ordered.map((item) => readVector(item['embedding'])),
    measured: readOpenaiUsage(wire['usage'], quirks.usage),
    extra: noExtra,
  }
}

function readVector(value: unknown): Vector {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value
  throw new ProviderFault('an embedding is neither numbers nor base64')
}

export function writeReply(reply: Reply, _call: Call, stamp: Stamp): string {
  const { vectors, model, measured } = reply as EmbedReply
  const answer: WireAnswer = {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: model ?? stamp.model,
  }
  if (measured) {
    const tokens = promptTokens(measured.usage)
    answer.usage = { prompt_tokens: tokens, total_tokens: tokens }
  }
  return JSON.stringify(answer)
}
