import { describe, expect, test } from 'bun:test'
import type { ImageReply } from '../../core/media.ts'
import { Fold } from '../../core/fold.ts'
import { noUsage } from '../../core/usage.ts'
import { ProviderFault } from '../dialect.ts'
import { aStamp, aTarget, callOf } from '../meaning.suite.ts'
import { SseParser, sseText } from '../sse.ts'
import { openaiImages as dialect } from './index.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB'

describe('a call', () => {
  test('keeps its text, with the name that the model has there', () => {
    const text =
      '{ "model": "task", "prompt": "a boat", "background": "transparent", "user": null }'
    const call = callOf(dialect, text)
    expect([call.n, call.stream, call.maxTokens]).toEqual([1, false, 0])
    expect(dialect.writeCall(call, aTarget('gpt-image-1')).text).toBe(
      '{ "model": "gpt-image-1", "prompt": "a boat", "background": "transparent" }',
    )
  })

  test('to Ark turns the watermark off, unless the caller wants it', () => {
    const quirks = {
      parameters: [{ name: 'watermark', does: { kind: 'default', value: false } }],
    } as const
    const written = (body: object) =>
      dialect.writeCall(callOf(dialect, { model: 't', prompt: 'x', ...body }), {
        ...aTarget('seedream'),
        quirks,
      })
    expect(JSON.parse(written({}).text)).toMatchObject({ watermark: false })
    expect(written({}).adapted).toEqual(['+watermark=false'])
    expect(written({ watermark: true })).toMatchObject({ adapted: [] })
  })

  test('counts the pictures that it shows by their number, and not by their bytes', () => {
    const plain = callOf(dialect, { model: 't', prompt: 'x' })
    const shown = callOf(dialect, {
      model: 't',
      prompt: 'x',
      image: [png.repeat(2_000), 'https://x.example/a.png'],
    })
    expect(shown.inputTokensMax).toBeLessThan(plain.inputTokensMax + 6_000)
  })
})

describe('an answer', () => {
  test('of gpt-image is counted in tokens of text and of pictures', () => {
    const { images, measured } = read({
      created: 1,
      data: [{ b64_json: png }],
      usage: {
        total_tokens: 1_100,
        input_tokens: 44,
        input_tokens_details: { text_tokens: 4, image_tokens: 40 },
        output_tokens: 1_056,
        output_tokens_details: { image_tokens: 1_050, text_tokens: 6 },
      },
    })
    expect(images).toMatchObject([{ base64: png, url: null }])
    expect(measured).toMatchObject({
      usage: { ...noUsage, input: 4, imageIn: 40, imageOut: 1_050, output: 6 },
      source: 'provider',
      clamped: false,
    })
  })

  test.each([
    ['without usage', {}, 2],
    ['of xAI, which tells its cost', { usage: { cost_in_usd_ticks: 400_000_000 } }, 2],
    [
      'of Ark, whose tokens nobody pays for',
      { usage: { generated_images: 2, output_tokens: 8_000, total_tokens: 8_000 } },
      2,
    ],
  ])('%s is counted by its pictures', (_, more, images) => {
    const { measured } = read({
      data: [{ url: 'https://x.example/0' }, { url: 'https://x.example/1' }],
      ...more,
    })
    expect(measured!.usage).toEqual({ ...noUsage, images })
  })

  test('of xAI keeps what it says it cost', () => {
    expect(
      read({ data: [{ url: 'https://x.example/0' }], usage: { cost_in_usd_ticks: 200_000_000 } })
        .measured!.reportedUsd,
    ).toBe('0.02')
  })

  test('of Ark with a picture that was refused counts the others', () => {
    const { measured, images } = read({
      data: [{ url: 'https://x.example/0' }, { error: { code: 'x', message: 'refused' } }],
    })
    expect([measured!.usage.images, images.length]).toEqual([1, 2])
  })

  test('comes back as it was, with what only its vendor says', () => {
    const wire = {
      created: 7,
      data: [{ url: 'https://x.example/0', revised_prompt: 'a boat', mime_type: 'image/png' }],
      content_filter: [{ role: 'user', level: 3 }],
    }
    const written = dialect.writeReply(
      read(wire),
      callOf(dialect, { model: 't', prompt: 'x' }),
      aStamp,
    )
    expect(JSON.parse(written)).toEqual(wire)
  })

  test('is kept without its bytes', () => {
    const kept = dialect.keptAnswer!(
      `{"data": [{"b64_json": "${png}", "revised_prompt": "\\"b64_json\\": \\"x\\""}]}`,
    )
    expect(JSON.parse(kept)).toEqual({
      data: [{ b64_json: '[32 characters of base64]', revised_prompt: '"b64_json": "x"' }],
    })
  })

  test.each([
    '',
    '[]',
    '{}',
    '{"data":[]}',
    '{"data":[{"b64_json":""}]}',
    '{"data":null}',
    '<html>',
  ])('that holds no picture is none: %s', (text) => {
    expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
  })

  test('that is an error tells the words of it', () => {
    const wrong = () => dialect.readReply('{"error":{"message":"no boats","code":"x"}}', {})
    expect(wrong).toThrow(
      expect.objectContaining({ words: expect.objectContaining({ code: 'x' }) }),
    )
  })
})

