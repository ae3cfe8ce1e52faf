import { describe, expect, test } from 'bun:test'
import type { FormFile } from '../../core/call.ts'
import { Fold } from '../../core/fold.ts'
import { readJsonObject } from '../../core/json.ts'
import type { TranscribeReply } from '../../core/media.ts'
import { noUsage } from '../../core/usage.ts'
import { type Dialect, ProviderFault } from '../dialect.ts'
import { aStamp, aTarget } from '../meaning.suite.ts'
import { SseParser, sseText } from '../sse.ts'
import { openaiTranscriptions as dialect, openaiTranslations } from './index.ts'

const file: FormFile = {
  field: 'file',
  name: 'a.wav',
  mediaType: 'audio/wav',
  bytes: Buffer.from('RIFF\x00\xff'),
}

function callOf(fields: object, files: readonly FormFile[] = [file], way: Dialect = dialect) {
  return way.readCall(readJsonObject(JSON.stringify(fields)), undefined, files)
}

describe('a call', () => {
  test('is a form again, with the name that the model has there, and the very bytes', async () => {
    const call = callOf({
      model: 'task',
      language: 'de',
      timestamp_granularities: ['word', 'segment'],
      'chunking_strategy[type]': 'server_vad',
    })
    const { encoded, adapted } = dialect.writeCall(call, aTarget('whisper-1'))
    const form = await new Response(encoded!.bytes.slice(), {
      headers: { 'content-type': encoded!.mediaType },
    }).formData()
    expect([...form.keys()]).toEqual([
      'language',
      'timestamp_granularities[]',
      'timestamp_granularities[]',
      'chunking_strategy[type]',
      'model',
      'file',
    ])
    expect(form.get('model')).toBe('whisper-1')
    expect(await (form.get('file') as File).bytes()).toEqual(new Uint8Array(file.bytes))
    expect(adapted).toEqual([])
  })

  test('is written as the table of the provider says', () => {
    const quirks = { parameters: [{ name: 'prompt', does: { kind: 'drop' } }] } as const
    const { encoded, adapted } = dialect.writeCall(callOf({ model: 't', prompt: 'x' }), {
      ...aTarget('m'),
      quirks,
    })
    expect(Buffer.from(encoded!.bytes).toString('latin1')).not.toContain('prompt')
    expect(adapted).toEqual(['-prompt'])
  })

  test('holds nothing of its file in what counts as its text', () => {
    const call = callOf({ model: 't' }, [{ ...file, bytes: new Uint8Array(1_000_000) }])
    expect(call.inputTokensMax).toBeLessThan(100)
  })

  test.each([
    ['true', true],
    ['True', true],
    ['false', false],
    ['', false],
  ])('that says stream=%s is streamed: %p', (stream, expected) => {
    expect(callOf({ model: 't', stream }).stream).toBe(expected)
  })

  test('without a file, or with an empty one, is refused', () => {
    expect(() => callOf({ model: 't' }, [])).toThrow(/file is missing/)
    expect(() => callOf({ model: 't' }, [{ ...file, field: 'audio' }])).toThrow(/file is missing/)
    expect(() => callOf({ model: 't' }, [{ ...file, bytes: new Uint8Array() }])).toThrow(/is empty/)
    expect(() => callOf({ model: 't', stream: 'maybe' })).toThrow(/true or false/)
  })

  test('for English never goes where it would come in the language that was spoken', () => {
    const english = callOf({ model: 't' }, [file], openaiTranslations)
    expect(() => dialect.writeCall(english, aTarget('m'))).toThrow(/cannot take a translation/)
    expect(() => openaiTranslations.writeCall(callOf({ model: 't' }), aTarget('m'))).toThrow(
      /cannot/,
    )
    expect(openaiTranslations.path).toBe('/audio/translations')
  })
})

