import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { LongText } from './long-text.ts'

const pieces = Array.from({ length: 5_000 }, (_, index) => `${index} `)

function longText(): LongText {
  const text = new LongText()
  for (const piece of pieces) text.add(piece)
  return text
}

test('a long text is its pieces, one behind another', () => {
  const text = longText()
  expect([String(text), text.length]).toEqual([pieces.join(''), pieces.join('').length])
  text.add('and on')
  expect(text.take()).toBe(`${pieces.join('')}and on`)
  expect([String(text), text.length]).toEqual(['', 0])
  text.add('anew')
  expect(String(text)).toBe('anew')
})

test('it is no longer all of its pieces to the collector of garbage', () => {
  const strings = (): number => {
    Bun.gc(true)
    return heapStats().objectTypeCounts['string'] ?? 0
  }
  const before = strings()
  const texts = Array.from({ length: 20 }, () => longText())
  expect((strings() - before) / texts.length).toBeLessThan(pieces.length / 20)
})
