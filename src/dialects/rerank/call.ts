import { editCall } from '../edit.ts'
import type { Call, Extra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Rerank } from '../../core/rerank.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { compact, Fields, isObject, wrong } from '../fields.ts'
import { Parameters } from '../parameters.ts'
import { readCount, readFlag, readModel, readText } from '../read-call.ts'

/** The two shapes of one question: Cohere's second version, and Jina's, which the engines have taken up. */
export type Shape = 'cohere-rerank' | 'jina-rerank'

export function readCall(dialect: Shape, body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const query = readText(value['query'], 'query')
  if (query === null) throw wrong('query', 'a text', value['query'])
  checkDocuments(value['documents'])
  readCount(value['top_n'], 'top_n', 1)
  readFlag(value['return_documents'], 'return_documents')
  return {
    operation: 'rerank',
    dialect,
    model,
    stream: false,
    maxTokens: 0,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    inputTokensMax: Buffer.byteLength(body.text),
    body,
    meaning: () => readRerank(body),
  }
}

function checkDocuments(documents: unknown): void {
  if (!Array.isArray(documents) || documents.length === 0) {
    throw wrong('documents', 'a list of texts or of objects, not empty', documents)
  }
  documents.forEach((document: unknown, index) => {
    if (typeof document !== 'string' && !isObject(document)) {
      throw wrong(`documents[${index}]`, 'a text or an object', document)
    }
  })
}

function readRerank(body: JsonObject): Rerank {
  const wire = new Fields(body.value, '')
  const rerank = {
    operation: 'rerank',
    query: wire.needText('query'),
    documents: wire.needList('documents') as Rerank['documents'],
    topN: wire.count('top_n'),
    returnDocuments: wire.flag('return_documents'),
  } as const
  return { ...rerank, extra: wire.skip('model').rest() }
}

/**
 * Both shapes ask with the same words, but for two: Cohere has no `return_documents`, which the
 * gateway does itself, and takes texts alone.
 */
export function writeCall(dialect: Shape, call: Call, target: Target): WrittenCall {
  if (call.operation !== 'rerank') throw unsupportedContent(call.operation, target.model)
  if (call.dialect === dialect) return editCall(call, target)
  const rerank = call.meaning() as Rerank
  const { query, topN, returnDocuments, extra } = rerank
  const cohere = dialect === 'cohere-rerank'
  const parameters = new Parameters({
    ...extra,
    ...compact({
      model: target.model,
      query,
      documents: cohere ? rerank.documents.map(documentText) : rerank.documents,
      top_n: topN,
      return_documents: cohere ? null : returnDocuments,
    }),
  })
  if (cohere && returnDocuments === true) parameters.adapted.push('return_documents~gateway')
  if (cohere && rerank.documents.some(isObject)) parameters.adapted.push('documents>text')
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.write(), adapted: parameters.adapted }
}

/** An object that holds a text and nothing else is that text; any other is told with its fields. */
export function documentText(document: string | Extra): string {
  if (typeof document === 'string') return document
  const { text } = document
  return typeof text === 'string' && Object.keys(document).length === 1
    ? text
    : JSON.stringify(document)
}