describe('an answer', () => {
  const read = (text: string, mediaType = 'application/json') =>
    dialect.readReply(text, {}, mediaType) as TranscribeReply

  test.each([
    ['seconds', { type: 'duration', seconds: 9 }, { seconds: 9 }],
    ['begun seconds', { type: 'duration', seconds: 8.47 }, { seconds: 9 }],
    [
      'both, as Mistral, which sells time',
      { prompt_audio_seconds: 203, prompt_tokens: 4, completion_tokens: 635, total_tokens: 3_264 },
      { seconds: 203 },
    ],
    [
      'tokens',
      {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { text_tokens: 4, audio_tokens: 10 },
        output_tokens: 45,
        total_tokens: 59,
      },
      { input: 4, audioIn: 10, output: 45 },
    ],
    [
      'tokens without details, which are sound',
      { type: 'tokens', input_tokens: 14, output_tokens: 45 },
      { audioIn: 14, output: 45 },
    ],
  ])('is counted in %s', (_, usage, counted) => {
    const { measured } = read(JSON.stringify({ text: 'Hello', usage }))
    expect(measured).toMatchObject({ usage: { ...noUsage, ...counted }, clamped: false })
    expect(measured!.raw).toEqual(usage)
  })

  test('without usage is counted by the length that it tells, else by nobody', () => {
    expect(read('{"text":"Hello","duration":2.2}').measured!.usage.seconds).toBe(3)
    expect(read('{"text":"Hello"}').measured).toBeNull()
    expect(read('{"text":"Hello","usage":{}}').measured).toBeNull()
  })

  test('of an impossible length is flagged', () => {
    expect(read('{"text":"x","usage":{"type":"duration","seconds":-3}}').measured!.clamped).toBe(
      true,
    )
  })

  test.each([
    ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
    ['text/vtt', 'text/vtt'],
    ['application/x-subrip', 'application/x-subrip'],
    ['', 'text/plain; charset=utf-8'],
    ['application/json', 'text/plain; charset=utf-8'],
    ['text/plain\r\nx: y', 'text/plain; charset=utf-8'],
  ])('of words under %p is %p', (named, mediaType) => {
    expect(read('1\n00:00 --> 00:02\nHello', named)).toMatchObject({
      mediaType,
      text: '1\n00:00 --> 00:02\nHello',
      measured: null,
    })
  })

  test('of words may begin as JSON does', () => {
    expect(read('{"text":"not an object of ours"}', 'text/plain').text).toStartWith('{')
  })

  test.each([
    ['<!doctype html><p>502', 'text/plain'],
    ['502', 'text/html; charset=utf-8'],
    ['{}', 'application/json'],
    ['{"error":{"message":"no"}}', 'application/json'],
  ])('that is a page or an error is none: %s as %s', (text, mediaType) => {
    expect(() => read(text, mediaType)).toThrow(ProviderFault)
  })
})

describe('a stream', () => {
  const usage = { type: 'tokens', input_tokens: 5, output_tokens: 2, total_tokens: 7 }
  const events = [
    { type: 'transcript.text.delta', delta: 'Hello' },
    { type: 'transcript.text.segment', text: 'Hello there', speaker: 'A' },
    { type: 'transcript.text.delta', delta: ' there' },
    { type: 'transcript.text.done', text: 'Hello there', usage },
  ]

  test('adds up to the transcript at any cut', () => {
    const text = events.map((event) => sseText(JSON.stringify(event))).join('')
    for (let size = 1; size < 40; size += 5) {
      const fold = folded(text, size)
      expect([fold.finished, fold.measured!.usage.audioIn]).toEqual([true, 5])
      const kept = dialect.writeReply(fold.reply(), callOf({ model: 't' }), aStamp)
      expect(JSON.parse(kept)).toEqual({ text: 'Hello there', usage })
    }
  })

  test('of nothing but its last event says what that says', () => {
    const reply = folded(sseText(JSON.stringify(events.at(-1))), 500).reply()
    expect(reply.choices[0]!.parts).toMatchObject([{ text: 'Hello there' }])
  })

  test('that nobody sent is written from the whole answer', () => {
    const reply = dialect.readReply(JSON.stringify({ text: 'Hello there', usage }), {})
    const written = folded(dialect.writeEvents!(reply), 500)
    expect(written.finished).toBe(true)
    expect(written.measured!.usage).toEqual({ ...noUsage, audioIn: 5, output: 2 })
  })

  test('that tells of an error is one', () => {
    expect(() => folded(sseText('{"error":{"message":"no"}}'), 500)).toThrow(ProviderFault)
  })
})

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
