import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI, { toFile } from 'openai'
import { secondsOf } from '../../src/gateway/pipeline/sound.ts'
import { tone, wav } from '../../simulator/wave.ts'
import { type CallFacts, startTown, type Town } from './town.ts'

/** Pictures and sound through the official client: what it gets, and what stands on the ledger. */
let town: Town
let openai: OpenAI

const key = 'web-secret-0123456789'
const clip = wav(tone(2.5))
const clipHash = new Bun.CryptoHasher('sha256').update(clip).digest('hex')

beforeAll(async () => {
  town = await startTown({
    config: `
payloads: full
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: openai-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
tasks:
  draw: { models: [birch/fault/http-500, acme/painter] }
  say: { models: [birch/fault/http-529, acme/voice] }
  spelled: acme/scribe
keys:
  - { id: web, secret: ${key} }
  - { id: poor, secret: poor-secret-0123456789, budget: { limit: 0.05 USD, per: day } }
prices:
  acme/painter: { input: 5, image_out: 40 }
  acme/sketch: { images: 40000 }
  acme/voice: { characters: 15 }
  acme/scribe: { seconds: 100 }
  acme/clerk: { input: 2.5, output: 10, audio_in: 6 }
`,
    vendors: { acme: { key: 'acme-key-0123456789' }, birch: { key: 'birch-key-0123456789' } },
  })
  openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
})
afterAll(() => town.close())

describe('pictures', () => {
  test('come as they were made, with tokens of text and of pictures, and cost what those cost', async () => {
    const { data, response } = await openai.images
      .generate({ model: 'acme/painter', prompt: 'a red boat', n: 2, quality: 'low' })
      .withResponse()
    expect(data.data).toHaveLength(2)
    for (const { b64_json: base64 } of data.data!) {
      expect(Buffer.from(base64!, 'base64').subarray(1, 4).toString()).toBe('PNG')
    }
    expect(data.usage).toMatchObject({ output_tokens: 544 })
    const call = await town.call(response.headers.get('x-request-id')!)
    const { input_tokens: input } = data.usage!
    expect(call.attempts[0]).toMatchObject({
      operation: 'image',
      usage_source: 'provider',
      tokens: { input, image_out: 544, output: 0 },
      units: { images: 0 },
    })
    // 5 and 40 dollars for a million tokens.
    expect(call.cost_usd).toBe(String((input * 5 + 544 * 40) / 1e6))
    expect(response.headers.get('x-freehold-cost-usd')).toBe(call.cost_usd)
  })

  test('are kept without their bytes', async () => {
    const { response } = await openai.images
      .generate({ model: 'acme/painter', prompt: 'a blue boat' })
      .withResponse()
    const call = await kept(response)
    expect(call.request).toMatchObject({ prompt: 'a blue boat' })
    expect(JSON.stringify(call.answers)).toMatch(/\[\d+ characters of base64\]/)
    expect(JSON.stringify(call.answers)).not.toContain('iVBORw0KGgo')
  })

  test('without usage are counted by their number, which are no tokens', async () => {
    const { data, response } = await openai.images
      .generate({ model: 'acme/sketch', prompt: 'three boats', n: 3 })
      .withResponse()
    expect(data.data!.map(({ url }) => url)).toEqual([
      'https://pictures.example/0.png',
      'https://pictures.example/1.png',
      'https://pictures.example/2.png',
    ])
    expect(data.data![0]!.revised_prompt).toBe('three boats, plainly')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.cost_usd).toBe('0.12')
    expect(call.attempts[0]).toMatchObject({ units: { images: 3 }, usage_source: 'provider' })
    expect(Object.values(call.attempts[0]!.tokens!).every((count) => count === 0)).toBe(true)
  })

  test('are streamed as events that nobody touches, and counted', async () => {
    const { data: stream, response } = await openai.images
      .generate({ model: 'acme/painter', prompt: 'a boat', stream: true, partial_images: 2 })
      .withResponse()
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ])
    const call = await kept(response)
    expect(call.attempts[0]).toMatchObject({
      end_state: 'complete',
      stream: true,
      tokens: { image_out: 1_056 },
    })
    expect(JSON.stringify(call.answers)).not.toContain('iVBORw0KGgo')
  })

  test('of a vendor without streams come as the events that were asked for', async () => {
    const stream = await openai.images.generate({
      model: 'acme/sketch',
      prompt: 'a boat',
      stream: true,
    })
    const events: OpenAI.ImageGenStreamEvent[] = []
    for await (const event of stream) events.push(event)
    expect(events).toMatchObject([
      { type: 'image_generation.completed', url: 'https://pictures.example/0.png' },
    ])
  })

  test('come from the next model where the first fails', async () => {
    const { data, response } = await openai.images
      .generate({ model: 'draw', prompt: 'a boat' })
      .withResponse()
    expect(data.data).toHaveLength(1)
    expect(response.headers.get('x-freehold-model')).toBe('acme/painter')
  })

  test.each([
    [{ prompt: '' }, "'prompt' has to be"],
    [{ prompt: 7 }, "'prompt' has to be"],
    [{ prompt: 'x', n: 0 }, "'n' has to be"],
    [{ prompt: 'x', stream: 'yes' }, "'stream' has to be"],
  ])('of a call that makes no sense are refused: %j', async (body, message) => {
    const wrong = openai.images.generate({
      model: 'acme/painter',
      ...body,
    } as OpenAI.ImageGenerateParams)
    expect(await refusal(wrong)).toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    })
  })

  test('that a budget does not allow are not asked for', async () => {
    const poor = new OpenAI({
      apiKey: 'poor-secret-0123456789',
      baseURL: `${town.url}/v1`,
      maxRetries: 0,
    })
    const wrong = poor.images.generate({ model: 'acme/sketch', prompt: 'boats', n: 2 })
    expect(await refusal(wrong)).toMatchObject({ status: 402, code: 'budget_spent' })
    const { data } = await poor.images.generate({ model: 'acme/sketch', prompt: 'a boat' })
    expect(data).toHaveLength(1)
  })
})

