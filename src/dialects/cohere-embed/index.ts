import { readCohereError, writeCohereError } from '../cohere-error.ts'
import type { Dialect } from '../dialect.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'

/**
 * Cohere's embeddings, version 2. There are no streams.
 * @see https://docs.cohere.com/reference/embed (read 2026-11-22)
 */
export const cohereEmbed: Dialect = {
  id,
  operation: 'embed',
  path: '/embed',
  readCall,
  writeReply,
  startWriting: null,
  writeError: writeCohereError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeCohereError(error, requestId)),
  writeCall,
  readReply,
  startReading: null,
  readError: readCohereError,
}
