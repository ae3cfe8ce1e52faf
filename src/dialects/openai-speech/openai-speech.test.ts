import { describe, expect, test } from 'bun:test'
import { noUsage } from '../../core/usage.ts'
import { ProviderFault } from '../dialect.ts'
import { aTarget, callOf } from '../meaning.suite.ts'
import { openaiSpeech as dialect } from './index.ts'

describe('a call', () => {
  test('keeps its text, with the name that the model has there', () => {
    const call = callOf(dialect, '{"model":"task","input":"Hello","voice":{"id":"v1"},"speed":1.5}')
    expect(call.stream).toBe(false)
    expect(dialect.writeCall(call, aTarget('tts-1')).text).toBe(
      '{"model":"tts-1","input":"Hello","voice":{"id":"v1"},"speed":1.5}',
    )
  })

  test('is streamed when it asks for events, and bytes are none', () => {
    const stream = (format: unknown) =>
      callOf(dialect, { model: 't', input: 'x', stream_format: format }).stream
    expect([stream('sse'), stream('audio'), stream(null)]).toEqual([true, false, false])
  })

  test.each([[{}], [{ input: '' }], [{ input: ['x'] }], [{ input: 'x', stream_format: 1 }]])(
    'that makes no sense is refused: %j',
    (body) => {
      expect(() => callOf(dialect, { model: 't', ...body })).toThrow(/has to be/)
    },
  )
})

test.each([
  ['audio/mpeg', true],
  ['audio/wav; rate=24000', true],
  ['Audio/PCM', true],
  ['application/octet-stream', true],
  ['application/ogg', true],
  ['application/json', false],
  ['text/event-stream', false],
  ['text/html', false],
  ['', false],
])('%p is sound: %p', (mediaType, isSound) => {
  expect(dialect.isBytes!(mediaType)).toBe(isSound)
})

test.each(['{"error":{"message":"no voice"}}', '<html>502</html>', 'hello', ''])(
  'text where sound was asked for is a fault: %s',
  (text) => {
    expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
  },
)

describe('a stream', () => {
  const read = (data: string) =>
    dialect.startReading!({}).read({ event: 'message', data, id: null })

  test('begins with sound, and tells at its end what it took', () => {
    expect(read('{"type":"speech.audio.delta","audio":"AAAA"}')).toMatchObject([
      { type: 'foreign' },
    ])
    const usage = { input_tokens: 3, output_tokens: 20, total_tokens: 23 }
    expect(read(JSON.stringify({ type: 'speech.audio.done', usage }))).toMatchObject([
      { type: 'usage', measured: { usage: { ...noUsage, input: 3, audioOut: 20 } } },
      { type: 'finish' },
    ])
    expect(read('{"type":"speech.audio.done"}')).toMatchObject([{ type: 'finish' }])
  })

  test('may hold what nobody knows, and an error', () => {
    expect([read('[DONE]'), read('{"type":"later"}'), read('no json')]).toEqual([[], [], null])
    expect(() => read('{"error":{"message":"no"}}')).toThrow(ProviderFault)
  })
})