describe('speech', () => {
  test('comes byte for byte, and is paid by the character', async () => {
    const input = 'Hello over there, 你好 🌍'
    const { data, response } = await openai.audio.speech
      .create({ model: 'acme/voice', voice: 'alloy', input, response_format: 'wav' })
      .withResponse()
    const bytes = new Uint8Array(await data.arrayBuffer())
    expect(response.headers.get('content-type')).toBe('audio/wav')
    expect(secondsOf(bytes)).toBeCloseTo(input.length / 15, 2)
    expect(bytes).toEqual(new Uint8Array(wav(tone(input.length / 15))))
    const call = await kept(response)
    const characters = [...input].length
    expect(call.attempts[0]).toMatchObject({
      operation: 'speech',
      end_state: 'complete',
      units: { characters },
      usage_source: 'estimate',
    })
    expect(call.cost_usd).toBe(String((characters * 15) / 1e6))
    expect(call.answers).toEqual({ '1': { media_type: 'audio/wav', bytes: bytes.length } })
  })

  test('is passed on while it is made', async () => {
    // The vendor sends a chunk and hangs: who waits for the end would wait for ever.
    const { body } = await fetch(`${town.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-request-id': 'x' },
      body: JSON.stringify({
        model: 'acme/fault/stall-mid-stream',
        voice: 'alloy',
        input: 'word '.repeat(400),
      }),
    })
    const reader = body!.getReader()
    const { value } = await reader.read()
    expect(value!.length).toBeGreaterThan(0)
    expect(value![0]).toBe(0xff)
    await reader.cancel()
  })

  test('that breaks off does not end as if it were whole', async () => {
    const response = await openai.audio.speech.create({
      model: 'acme/fault/reset-mid-stream',
      voice: 'alloy',
      input: 'word '.repeat(400),
    })
    const id = response.headers.get('x-request-id')!
    expect(await refusal(response.arrayBuffer())).toBeInstanceOf(Error)
    const call = await town.call(id)
    expect(call).toMatchObject({ ok: false })
    expect(call.attempts.at(-1)).toMatchObject({ end_state: 'provider_cut' })
  })

  test('of one who left is closed at the vendor, and on the ledger', async () => {
    const abort = new AbortController()
    const response = await openai.audio.speech.create(
      { model: 'acme/fault/stall-mid-stream', voice: 'alloy', input: 'word '.repeat(400) },
      { signal: abort.signal },
    )
    await response.body!.getReader().read()
    abort.abort()
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ end_state: 'caller_left' })
  })

  test('comes from the next model where the first says nothing', async () => {
    const response = await openai.audio.speech.create({
      model: 'say',
      voice: 'alloy',
      input: 'Hello',
    })
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0)
    expect(response.headers.get('x-freehold-model')).toBe('acme/voice')
    expect(response.headers.get('x-freehold-attempts')).toBe('2')
  })

  test('as events passes untouched, and tells its tokens at the end', async () => {
    const response = await fetch(`${town.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'acme/voice',
        voice: 'alloy',
        input: 'Hello',
        stream_format: 'sse',
      }),
    })
    expect(response.headers.get('content-type')).toStartWith('text/event-stream')
    const text = await response.text()
    expect(text).toContain('"type":"speech.audio.delta"')
    expect(text.trimEnd()).toEndWith('}')
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({
      end_state: 'complete',
      usage_source: 'provider',
      tokens: { audio_out: 7 },
    })
    // The card of this model names characters, and tokens were counted.
    expect(call.cost_usd).toBeNull()
  })

  test('of a vendor who sends an error or a page under status 200 is an error', async () => {
    for (const fault of ['error-under-200', 'html-200', 'empty-body']) {
      const wrong = openai.audio.speech.create({
        model: `acme/fault/${fault}`,
        voice: 'alloy',
        input: 'Hello',
      })
      expect(await refusal(wrong)).toMatchObject({ status: 502 })
    }
  })
})

