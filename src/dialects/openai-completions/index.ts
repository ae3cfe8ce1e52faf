import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'
import { CompletionStreamReader, CompletionStreamWriter, endMark } from './stream.ts'

/** OpenAI's older completions: a prompt goes on as a text. Engines speak it for code and base models. */
export const openaiCompletions: Dialect = {
  id,
  operation: 'chat',
  path: '/completions',
  readCall,
  writeReply,
  startWriting: (call, stamp) => new CompletionStreamWriter(call, stamp),
  writeError: writeOpenaiError,
  streamEnd: sseText(endMark),
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  writeCall,
  readReply,
  startReading: (quirks) => new CompletionStreamReader(quirks),
  readError: readOpenaiError,
}
