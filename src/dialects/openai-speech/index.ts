import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { isBytes, readReply, SpeechStreamReader, writeReply } from './reply.ts'

/** OpenAI's speech: a text goes in, and bytes of sound come back, or events that hold them. */
export const openaiSpeech: Dialect = {
  id,
  operation: 'speech',
  path: '/audio/speech',
  accept: 'audio/*, application/octet-stream, text/event-stream, application/json',
  readCall,
  writeReply,
  startWriting: null,
  writeError: writeOpenaiError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  writeCall,
  isBytes,
  readReply,
  startReading: () => new SpeechStreamReader(),
  readError: readOpenaiError,
}
