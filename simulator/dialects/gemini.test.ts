import { afterAll, expect, test } from 'bun:test'
import { startSimulator } from '../server.ts'

const simulator = startSimulator({ seed: 7, speed: 0, key: 'right' })
afterAll(() => simulator.stop())

async function ask(path: string, body: unknown, key = 'right'): Promise<[number, unknown]> {
  const response = await fetch(`${simulator.url}beta/models/${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return [response.status, text.startsWith('data:') ? text : JSON.parse(text)]
}

const contents = [{ role: 'user', parts: [{ text: 'Say this' }] }]

test('answers in one piece, in either spelling', async () => {
  const body = { contents, generation_config: { max_output_tokens: 1 } }
  expect(await ask('echo:generateContent', body)).toMatchObject([
    200,
    {
      candidates: [
        { content: { role: 'model', parts: [{ text: 'Say' }] }, finishReason: 'MAX_TOKENS' },
      ],
      usageMetadata: { candidatesTokenCount: 1 },
      modelVersion: 'echo',
    },
  ])
})

test('streams events that end without an end mark', async () => {
  const [, text] = await ask('echo:streamGenerateContent?alt=sse', { contents })
  const events = String(text).trimEnd().split('\n\n')
  expect(events.length).toBeGreaterThan(2)
  expect(events.at(-1)).toContain('"finishReason":"STOP"')
  expect(events.join('')).not.toContain('[DONE]')
})

test('wants the signature of a call back as it gave it', async () => {
  const tools = [{ functionDeclarations: [{ name: 'look', parameters: { type: 'OBJECT' } }] }]
  const toolConfig = { functionCallingConfig: { mode: 'ANY' } }
  const [, answer] = await ask('large:generateContent', { contents, tools, toolConfig })
  const { content } = (answer as { candidates: { content: { parts: object[] } }[] }).candidates[0]!
  const [call] = content.parts
  const after = (part: object) =>
    ask('large:generateContent', {
      contents: [
        ...contents,
        { role: 'model', parts: [part] },
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'look', response: { output: 'x' } } }],
        },
      ],
    })
  expect((await after(call!))[0]).toBe(200)
  expect(await after({ ...call, thoughtSignature: 'another' })).toMatchObject([
    400,
    { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Corrupted thought signature.' } },
  ])
})

test.each([
  ['nobody:generateContent', { contents }, 'right', 404, 'NOT_FOUND'],
  ['echo:generateContent', { contents, what: 1 }, 'right', 400, 'INVALID_ARGUMENT'],
  ['echo:generateContent', { contents: [] }, 'right', 400, 'INVALID_ARGUMENT'],
  ['echo:translate', { contents }, 'right', 404, 'NOT_FOUND'],
  ['echo:embedContent', { content: { parts: [{ text: 'a' }] } }, 'right', 404, 'NOT_FOUND'],
  ['echo:generateContent', { contents }, 'wrong', 401, 'UNAUTHENTICATED'],
])('%s with %j and the %s key is refused: %p', async (path, body, key, status, word) => {
  expect(await ask(path, body, key)).toMatchObject([
    status,
    { error: { code: status, status: word } },
  ])
})

test('counts tokens and makes vectors', async () => {
  expect(await ask('small:countTokens', { contents })).toMatchObject([
    200,
    { promptTokensDetails: [{ modality: 'TEXT' }] },
  ])
  const content = { parts: [{ text: 'a' }] }
  const [, one] = await ask('embed:embedContent', { content, output_dimensionality: 4 })
  const [, many] = await ask('embed:batchEmbedContents', {
    requests: [{ model: 'models/embed', content, outputDimensionality: 4 }],
  })
  const { values } = (one as { embedding: { values: number[] } }).embedding
  expect(values.length).toBe(4)
  expect((many as { embeddings: unknown[] }).embeddings).toEqual([{ values }])
})
