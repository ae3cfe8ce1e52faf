import { describe, expect, test } from 'bun:test'
import { tone, wav } from '../../../simulator/wave.ts'
import type { Found } from '../../catalog/catalog.ts'
import type { Price } from '../../catalog/model.ts'
import type { Call, FormFile } from '../../core/call.ts'
import { instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { decimal, type Money, usd } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { openaiImages } from '../../dialects/openai-images/index.ts'
import { openaiSpeech } from '../../dialects/openai-speech/index.ts'
import { openaiTranscriptions } from '../../dialects/openai-transcriptions/index.ts'
import { ceiling } from './ceiling.ts'
import { estimateMedia, isMedia } from './media.ts'

const noon = instant('2026-11-23T12:00:00Z')

describe('at most, a call costs', () => {
  test('its pictures, where they are sold by the picture', () => {
    expect(most(draw({ n: 3 }), { images: '40000' })).toBe(usd('0.12'))
  })

  test('the largest pictures there are, where they are sold by tokens', () => {
    const cost = most(draw({ n: 2 }), { input: '5', output: '40' })!
    expect(cost).toBeGreaterThan(usd(String((2 * 12_329 * 40) / 1e6)))
  })

  test('its characters, exactly', () => {
    expect(most(say('héllo 🌍'), { characters: '15' })).toBe(usd('0.000105'))
  })

  test('a slow voice, where sound is sold by tokens', () => {
    const cost = most(say('a'.repeat(900)), { input: '0.6', audioOut: '12' })!
    // A minute of speech comes to 1,250 tokens.
    expect(cost).toBeGreaterThan(usd(String((1_250 * 12) / 1e6)))
    expect(most(say('a'), { input: '0.6' })).toBeNull()
  })

  test('the seconds that the bytes could hold, whatever the head of the file says', () => {
    const file = Buffer.from(wav(tone(10)))
    const honest = most(write(file), { seconds: '100' })!
    expect(honest).toBeGreaterThanOrEqual(usd('0.001'))
    file.writeUInt32LE(2_000_000_000, 28)
    expect(most(write(file), { seconds: '100' })).toBe(honest)
    file.writeUInt32LE(100, 28)
    expect(most(write(file), { seconds: '100' })!).toBeGreaterThan(honest)
    // 6 kbit/s, where nothing is known of the format.
    expect(most(write(new Uint8Array(7_500).fill(7)), { seconds: '100' })).toBe(usd('0.001'))
  })

  test('what nobody knows without a price, and the dearer of two ways', () => {
    for (const call of [draw({}), say('x'), write(wav(tone(1)))]) expect(most(call, {})).toBeNull()
    const both = { images: '10', input: '5', output: '40' }
    expect(most(draw({}), both)).toBe(most(draw({}), { input: '5', output: '40' })!)
  })
})

describe('about, without a count of the provider, a call used', () => {
  test('what it is sold by', () => {
    const file = wav(tone(2.5))
    expect(about(draw({ n: 2 }), { images: '1' })).toEqual({ images: 2 })
    expect(about(draw({ n: 2 }), { output: '40' })).toMatchObject({ imageOut: 8_320 })
    expect(about(say('six is'), { characters: '15' })).toEqual({ characters: 6 })
    expect(about(say('a'.repeat(150)), { input: '1', audioOut: '12' })).toMatchObject({
      audioOut: 200,
    })
    expect(about(say('说'.repeat(45)), { input: '1', audioOut: '12' })).toMatchObject({
      audioOut: 200,
    })
    expect(about(write(file), { seconds: '100' })).toEqual({ seconds: 3 })
    expect(about(write(file), { audioIn: '6', output: '10' }, 'some words')).toEqual({
      audioIn: 30,
      output: 3,
    })
  })

  test('units, where nothing is known of its price', () => {
    expect(about(draw({}), null)).toEqual({ images: 1 })
    expect(about(say('x'), null)).toEqual({ characters: 1 })
    expect(about(write(new Uint8Array(8_000)), null)).toEqual({ seconds: 2 })
  })
})

function draw(more: Record<string, unknown>): Call {
  return openaiImages.readCall(
    readJsonObject(JSON.stringify({ model: 'm', prompt: 'a boat', ...more })),
  )
}

function say(input: string): Call {
  return openaiSpeech.readCall(readJsonObject(JSON.stringify({ model: 'm', input })))
}

function write(bytes: Uint8Array): Call {
  const file: FormFile = { field: 'file', name: 'a', mediaType: 'audio/wav', bytes }
  return openaiTranscriptions.readCall(readJsonObject('{"model":"m"}'), undefined, [file])
}

function most(call: Call, texts: Readonly<Record<string, string>>): Money | null {
  const segment = {
    id: 'base',
    price: cardOf(texts),
    currency: 'USD',
    source: 'test',
    readOn: null,
  } as const
  return ceiling(call, { model: { machine: null }, segment } as Found, noon)
}

function about(call: Call, texts: Readonly<Record<string, string>> | null, said = '') {
  if (!isMedia(call)) throw new Error('no call for pictures or sound')
  const usage = estimateMedia(call, said, texts === null ? null : cardOf(texts))
  expect(Object.keys(usage)).toEqual(Object.keys(noUsage))
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count > 0))
}

function cardOf(texts: Readonly<Record<string, string>>): Price {
  return Object.fromEntries(Object.entries(texts).map(([kind, text]) => [kind, decimal(text)]))
}
