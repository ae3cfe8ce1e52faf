import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startSimulator, type Simulator } from '../server.ts'

let simulator: Simulator
let client: OpenAI

beforeAll(() => {
  simulator = startSimulator({ speed: 0 })
  client = new OpenAI({ baseURL: simulator.url, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => simulator.stop())

interface Item {
  readonly index: number
  readonly embedding: unknown
}

async function post(body: object) {
  const response = await fetch(`${simulator.url}/embeddings`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as { data: Item[] } }
}

test('one text, several, and token numbers give one vector each', async () => {
  const count = async (input: unknown) =>
    (await post({ model: 'embed', input })).body.data.map(({ index }) => index)
  expect(await count('a text')).toEqual([0])
  expect(await count(['a', 'b', 'c'])).toEqual([0, 1, 2])
  expect(await count([1, 2, 3])).toEqual([0])
  expect(await count([[1, 2], [3]])).toEqual([0, 1])
})

test('has the shape of the vendor, 256 dimensions unless asked otherwise', async () => {
  const { body } = await post({ model: 'embed', input: ['Hello there'] })
  expect(Object.keys(body)).toEqual(['object', 'data', 'model', 'usage'])
  expect(body).toMatchObject({
    object: 'list',
    data: [{ object: 'embedding', index: 0 }],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  })
  expect(body.data[0]?.embedding).toHaveLength(256)
  const { data } = await client.embeddings.create({ model: 'embed', input: 'x', dimensions: 12 })
  expect(data[0]?.embedding).toHaveLength(12)
})

test('base64 says the same numbers as floats do', async () => {
  const [floats, packed] = await Promise.all(
    (['float', 'base64'] as const).map(async (encoding_format) => {
      const { body } = await post({ model: 'embed', input: 'same', encoding_format })
      return body.data[0]?.embedding
    }),
  )
  const bytes = Buffer.from(packed as string, 'base64')
  const unpacked = Array.from({ length: 256 }, (_, index) => bytes.readFloatLE(index * 4))
  expect(unpacked).toEqual(floats as number[])
})

test.each([
  ['nothing', {}, 400],
  ['an empty text', { input: '' }, 400],
  ['an empty list', { input: [] }, 400],
  ['numbers that are no tokens', { input: [1.5] }, 400],
  ['an unknown encoding', { input: 'x', encoding_format: 'int8' }, 400],
  ['no dimensions', { input: 'x', dimensions: 0 }, 400],
  ['a chat model', { input: 'x', model: 'small' }, 403],
  ['an unknown model', { input: 'x', model: 'nobody' }, 404],
  ['more than it can read', { input: 'word '.repeat(9000) }, 400],
])('%s is refused', async (_, body, status) => {
  expect(await post({ model: 'embed', ...body })).toMatchObject({
    status,
    body: { error: { message: expect.any(String) } },
  })
})
