import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { embed } from './embedding.ts'

test('vectors have unit length, whatever the text and the dimensions', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 600 }), (text, size) => {
      const vector = embed(text, size, 0)
      expect(vector).toHaveLength(size)
      expect(near(vector, vector)).toBeCloseTo(1, 4)
    }),
  )
})

test('similar texts are near each other, others are not', () => {
  const of = (text: string) => embed(text, 256, 0)
  const refund = of('How do I get a refund for my order?')
  expect(near(refund, of('how can I get a refund for my orders'))).toBeGreaterThan(0.6)
  expect(near(refund, of('The weather in Oslo is cold today.'))).toBeLessThan(0.35)
})

test('another seed is another model', () => {
  expect(embed('a text', 64, 1)).not.toEqual(embed('a text', 64, 2))
  expect(embed('a text', 64, 1)).toEqual(embed('a text', 64, 1))
})

function near(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}
