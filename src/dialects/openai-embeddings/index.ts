import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'

/** OpenAI's embeddings, which Mistral, Azure and the engines speak as well. There are no streams. */
export const openaiEmbeddings: Dialect = {
  id,
  operation: 'embed',
  path: '/embeddings',
  readCall,
  writeReply,
  startWriting: null,
  writeError: writeOpenaiError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  writeCall,
  readReply,
  startReading: null,
  readError: readOpenaiError,
}
