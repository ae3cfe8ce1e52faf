import { describe, expect, test } from 'bun:test'
import { callOf, placeOf } from '../../dialects/meaning.suite.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../../dialects/bedrock-converse/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../../dialects/openai-embeddings/index.ts'
import { Affinity, conversationOf } from './affinity.ts'

const system = { role: 'system', content: 'Answer briefly.' }
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const chat = (...messages: object[]) => callOf(openaiChat, { model: 'task', messages })

const first = chat(system, user('A prime?'))
const second = chat(system, user('A prime?'), assistant('Seven.'), user('And another?'))

describe('a conversation', () => {
  test('is the same one turn after turn', () => {
    const begun = conversationOf(first, 'web')!
    const going = conversationOf(second, 'web')!
    expect(going.id).toBe(begun.id)
    expect([begun.goesOn, going.goesOn]).toEqual([false, true])
  })

  test.each([
    ['another key', first, 'batch'],
    ['another first question', chat(system, user('A square?')), 'web'],
    ['another system prompt', chat({ ...system, content: 'Be long.' }, user('A prime?')), 'web'],
    ['texts cut elsewhere', chat(user('Answer briefly.A prime?')), 'web'],
  ])('is another one with %s', (_what, call, key) => {
    expect(conversationOf(call, key)!.id).not.toBe(conversationOf(first, 'web')!.id)
  })

  test('is told in another dialect too, by parts as well as by text', () => {
    const ask = (...messages: object[]) =>
      callOf(anthropicMessages, { model: 'task', max_tokens: 9, system: 'Be brief.', messages })
    const parts = [{ type: 'text', text: 'A prime?' }]
    const begun = conversationOf(ask(user(parts)), 'web')!
    expect(conversationOf(ask(user(parts), assistant('Seven.'), user('Go on.')), 'web')).toEqual({
      id: begun.id,
      goesOn: true,
    })
  })

  test('is the same one when its mark for the cache has moved on', () => {
    const text = (word: string, mark: object = {}) => ({ type: 'text', text: word, ...mark })
    const mark = { cache_control: { type: 'ephemeral' } }
    const ask = (...messages: object[]) =>
      conversationOf(callOf(anthropicMessages, { model: 'task', max_tokens: 9, messages }), 'web')!
    const begun = ask(user([text('A prime?', mark)]))
    const going = [user([text('A prime?')]), assistant('Seven.'), user([text('Go on.', mark)])]
    expect(ask(...going).id).toBe(begun.id)

    const point = { cachePoint: { type: 'default' } }
    const converse = (...messages: object[]) =>
      conversationOf(callOf(bedrockConverse, { messages }, placeOf('task')), 'web')!
    const asked = { text: 'A prime?' }
    expect(converse(user([asked]), { role: 'assistant', content: [{ text: 'Seven.' }] }).id).toBe(
      converse(user([asked, point])).id,
    )
  })

  test('is nothing that embeds', () => {
    expect(conversationOf(callOf(openaiEmbeddings, { model: 'a', input: 'b' }), 'web')).toBeNull()
  })
})

describe('who holds the cache', () => {
  const holder = { model: 'acme/large', credential: 'a1b2c3d4' }
  const going = conversationOf(second, 'web')!

  test('is remembered for the next turn, not for one that begins alike', () => {
    const affinity = new Affinity(() => 0)
    affinity.note(conversationOf(first, 'web')!, holder)
    expect(affinity.holderOf(going)).toMatchObject(holder)
    expect(affinity.holderOf(conversationOf(first, 'web')!)).toBeNull()
  })

  test('is forgotten after an hour, and when too many others came', () => {
    let nowUs = 0
    const affinity = new Affinity(() => nowUs)
    affinity.note(going, holder)
    nowUs = 3_600_000_001
    expect(affinity.holderOf(going)).toBeNull()
    affinity.note(going, holder)
    for (let id = 0; id < 20_000; id += 1) affinity.note({ id, goesOn: true }, holder)
    expect(affinity.holderOf(going)).toBeNull()
  })
})
