import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatReply } from '../../core/reply.ts'
import type { Quirks } from '../dialect.ts'
import { foldStream, textOf } from '../meaning.suite.ts'
import { openaiChat } from './index.ts'

const quirks: Quirks = { thinkTags: { thoughts: /^thinker/, box: /^thinker-v/ } }

function whole(content: unknown, model: string): ChatReply {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  return openaiChat.readReply(JSON.stringify({ id: 'a', model, choices }), quirks) as ChatReply
}

function streamed(pieces: readonly string[], model: string, last: object = stop): ChatReply {
  const chunk = (delta: object, finish: string | null): object => ({
    id: 'a',
    model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const chunks = [...pieces.map((content) => chunk({ content }, null)), chunk(last, 'stop')]
  const text = chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('')
  return foldStream(Buffer.from(`${text}data: [DONE]\n\n`), openaiChat, quirks)
}

const stop = {}

function saidIn({ choices: [choice] }: ChatReply): readonly [thoughts: string, text: string] {
  return [textOf(choice!.parts, ['reasoning']), textOf(choice!.parts, ['text'])]
}

describe('thoughts in the content', () => {
  test.each([
    ['<think>\n7 × 13.\n</think>\n\nNo.', '7 × 13.\n', 'No.'],
    [' \n<think>So.</think>No.', 'So.', 'No.'],
    ['<think>\n\n</think>\n\nHi.', '', 'Hi.'],
    ['<think>cut at the lim', 'cut at the lim', ''],
    ['<think>a</thin', 'a</thin', ''],
    ['<think>a < b, a </ b</think>x', 'a < b, a </ b', 'x'],
    ['Write <think> first.', '', 'Write <think> first.'],
    ['<think>a</think>b <think>c</think>', 'a', 'b <think>c</think>'],
    ['  indented', '', '  indented'],
    ['<thinking>', '', '<thinking>'],
    ['<thi', '', '<thi'],
    ['No.</think>', '', 'No.</think>'],
    ['\n<|begin_of_box|>3<|end_of_box|>', '', '\n3'],
    ['<|begin_o<|end_of_box|>f_box|>', '', '<|begin_of_box|>'],
    ['<think>It is <|begin_of_box|>.</think>a <|end', 'It is <|begin_of_box|>.', 'a <|end'],
    ['', '', ''],
  ])('%j', (content, thoughts, text) => {
    expect(saidIn(whole(content, 'thinker-v1'))).toEqual([thoughts, text])
    for (let at = 0; at <= content.length; at += 1) {
      const cut = [content.slice(0, at), content.slice(at)]
      expect(saidIn(streamed(cut, 'thinker-v1'))).toEqual([thoughts, text])
    }
  })

  test('are told apart the same, wherever the content is cut', () => {
    const piece = fc.constantFrom(
      '<think>',
      '</think>',
      '<|begin_of_box|>',
      '<|end_of_box|>',
      '<',
      '</',
      '|>',
      'think>',
      '_of_box',
      ' ',
      '\n',
      'word',
      '🌍',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        fc.constantFrom('thinker', 'thinker-v2'),
        (written, lengths, model) => {
          const content = written.join('')
          const cuts: string[] = []
          for (let at = 0; at < content.length;) {
            const length = lengths.next().value
            cuts.push(content.slice(at, at + length))
            at += length
          }
          expect(saidIn(streamed(cuts, model))).toEqual(saidIn(whole(content, model)))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('stay where they are for models that are not known to do so, and where none is named', () => {
    const content = '<think>So.</think><|begin_of_box|>No.'
    expect(saidIn(whole(content, 'other'))).toEqual(['', content])
    expect(saidIn(streamed([content], 'other'))).toEqual(['', content])
    expect(saidIn(whole(content, ''))).toEqual(['', content])
    expect(saidIn(whole(content, 'thinker'))).toEqual(['So.', '<|begin_of_box|>No.'])
  })

  test('are told before the call of a tool that follows them', () => {
    const call = { index: 0, id: 'c', function: { name: 'look', arguments: '{}' } }
    const reply = streamed(['<think>Look.</th', 'ink>I look<'], 'thinker-v1', {
      tool_calls: [call],
    })
    expect(reply.choices[0]!.parts.map((part) => [part.type, 'text' in part && part.text])).toEqual(
      [
        ['reasoning', 'Look.'],
        ['text', 'I look<'],
        ['toolCall', false],
      ],
    )
  })

  test('are one with those that stand in chunks of their own', () => {
    const chunks = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Aside. ' }] },
      { type: 'text', text: '<think>So.</think>No.' },
    ]
    expect(saidIn(whole(chunks, 'thinker'))).toEqual(['Aside. So.', 'No.'])
  })
})
