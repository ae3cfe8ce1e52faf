import type { Dialect } from '../dialect.ts'
import { readGeminiError, writeGeminiError } from '../gemini-error.ts'
import { pathTo } from '../gemini-place.ts'
import { sseText } from '../sse.ts'
import { readCall } from './call.ts'
import { id } from './parts.ts'
import { carriesSigned, turnsWant } from './past-turns.ts'
import { GeminiStreamReader } from './read-stream.ts'
import { readReply, writeReply } from './reply.ts'
import { writeCall } from './write-call.ts'
import { EventFrame, GeminiStreamWriter, listEnd, ListFrame, ListFramer } from './write-stream.ts'

export { geminiCount } from './count.ts'

/** Gemini's own generateContent, whole and streamed: Google's API for developers and Vertex AI. */
export const gemini: Dialect = {
  id,
  operation: 'chat',
  path: pathTo('generateContent', 'streamGenerateContent?alt=sse'),
  readCall,
  writeReply,
  startWriting: (_call, stamp) => new GeminiStreamWriter(stamp, new EventFrame()),
  variantFor: ({ stream, query }) => (stream && query.get('alt') !== 'sse' ? geminiList : gemini),
  writeError: writeGeminiError,
  streamEnd: '',
  writeStreamError: (error, requestId) => sseText(writeGeminiError(error, requestId)),
  writeCall,
  turnsWant,
  carriesSigned,
  readReply,
  startReading: (quirks) => new GeminiStreamReader(quirks),
  readError: readGeminiError,
}

/** The same for callers who did not ask for events: a stream is one list, and so is an error. */
const geminiList: Dialect = {
  ...gemini,
  startWriting: (_call, stamp) => new GeminiStreamWriter(stamp, new ListFrame()),
  startFraming: () => new ListFramer(),
  streamType: () => 'application/json',
  writeError: (error, requestId) => `[${writeGeminiError(error, requestId)}]`,
  streamEnd: listEnd,
  // For events that are passed on: there is one before anything fails in the middle.
  writeStreamError: (error, requestId) => `,\n${writeGeminiError(error, requestId)}${listEnd}`,
}
