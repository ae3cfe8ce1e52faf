import { describe, expect, test } from 'bun:test'
import type { Found } from '../../catalog/catalog.ts'
import type { Price } from '../../catalog/model.ts'
import type { Call } from '../../core/call.ts'
import { instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { decimal, type Money } from '../../core/money.ts'
import { gemini } from '../../dialects/gemini/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { ceiling } from './ceiling.ts'

const noon = instant('2026-11-22T12:00:00Z')
const hello = [{ role: 'user', content: 'hello' }]
const sound = {
  role: 'user',
  content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
}

describe('a call costs at most', () => {
  test('its words, where nothing is dearer', () => {
    expect(answerOf(say({}), { output: '10' })).toBe(10)
    expect(answerOf(say({}), { output: '10', reasoning: '4' })).toBe(10)
  })

  test('its thoughts, where those cost more than words', () => {
    expect(answerOf(say({}), { output: '10', reasoning: '40' })).toBe(40)
  })

  test('what it says aloud, where the caller asks for sound', () => {
    const price = { output: '10', reasoning: '20', audioOut: '80' }
    expect(answerOf(say({}), price)).toBe(20)
    expect(answerOf(say({ modalities: ['text', 'audio'] }), price)).toBe(80)
    const config = { maxOutputTokens: 1_000_000, responseModalities: ['AUDIO'] }
    const contents = [{ role: 'user', parts: [{ text: 'hello' }] }]
    const body = JSON.stringify({ contents, generationConfig: config })
    const spoken = gemini.readCall(readJsonObject(body), {
      model: 'm',
      stream: false,
      query: new URLSearchParams(),
    })
    expect(answerOf(spoken, price)).toBe(80)
  })

  test('the pictures that it makes, which nobody has to ask for', () => {
    expect(answerOf(say({}), { output: '10', imageOut: '60' })).toBe(60)
  })

  test('the sound or the pictures that go in, where some may', () => {
    const price = { input: '1', audioIn: '32', imageIn: '2', output: '0' }
    const [written, spoken] = [say({}), say({ messages: [sound] })]
    expect(most(written, price)).toBe(BigInt(written.inputTokensMax * 1_000_000) as Money)
    expect(most(spoken, price)).toBe(BigInt(spoken.inputTokensMax * 32_000_000) as Money)
  })
})

/** Asks for an answer of a million tokens. */
function say(more: object): Call {
  const body = { model: 'm', messages: hello, max_tokens: 1_000_000, ...more }
  return openaiChat.readCall(readJsonObject(JSON.stringify(body)))
}

/** Dollars for the answer alone. */
function answerOf(call: Call, price: Readonly<Record<string, string>>): number {
  return Number(most(call, { input: '0', ...price })) / 1e12
}

function most(call: Call, texts: Readonly<Record<string, string>>): Money | null {
  const price: Price = Object.fromEntries(
    Object.entries(texts).map(([kind, text]) => [kind, decimal(text)]),
  )
  const segment = { id: 'base', price, currency: 'USD', source: 'test', readOn: null } as const
  const model = { machine: null, context: null, outputMax: null }
  return ceiling(call, { model, segment } as Found, noon)
}
