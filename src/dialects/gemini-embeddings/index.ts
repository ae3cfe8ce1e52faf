import type { Dialect } from '../dialect.ts'
import { readGeminiError, writeGeminiError } from '../gemini-error.ts'
import { pathTo } from '../gemini-place.ts'
import { sseText } from '../sse.ts'
import { ids, readCall, type Shape, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'

/**
 * Gemini's embeddings: one text a request, or a batch of such requests. There are no streams.
 * @see https://ai.google.dev/api/embeddings (read 2026-11-21)
 */
function embeddings(shape: Shape, action: string): Dialect {
  return {
    id: ids[shape],
    operation: 'embed',
    path: pathTo(action),
    readCall: (body, place) => readCall(shape, body, place),
    writeReply: (reply) => writeReply(shape, reply),
    startWriting: null,
    writeError: writeGeminiError,
    streamEnd: '',
    writeStreamError: (error, requestId) => sseText(writeGeminiError(error, requestId)),
    writeCall: (call, target) => writeCall(shape, call, target),
    readReply,
    startReading: null,
    readError: readGeminiError,
  }
}

export const geminiEmbeddings = embeddings('many', 'batchEmbedContents')
export const geminiEmbedContent = embeddings('one', 'embedContent')
