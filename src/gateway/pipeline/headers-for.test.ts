import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { Secret } from '../../core/secret.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../../dialects/openai-embeddings/index.ts'
import { bearer, type Door, header, type Provider } from '../../providers/provider.ts'
import type { Parts } from './parts.ts'
import { headersFor, urlOf } from './request.ts'
import type { LiveProvider } from './snapshot.ts'

const chat: Door = { dialect: openaiChat }
const embed: Door = { dialect: openaiEmbeddings, sign: header('x-key') }
const first = new Secret('first-key-0123')
const second = new Secret('second-key-0123')
const written = { text: '{}', adapted: [] }
const at = 1_790_000_000_000_000 as Instant

function live(facts: Partial<Provider> = {}, configured: [string, Secret][] = []): LiveProvider {
  const given = { kind: 'vendor', sign: bearer, headers: { 'x-version': '1' }, ...facts }
  const baseUrl = 'https://api.acme.example/v1'
  return {
    id: 'acme',
    facts: given,
    baseUrl,
    headers: new Map(configured),
  } as unknown as LiveProvider
}

function sent(
  provider: LiveProvider,
  door: Door,
  credential: Secret | null,
  given: Readonly<Record<string, string>> = {},
) {
  const caller = { header: (name: string) => given[name] ?? null }
  return headersFor(caller, provider, door, written, 'https://acme.example', credential, at)
}

describe('what goes out', () => {
  test('is put together once for each door and key of a provider', () => {
    const provider = live()
    const usual = sent(provider, chat, first)
    expect(usual).toEqual({
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'user-agent': 'freehold',
      'x-version': '1',
      authorization: 'Bearer first-key-0123',
    })
    expect(sent(provider, chat, first)).toBe(usual)
    expect(sent(provider, chat, second)['authorization']).toBe('Bearer second-key-0123')
    expect(sent(provider, chat, null)).not.toHaveProperty('authorization')
    expect(sent(provider, embed, first)).toMatchObject({ 'x-key': 'first-key-0123' })
    expect(sent(provider, embed, first)).not.toHaveProperty('authorization')
    expect(sent(provider, chat, first)).toBe(usual)
  })

  test('of a configuration that took its place is that of the new one', () => {
    const before = sent(live({}, [['x-team', new Secret('blue')]]), chat, first)
    const after = sent(live({}, [['x-team', new Secret('green')]]), chat, first)
    expect([before['x-team'], after['x-team']]).toEqual(['blue', 'green'])
  })

  test('with a header of one caller stays with that caller', () => {
    const provider = live({ passHeaders: ['x-project', 'x-version'] })
    const passed = sent(provider, chat, first, { 'x-project': 'p1', 'x-version': '2' })
    expect(passed).toMatchObject({ 'x-project': 'p1', 'x-version': '2' })
    const next = sent(provider, chat, first, { 'x-project': 'a\nb', 'x-other': 'c' })
    expect(next).not.toHaveProperty('x-project')
    expect(next).not.toHaveProperty('x-other')
    expect(next['x-version']).toBe('1')
  })

  test('with a signature over the request is signed each time', () => {
    let signatures = 0
    const sign = { kind: 'request', sign: () => ({ signature: `${(signatures += 1)}` }) } as const
    const provider = live({ sign })
    expect(sent(provider, chat, first)['signature']).toBe('1')
    expect(sent(provider, chat, first)['signature']).toBe('2')
    expect(sent(provider, chat, null)).not.toHaveProperty('signature')
  })
})

test('an address that names the model is another for each model', () => {
  const provider = live()
  const named: Door = { dialect: openaiChat, path: (model, stream) => `/${model}:${stream}` }
  const parts = { simulator: () => Promise.reject(new Error('asked')) } as unknown as Parts
  const of = (door: Door, model: string, stream = false) =>
    urlOf(provider, door, model, stream, parts)
  const base = 'https://api.acme.example/v1'
  expect([of(chat, 'a'), of(chat, 'b', true)]).toEqual(
    Array.from({ length: 2 }, () => `${base}/chat/completions`),
  )
  expect([of(named, 'a'), of(named, 'b', true)]).toEqual([`${base}/a:false`, `${base}/b:true`])
  expect(of(embed, 'a')).toBe(`${base}/embeddings`)
})
