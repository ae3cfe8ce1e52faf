import { expect, test } from 'bun:test'
import type { Call } from '../../core/call.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { readJsonObject } from '../../core/json.ts'
import { attribute } from './attribute.ts'

test('a header goes before metadata, metadata before the user', () => {
  const call = aCall({
    user: 'u',
    metadata: { customer: 'm', feature: 'f', 'x-freehold-session': 's' },
  })
  expect(attribute(call, headers({ 'x-freehold-customer': 'h' }))).toEqual({
    customer: 'h',
    feature: 'f',
    session: 's',
  })
  expect(attribute(call, headers({}))).toEqual({ customer: 'm', feature: 'f', session: 's' })
  expect(attribute(aCall({ user: 'u' }), headers({}))).toEqual({
    customer: 'u',
    feature: null,
    session: null,
  })
  expect(attribute(aCall({}), headers({ 'x-freehold-customer': '' }))).toEqual({
    customer: null,
    feature: null,
    session: null,
  })
})

test('names in other scripts arrive as they were sent', () => {
  const asBytes = Buffer.from('客户-7').toString('latin1') // how a header's UTF-8 is handed over
  expect(attribute(aCall({}), headers({ 'x-freehold-customer': asBytes })).customer).toBe('客户-7')
  expect(attribute(aCall({}), headers({ 'x-freehold-customer': 'Zoë' })).customer).toBe('Zoë')
})

test('metadata that is no text names nobody', () => {
  expect(attribute(aCall({ metadata: { customer: 7, feature: ['x'] } }), headers({}))).toEqual({
    customer: null,
    feature: null,
    session: null,
  })
})

test('what could not be told apart on the ledger is refused', () => {
  expect(() => attribute(aCall({ user: 'x'.repeat(257) }), headers({}))).toThrow(
    'longer than 256 characters',
  )
  expect(() => attribute(aCall({ user: 'a\ud800' }), headers({}))).toThrow('half a character')
})

function aCall(fields: object): Call {
  const body = { model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields }
  return openaiChat.readCall(readJsonObject(JSON.stringify(body)))
}

function headers(given: Readonly<Record<string, string>>): (name: string) => string | null {
  return (name) => given[name] ?? null
}
