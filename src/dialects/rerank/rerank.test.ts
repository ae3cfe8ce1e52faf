import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import type { RerankReply } from '../../core/rerank.ts'
import { noUsage } from '../../core/usage.ts'
import { ProviderFault } from '../dialect.ts'
import { aStamp, aTarget, callOf } from '../meaning.suite.ts'
import { cohereRerank, jinaRerank, sglangRerank } from './index.ts'

const documents = ['rain', { text: 'snow' }, { title: 'sun', text: 'sun' }]

describe('a question', () => {
  test('keeps its text at a provider of the same shape', () => {
    const text =
      '{"model":"task","query":"q","documents":["a"],"top_n":null,"max_tokens_per_doc":9}'
    for (const dialect of [cohereRerank, jinaRerank]) {
      expect(dialect.writeCall(callOf(dialect, text), aTarget('m')).text).toBe(
        '{"model":"m","query":"q","documents":["a"],"max_tokens_per_doc":9}',
      )
    }
  })

  test('is texts alone at Cohere, which tells no documents back', () => {
    const body = {
      model: 'task',
      query: 'q',
      documents,
      top_n: 2,
      return_documents: true,
      rank_fields: ['text'],
    }
    const { text, adapted } = cohereRerank.writeCall(
      callOf(jinaRerank, body),
      aTarget('rerank-v3.5'),
    )
    expect(JSON.parse(text)).toEqual({
      model: 'rerank-v3.5',
      query: 'q',
      documents: ['rain', 'snow', '{"title":"sun","text":"sun"}'],
      top_n: 2,
      rank_fields: ['text'],
    })
    expect(adapted).toEqual(['return_documents~gateway', 'documents>text'])
  })

  test('says nothing of what was not asked', () => {
    const body = { model: 'task', query: 'q', documents: ['a'], return_documents: false }
    const { text, adapted } = cohereRerank.writeCall(callOf(jinaRerank, body), aTarget('m'))
    expect(JSON.parse(text)).toEqual({ model: 'm', query: 'q', documents: ['a'] })
    expect(adapted).toEqual([])
    const back = jinaRerank.writeCall(callOf(cohereRerank, body), aTarget('m'))
    expect(JSON.parse(back.text)).toMatchObject({ return_documents: false })
  })

  test.each([
    [{ documents }, /'query' has to be a text/],
    [{ query: 'q' }, /'documents' has to be a list/],
    [{ query: 'q', documents: [] }, /an empty list/],
    [{ query: 'q', documents: ['a', 7] }, /'documents\[1\]'/],
    [{ query: 'q', documents, top_n: 0 }, /'top_n'/],
    [{ query: 'q', documents, return_documents: 'yes' }, /'return_documents'/],
  ])('of %j is refused with its place', (body, words) => {
    for (const dialect of [cohereRerank, jinaRerank])
      expect(() => callOf(dialect, { model: 'task', ...body })).toThrow(words)
  })
})

function read(wire: unknown): RerankReply {
  return jinaRerank.readReply(JSON.stringify(wire), {}) as RerankReply
}

