import type { Dialect } from '../../../dialects/dialect.ts'
import type { LiveProvider } from '../../pipeline/snapshot.ts'
import { messageBatches } from './message-batches.ts'
import { openaiBatches } from './openai-batches.ts'
import type { VendorBatches } from './vendor-batches.ts'

/** Null where a provider has none that the gateway could use. */
export function batchesOf({ facts: { objects } }: LiveProvider): VendorBatches | null {
  if (objects?.files !== undefined && objects.batches !== undefined) return openaiBatches
  return objects?.messageBatches === true ? messageBatches : null
}

/** OpenAI's words for the paths of dialects. */
const paths: Readonly<Record<string, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-completions': '/v1/completions',
  'openai-embeddings': '/v1/embeddings',
  'openai-moderations': '/v1/moderations',
}

/** The vendor's word for the path that a batch has to ask; null where it takes no such calls. */
export function batchPath(live: LiveProvider, { id }: Dialect): string | null {
  const batches = batchesOf(live)
  if (batches === messageBatches) return id === 'anthropic-messages' ? '/v1/messages' : null
  const path = paths[id]
  return (path === undefined ? undefined : live.facts.objects?.batches?.paths[path]) ?? null
}
