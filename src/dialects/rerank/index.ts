import { readCohereError, writeCohereError } from '../cohere-error.ts'
import type { Dialect } from '../dialect.ts'
import { readOpenaiError, writeOpenaiError } from '../openai-error.ts'
import { sseText } from '../sse.ts'
import { readCall, type Shape, writeCall } from './call.ts'
import { readReply, writeReply } from './reply.ts'

/** All that the two shapes share. There are no streams. */
function shaped(shape: Shape) {
  return {
    id: shape,
    operation: 'rerank',
    path: '/rerank',
    readCall: (body) => readCall(shape, body),
    writeReply: (reply, call, stamp) => writeReply(shape, reply, call, stamp),
    startWriting: null,
    streamEnd: '',
    writeCall: (call, target) => writeCall(shape, call, target),
    readReply,
    startReading: null,
  } satisfies Partial<Dialect>
}

/** @see https://docs.cohere.com/reference/rerank (read 2026-11-22) */
export const cohereRerank: Dialect = {
  ...shaped('cohere-rerank'),
  writeError: writeCohereError,
  writeStreamError: (error, requestId) => sseText(writeCohereError(error, requestId)),
  readError: readCohereError,
}

/**
 * Jina's, which vLLM, llama.cpp, Together and Qwen speak as well, each with a little less.
 * @see https://jina.ai/reranker (read 2026-11-22)
 */
export const jinaRerank: Dialect = {
  ...shaped('jina-rerank'),
  writeError: writeOpenaiError,
  writeStreamError: (error, requestId) => sseText(writeOpenaiError(error, requestId)),
  readError: readOpenaiError,
}

/**
 * SGLang's: the same question, and a bare list for an answer.
 * @see https://docs.sglang.io/supported_models/retrieval_ranking/rerank_models.html (read 2026-11-22)
 */
export const sglangRerank: Dialect = { ...jinaRerank, id: 'sglang-rerank' }
