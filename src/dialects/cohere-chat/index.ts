import { readCohereError, writeCohereError } from '../cohere-error.ts'
import type { Dialect } from '../dialect.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'
import { CohereStreamReader, CohereStreamWriter, endMark } from './stream.ts'

/** Cohere's chat, version 2. */
export const cohereChat: Dialect = {
  id,
  operation: 'chat',
  path: '/chat',
  readCall,
  writeReply,
  startWriting: (call, stamp) => new CohereStreamWriter(call, stamp),
  writeError: writeCohereError,
  streamEnd: sseText(endMark),
  // The vendor has no event for it but the last one, which may say what went wrong.
  writeStreamError: ({ message }, requestId) => {
    const delta = { error: message, finish_reason: 'ERROR' }
    return sseText(JSON.stringify({ type: 'message-end', id: requestId, delta }), 'message-end')
  },
  writeCall,
  answersOnce: true,
  readReply,
  startReading: (quirks) => new CohereStreamReader(quirks),
  readError: readCohereError,
}
