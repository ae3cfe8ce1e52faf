import { describe, expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import { instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { decimal } from '../../core/money.ts'
import { inAskedMode, modeAsked, modesFor } from './mode.ts'
import type { Trip } from './trip.ts'

const at = instant('2026-11-22T00:00:00Z')

function callIn(dialect: string, body: object) {
  const meaning = () => ({ operation: 'chat', serviceTier: null })
  const read = readJsonObject(JSON.stringify(body))
  return { operation: 'chat', dialect, body: read, meaning } as unknown as Trip['call']
}

describe('the mode that a caller asks for', () => {
  test.each([
    ['openai-chat', { service_tier: 'flex' }, 'flex'],
    ['openai-responses', { service_tier: 'priority' }, 'priority'],
    ['bedrock-converse', { serviceTier: { type: 'flex' } }, 'flex'],
    ['bedrock-converse', { serviceTier: { type: 'default' } }, null],
    ['anthropic-messages', { service_tier: 'auto' }, null],
    ['openai-chat', { service_tier: 'constructor' }, 'constructor'],
    ['openai-chat', {}, null],
  ])('in %s is read: %p', (dialect, body, mode) => {
    expect(modeAsked(callIn(dialect, body))).toBe(mode)
  })

  test('is not changed for it', () => {
    const price = { input: decimal('1'), output: decimal('1') }
    const flex = [{ id: 'flex', price, currency: 'USD', source: 'a test', readOn: null } as const]
    const catalog = makeCatalog([{ ...describedAs('acme', 'm'), modes: { flex, batch: flex } }])
    const door = { dialect: { id: 'bedrock-converse' } }
    const live = { id: 'acme', facts: { doors: { chat: [door] } } }
    const snapshot = { catalog, providers: new Map([['acme', live]]) }
    const asked = (dialect: string, body: object) =>
      modesFor({ call: callIn(dialect, body), snapshot, at } as unknown as Trip, {
        provider: 'acme',
        model: 'm',
        weight: 1,
      })
    expect(asked('bedrock-converse', {})).toEqual(['flex'])
    expect(asked('bedrock-converse', { serviceTier: { type: 'default' } })).toEqual([])
    expect(asked('openai-chat', { service_tier: 'default' })).toEqual([])
  })
})

test('a call that is asked in a mode says so in the words of its dialect', () => {
  const flex = inAskedMode(callIn('openai-chat', { model: 'm' }), 'flex')
  expect(flex.body.value).toEqual({ model: 'm', service_tier: 'flex' })
  // What Bedrock is sent is written from the meaning.
  const converse = inAskedMode(callIn('bedrock-converse', { messages: [] }), 'flex')
  expect(converse.body.value).toEqual({ messages: [] })
  expect(converse.meaning()).toMatchObject({ serviceTier: 'flex' })
})
