import type { Dialect } from '../dialect.ts'
import { sseText } from '../sse.ts'
import { id } from './wire.ts'
import { readCall } from './read.ts'
import { writeCall } from './write.ts'
import { carriesSigned, turnsWant } from './past-turns.ts'
import { readError, readReply, writeError, writeReply } from './reply.ts'
import { MessagesStreamReader, MessagesStreamWriter } from './stream.ts'

/** Anthropic's Messages. */
export const anthropicMessages: Dialect = {
  id,
  operation: 'chat',
  answersOnce: true,
  path: '/messages',
  readCall,
  writeReply,
  startWriting: (call, stamp) => new MessagesStreamWriter(call, stamp),
  writeError,
  streamEnd: sseText('{"type":"message_stop"}', 'message_stop'),
  writeStreamError: (error, requestId) => sseText(writeError(error, requestId), 'error'),
  writeCall,
  turnsWant,
  carriesSigned,
  readReply,
  startReading: (quirks) => new MessagesStreamReader(quirks),
  readError,
}
