import { sseText } from '../sse.ts'
import type { Dialect } from '../dialect.ts'
import { id } from './wire.ts'
import { readCall } from './read.ts'
import { writeCall } from './write.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { carriesSigned, wantsOf } from './past-turns.ts'
import { readReply, writeReply } from './reply.ts'
import { ChatStreamReader, ChatStreamWriter, endMark } from './stream.ts'

/** OpenAI's chat completions: the dialect that most vendors and all engines claim. */
export const openaiChat: Dialect = {
  id,
  operation: 'chat',
  path: '/chat/completions',
  readCall,
  writeReply,
  startWriting: (call, stamp) => new ChatStreamWriter(call, stamp),
  writeError: writeOpenaiError,
  streamEnd: sseText(endMark),
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  writeCall,
  turnsWant: (_call, target) => wantsOf(target),
  carriesSigned,
  readReply,
  startReading: (quirks) => new ChatStreamReader(quirks),
  readError: readOpenaiError,
}
