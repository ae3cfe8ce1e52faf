import type { EmbedReply, Reply, Vector } from '../../core/reply.ts'
import { noExtra } from '../../core/call.ts'
import { type Measured, noUsage, promptTokens } from '../../core/usage.ts'
import { ProviderFault } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { readGeminiError } from '../gemini-error.ts'
import { readGeminiUsage } from '../usage.ts'
import type { Shape } from './call.ts'

/** `embedding` of one, `embeddings` of many, and the `predictions` of Vertex AI's older models. */
export function readReply(text: string): EmbedReply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  if (present(wire['error'])) {
    const words = readGeminiError(text)
    throw new ProviderFault(words.message, words)
  }
  const found = Array.isArray(wire['embeddings'])
    ? wire['embeddings']
    : isObject(wire['embedding'])
      ? [wire['embedding']]
      : predicted(wire['predictions'])
  if (found === null || found.length === 0)
    throw new ProviderFault('the answer holds no embeddings')
  return {
    operation: 'embed',
    model: null,
    vectors: found.map(readVector),
    measured: readGeminiUsage(wire['usageMetadata']) ?? countPredictions(found),
    extra: noExtra,
  }
}

function predicted(predictions: unknown): unknown[] | null {
  if (!Array.isArray(predictions)) return null
  return predictions.map((each) => (isObject(each) ? each['embeddings'] : null))
}

function readVector(embedding: unknown): Vector {
  const values = isObject(embedding) ? embedding['values'] : null
  if (Array.isArray(values) && values.every((value) => typeof value === 'number')) return values
  throw new ProviderFault('an embedding is no list of numbers')
}

/** Vertex AI's older models count each text apart. Null as soon as one has no count. */
function countPredictions(found: readonly unknown[]): Measured | null {
  const counts = found.map((each) => {
    const statistics = isObject(each) ? each['statistics'] : undefined
    const count = isObject(statistics) ? statistics['token_count'] : undefined
    return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null
  })
  if (counts.length === 0 || counts.includes(null)) return null
  const input = counts.reduce<number>((sum, count) => sum + count!, 0)
  return {
    usage: { ...noUsage, input },
    source: 'provider',
    raw: found.map((each) => (each as { readonly statistics: unknown }).statistics),
    reportedUsd: null,
    clamped: false,
  }
}

export function writeReply(shape: Shape, reply: Reply): string {
  const { vectors, measured } = reply as EmbedReply
  const embeddings = vectors.map((vector) => ({ values: numbersOf(vector) }))
  return JSON.stringify({
    ...(shape === 'one' ? { embedding: embeddings[0] } : { embeddings }),
    ...(measured ? { usageMetadata: usageOf(measured) } : {}),
  })
}

function usageOf({ usage }: Measured): Readonly<Record<string, unknown>> {
  const tokenCount = promptTokens(usage)
  return {
    promptTokenCount: tokenCount,
    promptTokenDetails: [{ modality: 'TEXT', tokenCount }],
  }
}

/** This dialect has numbers alone. */
function numbersOf(vector: Vector): readonly number[] {
  if (typeof vector !== 'string') return vector
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) =>
    bytes.readFloatLE(index * 4),
  )
}
