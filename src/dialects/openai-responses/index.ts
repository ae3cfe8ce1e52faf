import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { readCall } from './call.ts'
import { conversations } from './conversation.ts'
import { errorEvent } from './failure.ts'
import { id } from './meaning.ts'
import { carriesSigned } from './past-turns.ts'
import { readReply, writeReply } from './reply.ts'
import { writeCall } from './request.ts'
import { ResponsesStreamReader } from './stream-reader.ts'
import { ResponsesStreamWriter } from './stream-writer.ts'

/** OpenAI's Responses API: a conversation in items, which may be left at the server. */
export const openaiResponses: Dialect = {
  id,
  operation: 'chat',
  answersOnce: true,
  path: '/responses',
  readCall,
  writeReply,
  startWriting: (call, stamp) => new ResponsesStreamWriter(call, stamp),
  writeError: writeOpenaiError,
  streamEnd: '', // its last event says what came of it: see `fail` of reader and writer,
  writeStreamError: (error, requestId) => errorEvent(error, requestId, 0),
  writeCall,
  carriesSigned,
  readReply,
  startReading: (quirks) => new ResponsesStreamReader(quirks),
  readError: readOpenaiError,
  conversations,
}
