import { afterAll, beforeAll, expect, test } from 'bun:test'
import { inflateSync } from 'node:zlib'
import OpenAI, { toFile } from 'openai'
import { startSimulator, type Simulator } from '../server.ts'
import { lengthOf } from '../wave.ts'

let simulator: Simulator
let client: OpenAI

beforeAll(() => {
  simulator = startSimulator({ speed: 0, seed: 3 })
  client = new OpenAI({ baseURL: simulator.url, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => simulator.stop())

test('a picture is a real one, and the same for the same words', async () => {
  const draw = async (prompt: string) =>
    (await client.images.generate({ model: 'painter', prompt })).data![0]!.b64_json!
  const base64 = await draw('a boat')
  expect(await draw('a boat')).toBe(base64)
  expect(await draw('a tree')).not.toBe(base64)
  const bytes = Buffer.from(base64, 'base64')
  const at = bytes.indexOf('IDAT')
  const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))
  expect(pixels).toHaveLength(8 * (1 + 8 * 3))
})

test('speech lasts as long as the text takes, whole and in events', async () => {
  const input = 'x'.repeat(30)
  const ask = { model: 'voice', voice: 'alloy', input, response_format: 'wav' } as const
  const whole = new Uint8Array(await (await client.audio.speech.create(ask)).arrayBuffer())
  expect(lengthOf(whole)).toBe(2)
  const events = await client.audio.speech.create({ ...ask, stream_format: 'sse' })
  const sent = [...(await events.text()).matchAll(/"audio":"([^"]*)"/g)]
  expect(Buffer.concat(sent.map(([, base64]) => Buffer.from(base64!, 'base64')))).toEqual(
    Buffer.from(whole),
  )
})

test('a transcript tells what it heard, and what is no sound is refused', async () => {
  const speech = await client.audio.speech.create({
    model: 'voice',
    voice: 'alloy',
    input: 'x'.repeat(15),
    response_format: 'wav',
  })
  const file = await toFile(await speech.arrayBuffer(), 'a.wav', { type: 'audio/wav' })
  const { text, usage } = await client.audio.transcriptions.create({ model: 'scribe', file })
  expect(text).toStartWith('I heard 1.00 s of audio/wav in a.wav')
  expect(usage).toEqual({ type: 'duration', seconds: 1 })
  const odd = client.audio.transcriptions.create({
    model: 'scribe',
    file: await toFile(Buffer.from('hello'), 'a.wav'),
  })
  expect(
    await odd.then(
      () => null,
      (error: unknown) => error,
    ),
  ).toMatchObject({ status: 400 })
})

test('who makes pictures neither speaks nor chats', async () => {
  const asked = [
    client.audio.speech.create({ model: 'painter', voice: 'alloy', input: 'x' }),
    client.images.generate({ model: 'voice', prompt: 'x' }),
    client.chat.completions.create({
      model: 'painter',
      messages: [{ role: 'user', content: 'x' }],
    }),
  ]
  for (const each of asked) {
    const refusal = await each.then(
      () => null,
      (error: unknown) => error,
    )
    expect(refusal).toMatchObject({ status: 404, code: 'model_not_found' })
  }
})