describe('an order', () => {
  test.each([
    ['Cohere', { meta: { billed_units: { search_units: 2 } } }, { search: 2 }],
    ['vLLM', { usage: { total_tokens: 40 } }, { input: 40 }],
    ['llama.cpp', { usage: { prompt_tokens: 30, total_tokens: 30 } }, { input: 30 }],
    [
      'Together',
      { usage: { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 } },
      { input: 9 },
    ],
  ])('of %s is counted as it counts', (_, counted, used) => {
    const wire = { results: [{ index: 0, relevance_score: 0.5 }], ...counted }
    const { measured } = read(wire)
    expect(measured).toMatchObject({ usage: { ...noUsage, ...used }, clamped: false })
    expect(measured!.raw).toEqual('meta' in counted ? counted.meta : counted.usage)
  })

  test('of nobody who counted is not counted', () => {
    expect(read({ results: [{ index: 0, score: 1 }] }).measured).toBeNull()
  })

  test('is read from a bare list, with the names of SGLang and Bedrock', () => {
    const bare = [
      { index: 0, score: -3, document: 'rain' },
      { index: 1, score: 2.5, document: 'snow' },
    ]
    expect(read(bare).results).toEqual([
      { index: 1, score: 2.5, document: 'snow' },
      { index: 0, score: -3, document: 'rain' },
    ])
    expect(read({ results: [{ index: 3, relevanceScore: 0.1 }] }).results).toEqual([
      { index: 3, score: 0.1, document: null },
    ])
  })

  test('is told in the shape of Jina with the documents that the caller wants back', () => {
    const body = { model: 'task', query: 'q', documents, return_documents: true }
    const reply = read({
      id: 'r',
      results: [
        { index: 2, relevance_score: 0.9 },
        { index: 0, relevance_score: 0.2 },
      ],
      meta: { billed_units: { search_units: 1 } },
    })
    expect(JSON.parse(jinaRerank.writeReply(reply, callOf(jinaRerank, body), aStamp))).toEqual({
      id: 'r',
      object: 'list',
      model: 'vendor/model',
      results: [
        { index: 2, relevance_score: 0.9, document: { title: 'sun', text: 'sun' } },
        { index: 0, relevance_score: 0.2, document: { text: 'rain' } },
      ],
      usage: { search_units: 1 },
    })
    expect(JSON.parse(cohereRerank.writeReply(reply, callOf(cohereRerank, body), aStamp))).toEqual({
      id: 'r',
      results: [
        { index: 2, relevance_score: 0.9 },
        { index: 0, relevance_score: 0.2 },
      ],
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
    })
  })

  test('of SGLang, a bare list and all of it, is told as was asked', () => {
    const call = callOf(jinaRerank, { model: 'task', query: 'q', documents, top_n: 1 })
    expect(JSON.parse(sglangRerank.writeCall(call, aTarget('m')).text)).toMatchObject({ top_n: 1 })
    const bare = JSON.stringify([
      { index: 0, score: 0.1, document: 'rain', meta_info: {} },
      { index: 1, score: 0.7, document: 'snow', meta_info: {} },
    ])
    const told = jinaRerank.writeReply(sglangRerank.readReply(bare, {}), call, aStamp)
    expect(JSON.parse(told)).toMatchObject({ results: [{ index: 1, relevance_score: 0.7 }] })
  })

  test.each([
    '',
    '<html>',
    '{}',
    '{"results":[{"index":0}]}',
    '{"results":[{"index":0.5,"score":1}]}',
  ])('that is %p is none', (text) => {
    expect(() => jinaRerank.readReply(text, {})).toThrow(ProviderFault)
  })

  test('that is an error under 200 is a fault with its words', () => {
    for (const text of [
      '{"message":"model is loading"}',
      '{"error":{"message":"model is loading"}}',
    ])
      expect(() => jinaRerank.readReply(text, {})).toThrow(
        expect.objectContaining({
          words: expect.objectContaining({ message: 'model is loading' }),
        }),
      )
  })
})

const folder = '../shared/data/fixtures/vendor-traffic'
const files = ['rerank.cohere.ndjson', 'rerank.bedrock.ndjson'].map((file) => `${folder}/${file}`)
const here = files.every((file) => existsSync(file))

interface Recorded {
  readonly req: { readonly body: unknown } | null
  readonly res: { readonly body: { readonly results: readonly Record<string, number>[] } }
}

describe('recorded orders', () => {
  if (!here) test.skip(`are not here: ${folder} is missing, so they are skipped`, () => {})

  test.if(here)('are read and told in both shapes with places and scores kept', () => {
    const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
    expect(lines.length).toBe(3)
    for (const line of lines) {
      const { req, res } = JSON.parse(line) as Recorded
      const reply = read(res.body)
      const places = res.body.results.map(({ index }) => index!)
      expect(reply.results.map(({ index }) => index)).toEqual(places)
      expect(reply.results.map(({ score }) => score)).toEqual(
        res.body.results.map((result) => result['relevance_score'] ?? result['relevanceScore']!),
      )
      for (const dialect of [cohereRerank, jinaRerank]) {
        const call = req
          ? callOf(dialect, req.body)
          : callOf(dialect, { model: 'm', query: 'q', documents })
        const again = dialect.readReply(dialect.writeReply(reply, call, aStamp), {}) as RerankReply
        expect(again.results).toEqual(reply.results)
        expect(again.measured?.usage ?? null).toEqual(
          dialect === cohereRerank ? (reply.measured?.usage ?? null) : null,
        )
        if (!req) continue
        const { text } = dialect.writeCall(call, aTarget(call.model))
        const sent = JSON.parse(text) as object
        for (const [name, value] of Object.entries(req.body as object))
          if (value !== null) expect(sent).toHaveProperty(name, value)
      }
    }
  })
})
