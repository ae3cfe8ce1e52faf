import { describe, expect, test } from 'bun:test'
import { turnsOfAnswer, turnsOfRequest, wordsOf } from './talk.ts'

const said = (turns: ReturnType<typeof turnsOfRequest>) =>
  turns.map(({ role, parts }) => [role, ...parts.map(({ kind, name, text }) => [kind, name, text])])

describe('what was asked', () => {
  test('in OpenAI’s chats: turns, tools, pictures without their bytes', () => {
    const request = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(9_000)}` } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        { role: 'tool', content: 'a cat' },
      ],
    }
    const turns = said(turnsOfRequest(request))
    expect(turns[0]).toEqual(['system', ['text', null, 'Be brief.']])
    expect(turns[1]![1]).toEqual(['text', null, 'What is this?'])
    expect(turns[1]![2]![0]).toBe('media')
    expect(turns[1]![2]![2]!.length).toBeLessThan(60)
    expect(turns[2]).toEqual(['assistant', ['tool call', 'look', '{"at":1}']])
    expect(turns[3]).toEqual(['tool', ['text', null, 'a cat']])
  })

  test('in Anthropic’s messages: the system, thoughts, uses and results', () => {
    const request = {
      system: [{ type: 'text', text: 'Be kind.' }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.' },
            { type: 'tool_use', name: 'look', input: { at: 1 } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', content: 'a cat' }] },
      ],
    }
    expect(said(turnsOfRequest(request))).toEqual([
      ['system', ['text', null, 'Be kind.']],
      ['assistant', ['reasoning', null, 'Hm.'], ['tool call', 'look', '{\n  "at": 1\n}']],
      ['user', ['tool result', null, 'a cat']],
    ])
  })

  test('in Gemini’s contents and OpenAI’s inputs', () => {
    const gemini = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    }
    expect(said(turnsOfRequest(gemini))).toEqual([
      ['system', ['text', null, 'Be brief.']],
      ['user', ['text', null, 'Hi']],
    ])
    expect(said(turnsOfRequest({ instructions: 'Be brief.', input: 'Hi' }))).toEqual([
      ['system', ['text', null, 'Be brief.']],
      ['user', ['text', null, 'Hi']],
    ])
  })

  test('in no shape at all is shown as it is, and nothing throws', () => {
    for (const odd of [
      null,
      7,
      'text',
      [],
      {},
      { messages: 5 },
      { messages: [null, [[]], { content: { a: 1 } }] },
    ])
      expect(turnsOfRequest(odd).length).toBeGreaterThanOrEqual(0)
    expect(said(turnsOfRequest('no JSON'))).toEqual([['request', ['text', null, 'no JSON']]])
  })
})

describe('what was answered', () => {
  test.each([
    ['openai-chat', { choices: [{ message: { role: 'assistant', content: '42' } }] }],
    ['anthropic-messages', { role: 'assistant', content: [{ type: 'text', text: '42' }] }],
    ['gemini', { candidates: [{ content: { role: 'model', parts: [{ text: '42' }] } }] }],
    [
      'openai-responses',
      { output: [{ type: 'message', content: [{ type: 'output_text', text: '42' }] }] },
    ],
    ['bedrock-converse', { output: { message: { role: 'assistant', content: [{ text: '42' }] } } }],
    ['cohere-chat', { message: { role: 'assistant', content: [{ type: 'text', text: '42' }] } }],
  ])('by %s is its words', (_, answer) => expect(wordsOf(answer)).toBe('42'))

  test('has no thoughts among its words, and its tool calls', () => {
    const answer = {
      choices: [
        {
          message: {
            reasoning_content: 'Hm.',
            content: null,
            tool_calls: [{ function: { name: 'look', arguments: '{}' } }],
          },
        },
      ],
    }
    expect(wordsOf(answer)).toBe('[tool call look] {}')
    expect(turnsOfAnswer(answer)[0]!.parts[0]!.kind).toBe('reasoning')
  })
})
