import { type Call, noExtra } from '../../core/call.ts'
import type { EmbedReply, Reply, Vector } from '../../core/reply.ts'
import { promptTokens } from '../../core/usage.ts'
import { readCohereError, tellsCohereError } from '../cohere-error.ts'
import { ProviderFault, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readCohereUsage } from '../usage.ts'

/** Kinds of vectors, the one that says most first. */
const types = ['float', 'base64', 'int8', 'uint8', 'binary', 'ubinary'] as const

export function readReply(text: string): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const { embeddings } = wire
  if (!isObject(embeddings) && !Array.isArray(embeddings)) {
    if (!tellsCohereError(wire)) throw new ProviderFault('the answer holds no embeddings')
    const words = readCohereError(text)
    throw new ProviderFault(words.message, words)
  }
  return {
    operation: 'embed',
    model: null,
    vectors: vectorsIn(embeddings),
    measured: readCohereUsage(wire['meta']),
    extra: noExtra,
  }
}

/** By kind, or a bare list as the first version had it. */
function vectorsIn(embeddings: Readonly<Record<string, unknown>> | readonly unknown[]): Vector[] {
  const list = Array.isArray(embeddings)
    ? embeddings
    : types.map((type) => (embeddings as Record<string, unknown>)[type]).find(Array.isArray)
  if (!list || list.length === 0)
    throw new ProviderFault('the answer holds no embeddings of a kind that is known')
  return (list as readonly unknown[]).map((vector) => {
    if (typeof vector === 'string') return vector
    if (Array.isArray(vector) && vector.every((item) => typeof item === 'number')) return vector
    throw new ProviderFault('an embedding is neither numbers nor base64')
  })
}

export function writeReply(reply: Reply, call: Call, { callId }: Stamp): string {
  const { vectors, measured } = reply as EmbedReply
  const { texts } = call.body.value
  const type = typeof vectors[0] === 'string' ? 'base64' : 'float'
  const billed = measured === null ? {} : { input_tokens: promptTokens(measured.usage) }
  return JSON.stringify({
    id: callId,
    embeddings: { [type]: vectors },
    ...(Array.isArray(texts) ? { texts } : {}),
    meta: { api_version: { version: '2' }, billed_units: billed },
    response_type: 'embeddings_by_type',
  })
}