describe('a stream', () => {
  const usage = { total_tokens: 60, input_tokens: 10, output_tokens: 50 }
  const partial = { type: 'image_generation.partial_image', b64_json: png, partial_image_index: 0 }
  const whole = { type: 'image_generation.completed', b64_json: png, usage }

  test('adds up to its pictures at any cut, and to nothing of their bytes', () => {
    const text = [partial, whole, whole]
      .map((event) => sseText(JSON.stringify(event), event.type))
      .join('')
    for (let size = 1; size < 60; size += 7) {
      const fold = folded(text, size)
      expect(fold.finished).toBe(true)
      expect(fold.measured!.usage).toEqual({ ...noUsage, input: 20, imageOut: 100 })
      const kept = dialect.writeReply(
        fold.reply(),
        callOf(dialect, { model: 't', prompt: 'x' }),
        aStamp,
      )
      expect(kept).not.toContain(png)
      expect(JSON.parse(kept)).toMatchObject({
        data: [partial, whole, whole].map(({ type }) => ({ type })),
        usage,
      })
    }
  })

  test('of Ark tells of each picture, and of one that was refused', () => {
    const events = [
      { type: 'image_generation.partial_succeeded', image_index: 0, url: 'https://x.example/0' },
      {
        type: 'image_generation.partial_failed',
        image_index: 1,
        error: { code: 'x', message: 'y' },
      },
      { type: 'image_generation.partial_succeeded', image_index: 2, url: 'https://x.example/2' },
      { type: 'image_generation.completed', usage: { output_tokens: 9, total_tokens: 9 } },
    ]
    const text = `${events.map((event) => sseText(JSON.stringify(event))).join('')}data: [DONE]\n\n`
    const fold = folded(text, 1_000)
    expect(fold.finished).toBe(true)
    expect(fold.reply().choices[0]!.parts).toHaveLength(4)
  })

  test('that ends without its last event is broken off', () => {
    expect(folded(sseText(JSON.stringify(partial)), 1_000).finished).toBe(false)
  })

  test('that tells of an error is one', () => {
    const text = sseText('{"type":"error","error":{"message":"no","code":"x"}}')
    expect(() => folded(text, 1_000)).toThrow(ProviderFault)
  })

  test('that nobody sent is written from the whole answer', () => {
    const reply = read({
      created: 5,
      data: [{ b64_json: png }, { url: 'https://x.example/1' }],
      usage,
    })
    const events = new SseParser().feed(Buffer.from(dialect.writeEvents!(reply)))
    expect(events.map(({ event }) => JSON.parse(event!.data))).toEqual([
      { type: 'image_generation.completed', b64_json: png, created_at: 5 },
      { type: 'image_generation.completed', url: 'https://x.example/1', created_at: 5, usage },
    ])
  })
})

function read(wire: object): ImageReply {
  return dialect.readReply(JSON.stringify(wire), {}) as ImageReply
}

function folded(text: string, size: number): Fold {
  const bytes = Buffer.from(text)
  const parser = new SseParser()
  const reader = dialect.startReading!({})
  const fold = new Fold()
  for (let at = 0; at < bytes.length; at += size) {
    for (const { event } of parser.feed(bytes.subarray(at, at + size))) {
      for (const delta of (event && reader.read(event)) ?? []) fold.take(delta)
    }
  }
  return fold
}
