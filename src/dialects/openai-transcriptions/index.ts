import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { readCall, type Way, writeCall } from './call.ts'
import { readReply, writeEvents, writeReply } from './reply.ts'
import { TranscriptStreamReader } from './stream.ts'

/** OpenAI's transcriptions: a form goes in, and JSON, text, subtitles or events come back. */
export const openaiTranscriptions = made('transcriptions')

/** The same in English, whatever was spoken: another path, which fewer providers have. */
export const openaiTranslations = made('translations')

function made(way: Way): Dialect {
  return {
    id: `openai-${way}`,
    operation: 'transcribe',
    path: `/audio/${way}`,
    accept: 'application/json, text/plain, text/vtt, application/x-subrip, text/event-stream',
    readCall: (body, _place, files = []) => readCall(way, body, files),
    writeReply,
    startWriting: null,
    writeEvents,
    writeError: writeOpenaiError,
    streamEnd: '',
    writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
    writeCall: (call, target) => writeCall(way, call, target),
    readReply,
    startReading: () => new TranscriptStreamReader(),
    readError: readOpenaiError,
  }
}