describe('transcription', () => {
  const file = () => toFile(clip, 'naïve "clip".wav', { type: 'audio/wav' })

  test('sends the very bytes with the name of the model there, and is paid by the second', async () => {
    const { data, response } = await openai.audio.transcriptions
      .create({
        file: await file(),
        model: 'spelled',
        language: 'en',
        timestamp_granularities: ['word', 'segment'],
      })
      .withResponse()
    expect(data.text).toEndWith(clipHash)
    expect(data.text).toContain('2.50 s of audio/wav')
    const asked = town.vendors['acme']!.history().at(-1)!
    expect(asked.model).toBe('scribe')
    expect(asked.body).toContain('name="language"\r\n\r\nen\r\n')
    expect(asked.body.match(/name="timestamp_granularities\[\]"/g)).toHaveLength(2)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({
      operation: 'transcribe',
      units: { seconds: 3 },
      usage_source: 'provider',
    })
    expect(call.cost_usd).toBe('0.0003')
  })

  test('is kept as the fields of its form, without the file', async () => {
    const { response } = await openai.audio.transcriptions
      .create({ file: await file(), model: 'acme/scribe', prompt: 'names: Ada' })
      .withResponse()
    const call = await kept(response)
    expect(call.request).toEqual({ model: 'acme/scribe', prompt: 'names: Ada' })
  })

  test('by tokens tells sound from text', async () => {
    const { data, response } = await openai.audio.transcriptions
      .create({ file: await file(), model: 'acme/clerk', prompt: 'names: Ada' })
      .withResponse()
    const usage = data.usage as OpenAI.Audio.Transcription.Tokens
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]!.tokens).toMatchObject({
      audio_in: 25,
      input: usage.input_token_details!.text_tokens!,
      output: usage.output_tokens,
    })
  })

  test.each([
    ['verbose_json', 'application/json', /"duration":2\.5/],
    ['text', 'text/plain; charset=utf-8', /^I heard/],
    ['srt', 'text/plain; charset=utf-8', /-->/],
    ['vtt', 'text/vtt; charset=utf-8', /^WEBVTT/],
  ] as const)('as %s keeps its media type and its seconds', async (format, type, look) => {
    const response = await openai.audio.transcriptions
      .create({ file: await file(), model: 'acme/scribe', response_format: format })
      .asResponse()
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toMatch(look)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ units: { seconds: 3 } })
    expect(call.cost_usd).toBe('0.0003')
  })

  test('is streamed as events that nobody touches', async () => {
    const { data: stream, response } = await openai.audio.transcriptions
      .create({ file: await file(), model: 'acme/clerk', stream: true })
      .withResponse()
    let text = ''
    let whole = ''
    for await (const event of stream) {
      if (event.type === 'transcript.text.delta') text += event.delta
      if (event.type === 'transcript.text.done') whole = event.text
    }
    expect(text).toEndWith(clipHash)
    expect(whole).toBe(text)
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call.attempts[0]).toMatchObject({ end_state: 'complete', tokens: { audio_in: 25 } })
  })

  test('in English is another path at the vendor', async () => {
    const { text } = await openai.audio.translations.create({
      file: await file(),
      model: 'acme/scribe',
    })
    expect(text).toStartWith('In English')
    expect(town.vendors['acme']!.history().at(-1)!.path).toBe('/v1/audio/translations')
  })

  test('of the simulator costs nothing', async () => {
    const { data, response } = await openai.audio.transcriptions
      .create({ file: await file(), model: 'sim/scribe' })
      .withResponse()
    expect(data.text).toEndWith(clipHash)
    expect(response.headers.get('x-freehold-cost-usd')).toBe('0')
  })

  test.each([
    [{ file: undefined }, 'file is missing'],
    [{ file: new File([], 'a.wav') }, 'file is empty'],
    [{ stream: 'maybe' }, "'stream' has to be"],
    [{ model: '' }, "'model' has to be"],
  ])('of a form that makes no sense is refused: %j', async (change, message) => {
    const body = { file: await file(), model: 'acme/scribe', ...change }
    const wrong = openai.audio.transcriptions.create(body as OpenAI.Audio.TranscriptionCreateParams)
    expect(await refusal(wrong)).toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    })
  })
})

