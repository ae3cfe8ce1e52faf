import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { newCallId } from '../core/ids.ts'
import { redact, redactJson } from '../privacy/redact.ts'
import { anyText } from './chance.suite.ts'
import type { FeedbackRow } from './feedback.ts'
import { masked, maskedFeedback } from './mask.ts'
import { noon } from './rows.suite.ts'

const mail = 'bob.miller@acme.com'

describe('masking', () => {
  test('leaves everything as it is in mode full', () => {
    expect(answerOf(mail, 'full')).toBe(mail)
  })

  test('goes over JSON by its strings, and keeps it JSON', () => {
    const value = { to: [`"${mail}"`], password: 'correct horse', count: 1 }
    expect(JSON.parse(answerOf(JSON.stringify(value)))).toEqual({
      to: ['"[email]"'],
      password: '[secret]',
      count: 1,
    })
  })

  test('goes over what is no JSON as text, however broken it is', () => {
    expect(answerOf(`{"to": "${mail}`)).toBe('{"to": "[email]')
    expect(answerOf(`${'['.repeat(100_000)}"${mail}"`)).not.toContain(mail)
    const deep = `${'['.repeat(100_000)}"${mail}"${']'.repeat(100_000)}`
    expect(answerOf(deep)).not.toContain(mail)
  })

  test('finds an address wherever a stream cuts it', () => {
    const text = `Write to ${mail} today.`
    for (let first = 1; first < text.length - 1; first += 1) {
      for (const second of [first + 1, Math.min(first + 7, text.length - 1)]) {
        const parts = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        const kept = textsOf(answerOf(openaiStream(parts)))
        expect(kept.join('')).toBe('Write to [email] today.')
      }
    }
  })

  test('takes the answers of a stream apart that come side by side', () => {
    const stream = [0, 1, 0, 1]
      .map((index, at) => {
        const content = at < 2 ? `I am ${index}: bob@` : 'acme.com'
        return `data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}`
      })
      .join('\n\n')
    expect(textsOf(answerOf(stream))).toEqual(['I am 0: [email]', 'I am 1: [email]', '', ''])
  })

  test('changes nothing in a stream that has nothing to hide', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Hello', ' world', '!', ' 1', ' 2')), (parts) => {
        expect(answerOf(openaiStream(parts))).toBe(openaiStream(parts))
      }),
    )
  })

  test('keeps the lines of a stream that carry no JSON', () => {
    const stream = `: ping\nevent: message_start\ndata: {"type":"x"}\n\ndata: ${mail}\n\ndata: [DONE]\n`
    expect(answerOf(stream)).toBe(stream.replace(mail, '[email]'))
  })

  test('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyText, fc.constantFrom('data: ', '{', '"', '\n'))),
        (parts) => {
          expect(answerOf(parts.join(''))).toBeString()
        },
      ),
    )
  })
})

function answerOf(answer: string, mode: 'full' | 'redacted' = 'redacted'): string {
  const payload = { callId: newCallId(), attempt: 1, at: noon, dialect: 'x', request: null }
  return masked({ ...payload, answer, mode }, { redact, redactJson }).answer!
}

function openaiStream(parts: readonly string[]): string {
  const events = parts.map((content) => ({
    id: 'chatcmpl-8f3kd02ms9dk2ld0',
    created: 1_763_766_000,
    choices: [{ index: 0, delta: { content } }],
  }))
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
}

function textsOf(stream: string): string[] {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => {
      const event = JSON.parse(line.slice(6)) as {
        choices: { delta: { content: string } }[]
      }
      return event.choices[0]!.delta.content
    })
}

test('feedback is masked by its words, and its labels are left', () => {
  const masker = {
    redact: (text: string) => ({ text: text.replaceAll('Ann', '[NAME]') }),
    redactJson: (value: unknown) => ({
      value: JSON.parse(JSON.stringify(value).replaceAll('Ann', '[NAME]')) as unknown,
    }),
  }
  const row = {
    comment: 'Ann said so.',
    correction: '{"to":"Ann"}',
    label: 'Ann',
    score: 1,
  } as FeedbackRow
  expect(maskedFeedback(row, 'full', masker)).toBe(row)
  expect(maskedFeedback(row, 'redacted', masker)).toEqual({
    ...row,
    comment: '[NAME] said so.',
    correction: '{"to":"[NAME]"}',
  })
  const gone = { ...row, comment: null, correction: null }
  expect(maskedFeedback(row, 'none', masker)).toEqual(gone)
  expect(maskedFeedback(row, 'redacted', null)).toEqual(gone)
})
