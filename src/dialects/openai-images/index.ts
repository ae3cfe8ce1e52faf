import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { keptAnswer, readReply, writeEvents, writeReply } from './reply.ts'
import { ImageStreamReader } from './stream.ts'

/** OpenAI's generations of images, which xAI, Together, Zhipu and Ark take as well. */
export const openaiImages: Dialect = {
  id,
  operation: 'image',
  path: '/images/generations',
  readCall,
  writeReply,
  startWriting: null,
  writeEvents,
  keptAnswer,
  writeError: writeOpenaiError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  writeCall,
  readReply,
  startReading: () => new ImageStreamReader(),
  readError: readOpenaiError,
}