test('costs and metrics count units beside tokens', async () => {
  const { total, rows } = await town.api<{
    total: { units: Record<string, number>; tokens: Record<string, number> }
    rows: { group: { model: string }; units: Record<string, number>; cost_usd: string }[]
  }>('/api/costs?by=model')
  const sketch = rows.find(({ group }) => group.model === 'acme/sketch')!
  // A picture costs 4 cents.
  expect(sketch.units['images']).toBeGreaterThanOrEqual(4)
  expect(sketch.cost_usd).toBe(String((sketch.units['images']! * 4) / 100))
  expect(total.units).toMatchObject({ images: expect.any(Number), seconds: expect.any(Number) })
  expect(total.tokens).not.toHaveProperty('images')
  const metrics = await fetch(`${town.url}/metrics`, {
    headers: { authorization: `Bearer ${town.adminKey}` },
  })
  const text = await metrics.text()
  expect(text).toMatch(/freehold_units_total\{[^}]*acme[^}]*unit="images"\} \d/)
  expect(text).toMatch(/freehold_units_total\{[^}]*acme[^}]*unit="characters"\} \d/)
  expect(text).not.toMatch(/gen_ai_token_type="(?:images|characters|seconds|search)"/)
})

/** The client's own promises are no promises to `rejects`. */
async function refusal(asked: PromiseLike<unknown>): Promise<unknown> {
  try {
    await asked
  } catch (error) {
    return error
  }
  throw new Error('it was answered')
}

/** The call with what was said, which is kept a moment after its row. */
async function kept(response: Response): Promise<CallFacts> {
  const id = response.headers.get('x-request-id')!
  for (let tries = 0; tries < 100; tries += 1) {
    const call = await town.call(id)
    if (call.request !== null) return call
    await Bun.sleep(50)
  }
  throw new Error(`the payload of ${id} was never kept`)
}
