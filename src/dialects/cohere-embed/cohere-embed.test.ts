import { describe, expect, test } from 'bun:test'
import type { EmbedReply } from '../../core/reply.ts'
import { noUsage } from '../../core/usage.ts'
import { ProviderFault } from '../dialect.ts'
import { aStamp, aTarget, callOf } from '../meaning.suite.ts'
import { openaiEmbeddings } from '../openai-embeddings/index.ts'
import { cohereEmbed as dialect } from './index.ts'

describe('a call', () => {
  test('keeps its text at Cohere, pictures and all', () => {
    const text =
      '{"model":"task","images":["data:image/png;base64,AAAA"],"input_type":"image","embedding_types":["int8","float"],"max_tokens":null}'
    const call = callOf(dialect, text)
    expect(call.hasMedia).toBe(true)
    expect(dialect.writeCall(call, aTarget('embed-v4.0')).text).toBe(
      '{"model":"embed-v4.0","images":["data:image/png;base64,AAAA"],"input_type":"image","embedding_types":["int8","float"]}',
    )
  })

  test('is texts and their size elsewhere', () => {
    const call = callOf(dialect, {
      model: 'task',
      inputs: [{ content: [{ type: 'text', text: 'one' }] }],
      texts: ['zero'],
      input_type: 'search_query',
      truncate: 'END',
      output_dimension: 256,
      embedding_types: ['base64'],
    })
    expect(call.reworded).toEqual(['texts>input', '-input_type', '-truncate'])
    const { text } = openaiEmbeddings.writeCall(call, aTarget('m'))
    expect(JSON.parse(text)).toEqual({
      model: 'm',
      input: ['zero', 'one'],
      dimensions: 256,
      encoding_format: 'base64',
    })
  })

  test.each([
    [{ images: ['data:image/png;base64,AAAA'] }, /pictures/],
    [{ texts: ['x'], embedding_types: ['float', 'int8'] }, /several embedding_types/],
    [{ texts: ['x'], embedding_types: ['ubinary'] }, /ubinary/],
  ])('of %j has no words elsewhere', (body, words) => {
    const call = callOf(dialect, { model: 'task', ...body })
    expect(() => openaiEmbeddings.writeCall(call, aTarget('m'))).toThrow(
      expect.objectContaining({
        code: 'unsupported_content',
        message: expect.stringMatching(words),
      }),
    )
  })

  test.each([[{}], [{ texts: [] }], [{ texts: [1] }], [{ texts: 'x' }]])(
    'of %j is refused',
    (body) => {
      expect(() => callOf(dialect, { model: 'task', ...body })).toThrow(/texts/)
    },
  )

  test('of another dialect with token numbers is refused', () => {
    const call = callOf(openaiEmbeddings, { model: 'task', input: [1, 2] })
    expect(() => dialect.writeCall(call, aTarget('embed-v4.0'))).toThrow(/token numbers/)
  })
})

describe('an answer', () => {
  const read = (embeddings: unknown, meta: unknown = {}): EmbedReply =>
    dialect.readReply(JSON.stringify({ id: 'e', embeddings, meta }), {}) as EmbedReply

  test('gives the vectors of the kind that says most', () => {
    expect(read({ int8: [[1, 2]], float: [[0.5, 1]] }).vectors).toEqual([[0.5, 1]])
    expect(read({ ubinary: [[1, 2]] }).vectors).toEqual([[1, 2]])
    expect(read([[0.25]]).vectors).toEqual([[0.25]])
  })

  test('counts pictures apart from texts', () => {
    const { measured } = read(
      { float: [[1]] },
      { billed_units: { input_tokens: 3, image_tokens: 40 } },
    )
    expect(measured!.usage).toEqual({ ...noUsage, input: 3, imageIn: 40 })
    expect(read({ float: [[1]] }).measured).toBeNull()
  })

  test('of another dialect has the texts beside it', () => {
    const call = callOf(dialect, { model: 'task', texts: ['one'] })
    const reply = read({ float: [[0.5]] }, { billed_units: { input_tokens: 3 } })
    expect(JSON.parse(dialect.writeReply(reply, call, aStamp))).toEqual({
      id: 'call',
      embeddings: { float: [[0.5]] },
      texts: ['one'],
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: 3 } },
      response_type: 'embeddings_by_type',
    })
  })

  test.each(['<html>', '{}', '{"embeddings":{"float":[["x"]]}}', '{"embeddings":{"other":[[1]]}}'])(
    'that is %s is none',
    (text) => {
      expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
    },
  )
})
