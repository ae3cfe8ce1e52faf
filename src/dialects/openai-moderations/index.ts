import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { id, readCall, writeCall } from './call.ts'
import { readReply, withVerdicts, writeReply } from './reply.ts'

/**
 * OpenAI's moderations. There are no streams.
 * @see https://platform.openai.com/docs/api-reference/moderations (read 2026-11-22)
 */
export const openaiModerations: Dialect = {
  id,
  operation: 'moderate',
  path: '/moderations',
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

/**
 * Mistral's: the same question, and answers that lack the verdict.
 * @see https://docs.mistral.ai/api/endpoint/classifiers (read 2026-11-22)
 */
export const mistralModerations: Dialect = {
  ...openaiModerations,
  id: 'mistral-moderations',
  readReply: (text, quirks) => withVerdicts(readReply(text, quirks)),
}
