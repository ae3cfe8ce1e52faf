import { describe, expect, test } from 'bun:test'
import type { Call, FormFile } from '../../core/call.ts'
import { readJsonObject } from '../../core/json.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { fingerprint, Print } from './fingerprint.ts'

const body = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hello' }],
  tools: [{ type: 'function', function: { name: 'f', parameters: { a: 1, b: [1, 2] } } }],
}

function callOf(value: object | string): Call {
  return openaiChat.readCall(
    readJsonObject(typeof value === 'string' ? value : JSON.stringify(value)),
  )
}

const printOf = (value: object | string): string => fingerprint(callOf(value))

describe('a fingerprint', () => {
  test('is the same in whichever order keys stand, and however they are spaced', () => {
    const turned = {
      tools: [{ function: { parameters: { b: [1, 2], a: 1 }, name: 'f' }, type: 'function' }],
      messages: [{ content: 'Hello', role: 'user' }],
      model: 'm',
    }
    expect(printOf(turned)).toBe(printOf(body))
    expect(printOf(JSON.stringify(turned, null, 3))).toBe(printOf(body))
  })

  test('is another for every difference that may change an answer', () => {
    const [message] = body.messages
    const others: object[] = [
      { ...body, model: 'n' },
      { ...body, stream: true },
      { ...body, seed: null },
      { ...body, seed: 0 },
      { ...body, seed: '0' },
      { ...body, unheard_of: 1 },
      { ...body, messages: [message, message] },
      { ...body, messages: [{ ...message, content: 'hello' }] },
      { ...body, messages: [{ ...message, content: 'Hello\uD800' }] },
      { ...body, messages: [{ ...message, content: 'Hello\uD801' }] },
      { ...body, tools: [...body.tools, ...body.tools] },
    ]
    const prints = [body, ...others].map(printOf)
    expect(new Set(prints).size).toBe(prints.length)
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{64}$/)
  })

  test('tells numbers apart that are one in this runtime', () => {
    const seeded = (seed: string): string =>
      printOf(JSON.stringify(body).replace(/}$/, `,"seed":${seed}}`))
    expect(seeded('9007199254740992')).not.toBe(seeded('9007199254740993'))
    expect(seeded('0.50')).toBe(seeded('0.5'))
  })

  test('takes long values as they are written', () => {
    const long = { ...body, messages: [{ role: 'user', content: 'x'.repeat(300_000) }] }
    expect(printOf(long)).toBe(printOf(long))
    expect(printOf({ ...long, seed: 1 })).not.toBe(printOf(long))
  })

  test('leaves out what it is told to', () => {
    const aside = new Set(['user'])
    const [one, two] = ['a', 'b'].map((user) => fingerprint(callOf({ ...body, user }), aside))
    expect(one).toBe(two!)
    expect(one).toBe(fingerprint(callOf(body), aside))
  })

  test('is of the files that came beside the body', () => {
    const file = (bytes: string): FormFile => ({
      field: 'file',
      name: 'a.mp3',
      mediaType: 'audio/mpeg',
      bytes: Buffer.from(bytes),
    })
    const withFile = (bytes: string): string =>
      fingerprint({ ...callOf(body), files: [file(bytes)] })
    expect(withFile('one')).toBe(withFile('one'))
    expect(withFile('one')).not.toBe(withFile('two'))
    expect(withFile('one')).not.toBe(fingerprint(callOf(body)))
  })

  test('lets no text run into the next', () => {
    const print = (...parts: (string | null)[]): string => new Print().add(...parts).digest()
    const all = [print('ab', 'c'), print('a', 'bc'), print('abc'), print('abc', null), print(null)]
    expect(new Set(all).size).toBe(all.length)
  })
})
