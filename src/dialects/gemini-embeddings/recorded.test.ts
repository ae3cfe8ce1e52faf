import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import type { EmbedReply } from '../../core/reply.ts'
import { aCall, aStamp, aTarget, callOf, placeOf } from '../meaning.suite.ts'
import { geminiEmbedContent, geminiEmbeddings } from './index.ts'

/** Embeddings as Google and Vertex AI were recorded giving them. */
const folder = '../shared/data/fixtures/vendor-traffic'
const files = ['embeddings.gemini.ndjson', 'embeddings.vertexai.ndjson'].map(
  (file) => `${folder}/${file}`,
)
const isHere = files.every((file) => existsSync(file))

interface Wire {
  readonly embeddings?: readonly { readonly values: readonly number[] }[]
  readonly embedding?: { readonly values: readonly number[] }
  readonly predictions?: readonly {
    readonly embeddings: {
      readonly values: readonly number[]
      readonly statistics: { readonly token_count: number }
    }
  }[]
  readonly usageMetadata?: { readonly promptTokenCount: number }
}

interface Exchange {
  readonly id: string
  readonly status: number
  readonly req: { readonly url: string; readonly body: Record<string, unknown> }
  readonly res: { readonly body: Wire }
}

describe('recorded embeddings', () => {
  if (!isHere) test.skip(`are not here: ${folder} is missing, so they are skipped`, () => {})
  const exchanges = isHere
    ? files.flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Exchange),
      )
    : []

  test.each(exchanges.map((exchange) => [exchange.id, exchange] as const))('%s', (_, exchange) => {
    const { req, res, status } = exchange
    const dialect = req.url.endsWith(':embedContent') ? geminiEmbedContent : geminiEmbeddings
    const model = /models\/([^:]+):/.exec(req.url)![1]!
    // Vertex AI's older models are asked in another format, which is read and not written.
    if (!req.url.endsWith(':predict')) {
      const call = callOf(dialect, req.body, placeOf(model))
      expect(JSON.parse(dialect.writeCall(call, aTarget(model)).text)).toEqual(req.body)
      const meaning = call.meaning()
      if (meaning.operation !== 'embed') throw new Error('no embeddings')
      const asked = JSON.stringify(req.body)
      for (const input of meaning.inputs) expect(asked).toContain(JSON.stringify(input))
    }
    const text = JSON.stringify(res.body)
    if (status >= 400) {
      expect(dialect.readError(text).message).toContain(model)
      return
    }
    const { embeddings, embedding, predictions, usageMetadata: usage } = res.body
    const values = embeddings?.map((each) => each.values) ??
      predictions?.map((each) => each.embeddings.values) ?? [embedding!.values]
    const reply = dialect.readReply(text, {}) as EmbedReply
    expect(reply.vectors).toEqual(values)
    const counted =
      usage?.promptTokenCount ??
      predictions?.reduce((sum, each) => sum + each.embeddings.statistics.token_count, 0) ??
      null
    expect(reply.measured?.usage.input ?? null).toBe(counted)
    const again = dialect.readReply(dialect.writeReply(reply, aCall(dialect), aStamp), {})
    expect(again).toMatchObject({ vectors: values })
  })
})

test('base64 of another vendor becomes numbers', () => {
  const bytes = Buffer.alloc(8)
  bytes.writeFloatLE(0.25, 0)
  bytes.writeFloatLE(-0.5, 4)
  const reply: EmbedReply = {
    operation: 'embed',
    model: null,
    vectors: [bytes.toString('base64')],
    measured: null,
    extra: {},
  }
  const one = geminiEmbedContent.writeReply(reply, aCall(geminiEmbedContent), aStamp)
  expect(JSON.parse(one)).toEqual({ embedding: { values: [0.25, -0.5] } })
  const many = geminiEmbeddings.writeReply(reply, aCall(geminiEmbeddings), aStamp)
  expect(JSON.parse(many)).toEqual({ embeddings: [{ values: [0.25, -0.5] }] })
})

test.each([
  [{ requests: [] }, 'requests'],
  [{ requests: [{ content: { parts: [] } }] }, 'requests[0].content'],
  [
    { requests: [{ content: { parts: [{}] }, output_dimensionality: 0 }] },
    'requests[0].outputDimensionality',
  ],
])('%j is refused at %s', (wire, param) => {
  expect(() => callOf(geminiEmbeddings, wire, placeOf('m'))).toThrow(
    expect.objectContaining({ param }),
  )
})

test('what a text is for is told where it is known, and the others hear of it', () => {
  const content = { parts: [{ text: 'a' }, { text: 'b' }] }
  const call = callOf(geminiEmbedContent, { content, task_type: 'RETRIEVAL_QUERY' }, placeOf('m'))
  expect(call.reworded).toEqual(['-taskType'])
  expect(call.meaning()).toMatchObject({ inputs: ['a\nb'], single: true })
})
