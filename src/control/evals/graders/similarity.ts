import { type GraderKind, noVerdict } from '../grader.ts'
import { nothingWanted, textOf, wantedOf } from './wanted.ts'

/** How near the answer is to the expected one, by the cosine of their embeddings. */
export const similarity: GraderKind = {
  says: 'how near the answer is to the expected one, by a model of embeddings',
  threshold: 0.75,
  make: (options) => {
    const wanted = wantedOf(options)
    const model = options.text('model')
    if (model === undefined)
      options.wrong('model', 'It needs a model of embeddings: model: openai/text-embedding-3-small')
    return ({ embed, signal }) =>
      async (input) => {
        const expected = wanted(input)
        if (expected === undefined) return noVerdict(nothingWanted)
        const text = input.answer.text ?? ''
        if (text.trim() === '') return { score: 0, why: 'The answer is empty.' }
        const texts = [text, textOf(expected)]
        const { vectors, cost } = await embed(model ?? '', texts, signal)
        const [one, other] = vectors
        const value = one && other ? cosine(one, other) : null
        if (value === null)
          return { ...noVerdict('The model gave no two vectors of one length.'), cost }
        return {
          score: Math.min(1, Math.max(0, value)),
          why: `The cosine is ${value.toFixed(3)}.`,
          cost,
        }
      }
  },
}

function cosine(one: readonly number[], other: readonly number[]): number | null {
  if (one.length === 0 || one.length !== other.length) return null
  let product = 0
  let left = 0
  let right = 0
  for (const [index, value] of one.entries()) {
    product += value * other[index]!
    left += value * value
    right += other[index]! * other[index]!
  }
  return left === 0 || right === 0 ? null : product / Math.sqrt(left * right)
}
