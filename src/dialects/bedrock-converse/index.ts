import { percentEscaped } from '../../core/percent.ts'
import { AwsEventStreamParser, exceptionFrame } from '../aws-event-stream.ts'
import type { Dialect } from '../dialect.ts'
import { carriesSigned, turnsWant } from './past-turns.ts'
import { id, readCall } from './read.ts'
import {
  errorHeaders,
  readError,
  readReply,
  streamException,
  writeError,
  writeReply,
} from './reply.ts'
import { ConverseStreamReader, ConverseStreamWriter } from './stream.ts'
import { writeCall } from './write.ts'

/** Amazon Bedrock's Converse. */
export const bedrockConverse: Dialect = {
  id,
  operation: 'chat',
  answersOnce: true,
  // Names hold colons, those of profiles slashes.
  path: (model, stream) =>
    `/model/${percentEscaped(model)}/${stream ? 'converse-stream' : 'converse'}`,
  accept: 'application/json, application/vnd.amazon.eventstream',
  readCall,
  writeReply,
  startWriting: () => new ConverseStreamWriter(),
  streamType: () => 'application/vnd.amazon.eventstream',
  writeError,
  errorHeaders,
  streamEnd: '',
  writeStreamError: (error) =>
    exceptionFrame(streamException(error), JSON.parse(writeError(error))),
  writeCall,
  turnsWant,
  carriesSigned,
  readReply,
  startReading: (quirks) => new ConverseStreamReader(quirks),
  startParsing: () => new AwsEventStreamParser(),
  readError,
}
