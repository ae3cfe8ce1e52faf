import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { anyText } from '../chance.suite.ts'
import { cut, pieceMin } from './cut.ts'

const long = (text: string) => text.padEnd(pieceMin, '.')

describe('cutting a request', () => {
  test('changes no byte of it, whatever it is', () => {
    const anyBody = fc.oneof(
      anyText,
      fc.json(),
      fc
        .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '"messages":[', long('x')))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(anyBody, (text) => {
        expect(cut(text).join('')).toBe(text)
      }),
    )
  })

  test('makes a piece of every long message, of the tools and of the system prompt', () => {
    const messages = [long('one'), 'short', long('two "[{,}]" \\ three')].map((content) => ({
      role: 'user',
      content,
    }))
    const tools = [{ name: long('tool'), parameters: { messages: [long('not a message')] } }]
    const system = long('You are')
    const body = { model: 'm', messages, tools, system, temperature: 0.5 }
    const pieces = cut(JSON.stringify(body))
    for (const part of [messages[0], messages[2], tools, system]) {
      expect(pieces).toContain(JSON.stringify(part))
    }
    expect(pieces).toHaveLength(9)
  })

  test('gives the same pieces for a history that goes on', () => {
    const turns = Array.from({ length: 6 }, (_, turn) => ({
      role: 'user',
      content: long(`${turn}`),
    }))
    const first = new Set(cut(JSON.stringify({ messages: turns.slice(0, 4) })))
    const second = cut(JSON.stringify({ messages: turns }))
    expect(second.filter((piece) => piece.length >= pieceMin && first.has(piece))).toHaveLength(4)
  })

  test('leaves a short request whole', () => {
    expect(cut('{"model":"m","messages":[{"role":"user","content":"Hi"}]}')).toHaveLength(1)
    expect(cut('')).toEqual([''])
  })
})
